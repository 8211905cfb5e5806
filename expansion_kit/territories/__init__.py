"""Who covers what? Contiguous, balanced territories, their redrawing with few moves, and conflicts between them."""
