"""What is kept of runs: history, the unfinished run, results read back, alerts that wait."""
