"""What is around every screen: the command line, keys, help, themes, files that are saved, what is remembered."""
