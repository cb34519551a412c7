"""Completion: the shell runs us with the words so far and reads candidates."""
