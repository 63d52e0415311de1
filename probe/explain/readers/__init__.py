"""One reader for each source of text: each reads the fields of its own layout into `Parts`, and
decides nothing."""
