"""The command line: parse, call, print, exit code. One module per command, no logic of its own."""
