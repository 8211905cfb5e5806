"""Whole amounts split exactly: by weights, within bounds, along two margins."""
