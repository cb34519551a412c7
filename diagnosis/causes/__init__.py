"""The catalogue's entries, one module for each part of the story, each with how it is found.

A module ends in `CAUSES`, its entries in the order in which they are said where nothing else decides. A function that
finds a cause gets the facts of one Stack, and returns a `Finding` or None; it never raises on purpose, and doesn't look
whether another cause holds as well, which `Cause.beats` and the depth decide, unless that is part of what it is.

What a finding rests on is its first `evidence`: without that it isn't made, or is less certain. A log is asked for only
where it decides, since asking makes it wanted.
"""
