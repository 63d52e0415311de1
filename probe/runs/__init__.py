"""Runs: many targets over time: partner lists, concurrency, history, scheduling."""
