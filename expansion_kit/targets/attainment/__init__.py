"""Where the year stands: sales against target, the gap and its causes, money due, scores and measures."""
