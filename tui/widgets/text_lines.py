"""Lines that several pages of text have: titled parts, conditions, differences, and instants in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from health.checks import is_heading
from stacks.messages import without_outputs
from stacks.records.base import Condition
from stacks.times import age, instant, rfc3339
from tui.widgets.text_view import TextLine
from views.tones import CONDITION, DIFF_LINE


def headed(title: str, lines: Iterator[TextLine]) -> Iterator[TextLine]:
    """The lines under a title; nothing at all if there are none."""
    first = next(lines, None)
    if first is not None:
        yield TextLine()
        yield TextLine(title, tone="head")
        yield first
        yield from lines


def diff_lines(lines: Sequence[str]) -> Iterator[TextLine]:
    """The lines of a unified diff, each in the tone of what it says: added, removed, a place, or as it was."""
    for place, line in enumerate(lines):
        yield TextLine(line, tone="strong" if is_heading(lines, place) else DIFF_LINE.get(line[:1], ""))


def moment(at: float | None, now: float) -> str:
    """An instant as its age and its date; empty for none."""
    return "" if at is None else f"{age(now - at)} ago ({rfc3339(at)})"


def condition_lines(conditions: list[Condition] | None, now: float) -> Iterator[TextLine]:
    """Each condition with its age, its reason and its whole message."""
    for condition in conditions or ():
        at = instant(condition.last_transition_time)
        since = f", for {age(now - at)}" if at is not None else ""
        reason = f" {condition.reason}" if condition.reason else ""
        yield TextLine(f"{condition.status}{reason}{since}", condition.type or "?", _condition_tone(condition))
        if condition.message:
            yield TextLine(without_outputs(condition.message), " ")


def _condition_tone(condition: Condition) -> str:
    if condition.status != "True":
        return "dim"
    return CONDITION.get(condition.type, "")
