"""The configuration file and the state file: what they may say, and what is wrong with them."""
