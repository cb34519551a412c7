"""The command line itself: its grammar, exit codes, and which contexts it is about."""
