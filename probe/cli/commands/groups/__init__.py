"""The commands that have commands of their own, one module each with its `app`."""
