"""`python -m expansion_kit`."""

from .cli import main

main()
