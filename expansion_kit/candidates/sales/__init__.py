"""What a new site would sell: several roads, tried on stores held out, with intervals where the stores carry them."""
