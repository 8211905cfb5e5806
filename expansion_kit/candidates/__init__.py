"""Where, and with whom? Scores of sites and of franchise prospects, with their reasons and with what is not known."""
