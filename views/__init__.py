"""What both front ends show alike: columns, the tones of words, filters, columns by path, and JSON."""
