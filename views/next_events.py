"""What happens next by itself, in the few words of a cell: the same wherever a finding is shown."""

from __future__ import annotations

from diagnosis.finding import NEVER, NextEvent
from views.columns import countdown


def next_in_brief(happens: NextEvent, now: float) -> str:
    """A countdown, or what it is that ends it; never empty."""
    return happens.in_brief if happens.at is None else countdown(happens.at, now)


def brief_in_words(brief: str) -> str:
    """Such a cell as a part of a sentence."""
    if brief[:1].isdigit():
        return f"in {brief}"
    return {"due": "due now", NEVER: "never by itself"}.get(brief, brief)
