"""What is this territory worth? Trade areas, travel, Huff shares, foot traffic, rents, rivals and potential."""
