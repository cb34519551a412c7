"""What may come next on a command line: the shell runs the program with the words so far, and reads candidates."""
