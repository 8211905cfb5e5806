"""Which sites together: sets under rules, with a proof or a bound."""
