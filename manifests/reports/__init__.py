"""What is found, as text for people and for what reads it in a CI: one module for each format, and no I/O."""
