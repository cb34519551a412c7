"""The two lines over a log: what is read and how it stands, and what the run in view did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.logs.origins import Origin
from stacks.runs import Section
from stacks.text import plain
from stacks.times import age, instant
from tui.logs.book import LogBook
from tui.logs.entries import STEP_TONES
from tui.logs.reading import Asked, Subject
from tui.logs.search import Search
from tui.summary import Piece

_RESULTS = {"failed": "bad", "cut off": "bad", "running": "busy", "succeeded": "good"}


@dataclass(frozen=True)
class Scene:
    """Everything that the lines tell."""

    subject: Subject
    asked: Asked
    book: LogBook
    run: Section | None
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


def first_line(scene: Scene) -> list[Piece]:
    """Whose log it is, which part of it, and what it is like to read it now."""
    subject, first = scene.subject, scene.subject.keys[0]
    name = f"{len(subject.keys)} stacks" if subject.several else subject.pod or first.name
    pieces = [Piece(f"Logs {name}", "strong")]
    pieces += [Piece(f"{context} lost", "bad", 1) for context in scene.book.lost]
    pieces.append(_part(scene))
    pieces += [Piece(words, "odd", 2) for words in _asked(scene)]
    if scene.search:
        hits = "" if scene.hits is None else f": {scene.hits:,}"
        pieces.append(Piece(f"/{plain(scene.search.text)}{hits}{' only' if scene.only_hits else ''}", "odd", 2))
    if scene.marked:
        pieces.append(Piece(f"{scene.marked} marked", "odd", 3))
    pieces.append(Piece("follows" if scene.follows else "stays", "good" if scene.follows else "dim", 3))
    if not subject.several:
        pieces.append(Piece(f"{first.context} / {first.namespace}", "dim", 5))
    return pieces


def _part(scene: Scene) -> Piece:
    runs = scene.book.sections
    if scene.window:
        return Piece(scene.window, "odd", 1)
    if scene.run is None or scene.run not in runs:
        return Piece(f"all {len(runs)} runs" if len(runs) > 1 else "everything", "", 1)
    return Piece(f"run {runs.index(scene.run) + 1} of {len(runs)}", "", 1)


def _asked(scene: Scene) -> Sequence[str]:
    asked = scene.asked
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


def second_line(scene: Scene, now: float) -> list[Piece]:
    """The run in view: what it is, what it did to resources, and what went wrong."""
    pieces: list[Piece] = []
    if (run := scene.run) is not None:
        pieces = _run(run, scene.update, now)
    else:
        pieces.append(Piece(f"{scene.shown:,} line{'s' if scene.shown != 1 else ''}", "dim", 2))
    if scene.folded:
        pieces.append(Piece(f"{scene.folded} line{'s' if scene.folded != 1 else ''} of chatter folded (z)", "dim", 6))
    if scene.book.dropped:
        pieces.append(Piece(f"{scene.book.dropped:,} oldest lines let go", "bad", 2))
    return pieces


def nothing_to_show(scene: Scene, opened: Sequence[Origin]) -> str:
    """Why there is no line on the screen."""
    if scene.book.lines:
        if scene.only_hits:
            return "No line holds that; h shows the others."
        return f"Nothing was written {f'in the {scene.window}' if scene.window else 'here'}; 0 shows everything."
    if not opened:
        return "Looking for the workspace pod ..."
    first, *others = opened
    more = f" and {len(others)} more" if others else ""
    return f"Nothing was written yet: container {first.container} of pod {first.pod}{more}."


def _is_unchanged(step: tuple[str, int]) -> bool:
    return step[0] == "same"


def _run(run: Section, update: str, now: float) -> list[Piece]:
    pieces = [Piece(f"{run.operation} {run.result}".strip(), _RESULTS.get(run.result, ""))]
    began, ended = instant(run.began), instant(run.ended)
    if began is not None and (ended or run.result == "running"):
        pieces.append(Piece(f"{age((ended or now) - began)}{' so far' if run.result == 'running' else ''}", "dim", 4))
    pieces += [
        Piece(f"{count} {verb}", STEP_TONES.get(verb, ""), 1)
        for verb, count in sorted(run.steps.items(), key=_is_unchanged)
    ]
    errors = f"{run.errors} error{'s' if run.errors > 1 else ''}"
    pieces.append(Piece(errors, "bad", 1) if run.errors else Piece("no errors", "dim", 5))
    if update:
        pieces.append(Piece(update, "dim", 2))
    if run.first_error:
        pieces.append(Piece(plain(run.first_error), "bad", 3))
    return pieces
