"""Wrong usage that only shows after the flags were parsed."""

from __future__ import annotations


class UsageError(Exception):
    """The command line asks for something that doesn't exist; the text says what does."""
