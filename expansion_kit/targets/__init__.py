"""Sales targets: how much, when and by whom. Pandas tables in, pandas tables out."""
