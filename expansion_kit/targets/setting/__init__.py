"""How much for whom: market share, the family of metrics, proposals, fairness and tiers."""
