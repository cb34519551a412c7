"""Bytes from an API server become records, also where an object isn't quite as it should be."""
