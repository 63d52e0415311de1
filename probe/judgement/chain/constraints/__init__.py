"""What certificates allow each other along a path: CA, names, policies, usages."""
