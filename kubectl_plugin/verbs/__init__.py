"""One verb a module, or a room of its own where it has verbs or parts."""
