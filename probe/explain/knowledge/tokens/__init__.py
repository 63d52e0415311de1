"""Messages about OAuth tokens, their settings, and the users behind them."""
