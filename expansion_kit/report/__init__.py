"""Reports for readers with five minutes: one page each, with its sources, its assumptions and what is missing."""
