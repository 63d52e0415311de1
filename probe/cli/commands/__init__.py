"""The commands, one module each: signature and body."""
