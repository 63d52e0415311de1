"""What a command puts out: reports as they come, files that are saved, letters, progress."""
