"""What there is to say of a fix in general, for docs/fixes.md: each text is Markdown, of one or two sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FixGuide:
    """A row of the table of fixes."""

    command: str
    """the verb with its arguments"""
    helps: str
    """when it helps"""
    not_offered: str
    """when it isn't planned, and why"""
    sends: str
    hurts: str
    """what can go wrong"""
    proof: str
    undo: str
    """how it is undone, or that it can't be"""
