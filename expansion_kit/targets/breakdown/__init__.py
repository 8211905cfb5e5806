"""A year down to the part of a week inside a month, exact at every level, locks kept."""
