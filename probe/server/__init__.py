"""What this machine, or a file about another one, says of an Exchange server's settings."""
