"""From history to a forecast: seasons and moving holidays, a backtest, honest intervals, one network that adds up."""
