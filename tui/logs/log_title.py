"""The two lines over a log: what is read and how it stands, and what the run in view did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.logs.log_sources import LogSource
from stacks.logs.runs import LogSection
from stacks.text import plain
from stacks.times import instant, kubectl_age
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_reader import LogRequest, LogSubject
from tui.logs.search import Search
from tui.widgets.header_and_keys import HeaderPiece
from views.tones import RUN, STEP


@dataclass(frozen=True)
class LogStatus:
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
    hits = "" if status.hits is None else f": {status.hits:,}"
    searched = f"/{plain(status.search.text)}{hits}{' only' if status.only_hits else ''}"
    return _filled(
        HeaderPiece(f"Logs {name}", "head"),
        *(HeaderPiece(f"{context} lost", "bad", 1) for context in status.buffer.lost.reasons),
        _part(status),
        *(HeaderPiece(words, "odd", 2) for words in _asked(status)),
        HeaderPiece(searched if status.search else "", "odd", 2),
        HeaderPiece(f"{status.marked} marked" if status.marked else "", "odd", 3),
        HeaderPiece("follows" if status.follows else "stays", "good" if status.follows else "dim", 3),
        HeaderPiece("" if subject.several else f"{first.context} / {first.namespace}", "dim", 5),
    )


def _filled(*pieces: HeaderPiece) -> list[HeaderPiece]:
    return [piece for piece in pieces if piece.text]


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
    shown, folded, dropped = status.shown, status.folded, status.buffer.dropped
    count = HeaderPiece(f"{shown:,} {_lines(shown)}", "dim", 2)
    return _filled(
        *(_run(status.run, status.update, now) if status.run is not None else [count]),
        HeaderPiece(f"{folded} {_lines(folded)} of chatter folded (z)" if folded else "", "dim", 6),
        HeaderPiece(f"{dropped:,} oldest lines let go" if dropped else "", "bad", 2),
    )


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def nothing_to_show(status: LogStatus, opened: Sequence[LogSource]) -> str:
    if status.buffer.lines:
        if status.only_hits:
            return "No line holds that; h shows the others."
        return f"Nothing was written {f'in the {status.window}' if status.window else 'here'}; 0 shows everything."
    if not opened:
        return "Looking for the workspace pod ..."
    first, *others = opened
    more = f" and {len(others)} more" if others else ""
    return f"Nothing was written yet: container {first.container} of pod {first.pod}{more}."


def _run(run: LogSection, update: str, now: float) -> list[HeaderPiece]:
    began, ended = instant(run.began), instant(run.ended)
    took = ""
    if began is not None and (ended or run.result == "running"):
        took = f"{kubectl_age((ended or now) - began)}{' so far' if run.result == 'running' else ''}"
    steps = sorted(run.steps.items(), key=lambda step: step[0] == "same")
    errors = f"{run.errors} error{'s' if run.errors > 1 else ''}"
    return [
        HeaderPiece(f"{run.operation} {run.result}".strip(), RUN.get(run.result, "")),
        HeaderPiece(took, "dim", 4),
        *(HeaderPiece(f"{count} {verb}", STEP.get(verb, ""), 1) for verb, count in steps),
        HeaderPiece(errors, "bad", 1) if run.errors else HeaderPiece("no errors", "dim", 5),
        HeaderPiece(update, "dim", 2),
        HeaderPiece(plain(run.first_error), "bad", 3),
    ]
