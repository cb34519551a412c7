"""A plan as the lines of a page, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from actions.plan import (
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    PlanUnacknowledged,
    describe,
    difference,
)
from stacks.text import plain
from tui.widgets.text_view import TextLine, diff_lines, headed
from views.tones import RIGHT, RISK

_TEXT_AT = 12
"""the column at which the text begins in a line that describes a plan, behind its label"""


def plan_lines(plan: Plan, now: float, *, whole: bool) -> Iterator[TextLine]:
    """The plan as `describe` has it, the risk first: a small screen ends within the requests.

    A label is said once, and what was looked at has its age.
    """
    title, *lines = describe(plan, whole=whole, now=now)
    yield TextLine(title, tone="strong")
    before = ""
    for line in sorted(lines, key=lambda line: line[:_TEXT_AT].strip() != "risk"):
        label, text = line[:_TEXT_AT].strip(), line[_TEXT_AT:]
        yield TextLine(text, (label if label != before else "") or " ", _tone(label, text, plan))
        before = label or before
    yield from headed("WHAT CHANGES", diff_lines(list(difference(plan))))


def _tone(label: str, text: str, plan: Plan) -> str:
    if label == "risk":
        return RISK[plan.risk.level]
    if label == "rights":
        return RIGHT.get(text.partition(": ")[2].partition(" (")[0], "")
    return "strong" if label == "request" else "dim" if label in ("", "kubectl") else ""


def refusal_lines(
    planned: NothingToDo | PlanBlocked | PlanContested | ChangeElsewhere | PlanUnacknowledged,
) -> Iterator[TextLine]:
    """Why there is nothing to send, and which key or which other place helps."""
    match planned:
        case NothingToDo(text):
            yield TextLine(plain(text), tone="good")
        case PlanBlocked(text, reasons):
            yield TextLine(plain(text), tone="bad")
            for reason in reasons:
                yield TextLine(plain(reason), "mend first")
        case PlanContested(text, values):
            yield TextLine(f"{plain(text)}. t replaces it, and saves it first.", tone="odd")
            for value in values:
                yield from headed(
                    plain(f"{value.key}, from {value.who}"), map(TextLine, plain(value.value).splitlines())
                )
        case ChangeElsewhere(text, place, snippet, written):
            yield TextLine(f"{plain(text)}.", tone="odd")
            yield TextLine(plain(place), "put this into", "strong")
            yield TextLine(f"c copies it, ctrl+s saves it; f writes {written} all the same", "or", "dim")
            yield TextLine()
            yield from map(TextLine, snippet.splitlines())
        case PlanUnacknowledged(text, word):
            yield TextLine(
                f"{plain(text)}. f plans it all the same; then {plain(word)} is typed to send it.", tone="odd"
            )
