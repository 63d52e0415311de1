"""How an explanation is said: in short, whole, as a document, and without what is private."""
