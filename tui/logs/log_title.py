"""The two lines over a log: what is read and how it stands, and what the run in view did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.logs.log_sources import LogSource
from stacks.logs.runs import LogSection
from stacks.text import plain
from stacks.times import age, instant
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_reader import LogRequest, LogSubject
from tui.logs.search import Search
from tui.widgets.header_and_keys import HeaderPiece
from views.tones import RUN, STEP


@dataclass(frozen=True)
class LogStatus:
    """Everything that the two lines over a log show."""

    subject: LogSubject
    asked: LogRequest
    buffer: LogBuffer
    run: LogSection | None
    update: str
    window: str
    search: Search
    hits: int | None
    only_hits: bool
    shown: int
    follows: bool
    marked: int
    folded: int
    """lines of chatter that were left out"""


def first_line(status: LogStatus) -> list[HeaderPiece]:
    """The first line: whose log it is, which part of it, what is searched, and whether its end is followed."""
    subject, first = status.subject, status.subject.keys[0]
    name = f"{len(subject.keys)} stacks" if subject.several else subject.pod or first.name
    pieces = [HeaderPiece(f"Logs {name}", "strong")]
    pieces += [HeaderPiece(f"{context} lost", "bad", 1) for context in status.buffer.lost.reasons]
    pieces.append(_part(status))
    pieces += [HeaderPiece(words, "odd", 2) for words in _asked(status)]
    if status.search:
        hits = "" if status.hits is None else f": {status.hits:,}"
        pieces.append(HeaderPiece(f"/{plain(status.search.text)}{hits}{' only' if status.only_hits else ''}", "odd", 2))
    if status.marked:
        pieces.append(HeaderPiece(f"{status.marked} marked", "odd", 3))
    pieces.append(HeaderPiece("follows" if status.follows else "stays", "good" if status.follows else "dim", 3))
    if not subject.several:
        pieces.append(HeaderPiece(f"{first.context} / {first.namespace}", "dim", 5))
    return pieces


def _part(status: LogStatus) -> HeaderPiece:
    runs = status.buffer.sections
    if status.window:
        return HeaderPiece(status.window, "odd", 1)
    if status.run is None or status.run not in runs:
        return HeaderPiece(f"all {len(runs)} runs" if len(runs) > 1 else "everything", "", 1)
    return HeaderPiece(f"run {runs.index(status.run) + 1} of {len(runs)}", "", 1)


def _asked(status: LogStatus) -> Sequence[str]:
    asked = status.asked
    return [
        words
        for words, wanted in (
            ("the life before", asked.previous),
            ("all containers", asked.every_container),
            (asked.container, bool(asked.container)),
            ("with operator", asked.operator),
        )
        if wanted
    ]


def second_line(status: LogStatus, now: float) -> list[HeaderPiece]:
    """The second line: the run in view, what it did to resources, and what went wrong."""
    pieces: list[HeaderPiece] = []
    if (run := status.run) is not None:
        pieces = _run(run, status.update, now)
    else:
        pieces.append(HeaderPiece(f"{status.shown:,} line{'s' if status.shown != 1 else ''}", "dim", 2))
    if status.folded:
        pieces.append(
            HeaderPiece(f"{status.folded} line{'s' if status.folded != 1 else ''} of chatter folded (z)", "dim", 6)
        )
    if status.buffer.dropped:
        pieces.append(HeaderPiece(f"{status.buffer.dropped:,} oldest lines let go", "bad", 2))
    return pieces


def nothing_to_show(status: LogStatus, opened: Sequence[LogSource]) -> str:
    """Why there is no line on the screen."""
    if status.buffer.lines:
        if status.only_hits:
            return "No line holds that; h shows the others."
        return f"Nothing was written {f'in the {status.window}' if status.window else 'here'}; 0 shows everything."
    if not opened:
        return "Looking for the workspace pod ..."
    first, *others = opened
    more = f" and {len(others)} more" if others else ""
    return f"Nothing was written yet: container {first.container} of pod {first.pod}{more}."


def _is_unchanged(step: tuple[str, int]) -> bool:
    return step[0] == "same"


def _run(run: LogSection, update: str, now: float) -> list[HeaderPiece]:
    pieces = [HeaderPiece(f"{run.operation} {run.result}".strip(), RUN.get(run.result, ""))]
    began, ended = instant(run.began), instant(run.ended)
    if began is not None and (ended or run.result == "running"):
        pieces.append(
            HeaderPiece(f"{age((ended or now) - began)}{' so far' if run.result == 'running' else ''}", "dim", 4)
        )
    pieces += [
        HeaderPiece(f"{count} {verb}", STEP.get(verb, ""), 1)
        for verb, count in sorted(run.steps.items(), key=_is_unchanged)
    ]
    errors = f"{run.errors} error{'s' if run.errors > 1 else ''}"
    pieces.append(HeaderPiece(errors, "bad", 1) if run.errors else HeaderPiece("no errors", "dim", 5))
    if update:
        pieces.append(HeaderPiece(update, "dim", 2))
    if run.first_error:
        pieces.append(HeaderPiece(plain(run.first_error), "bad", 3))
    return pieces
