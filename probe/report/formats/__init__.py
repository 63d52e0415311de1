"""A result document in one format each. They do not know each other."""
