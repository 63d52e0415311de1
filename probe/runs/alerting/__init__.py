"""Who is told what changed, in which words, and by which way."""
