"""Facts: frozen records of what is known. They hold no verdict words and touch no socket, file or clock."""
