"""A score of sites, how sure its order is, and what would change it."""
