"""Logs on a screen: read, cut into runs, kept within bounds, drawn and searched."""
