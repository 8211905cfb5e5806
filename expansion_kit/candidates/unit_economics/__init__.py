"""What a site earns: profit by month, break-even, payback, net present value, for franchisee and franchisor."""
