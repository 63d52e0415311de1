"""From a target to the endpoints that the caller would use, each step on record."""
