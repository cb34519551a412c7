"""The page of one context: everything about how well it is seen, unshortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from fleet.contexts import ContextState, Sight
from fleet.fleet import Fleet
from fleet.rows import Key
from stacks.times import age
from tui.contexts import STATE_TONES
from tui.lines import headed
from tui.pages.page import PageScreen
from tui.paper import Line
from tui.summary import Piece


class ContextPage(PageScreen):
    """A context's state in words, kind by kind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry now", id="context.retry", tooltip="Try it now instead of later."),
    ]

    def __init__(self, fleet: Fleet, name: str) -> None:
        super().__init__(fleet, Key(name, "", name))

    def title_pieces(self, now: float) -> list[Piece]:
        state = self.fleet.board.contexts.get(self.key.name)
        word = state.state(now) if state else "not watched"
        return [Piece(f"Context {self.key.name}", "strong"), Piece(word, STATE_TONES.get(word, "odd"), 1)]

    def lines(self, now: float) -> Sequence[Line]:
        state = self.fleet.board.contexts.get(self.key.name)
        if state is None:
            return [Line("This context isn't watched any more.", tone="odd")]
        return context_lines(state, now)

    def action_retry(self) -> None:
        self.fleet.retry(self.key.name)
        self.notify(f"Trying {self.key.name} again", markup=False, timeout=2)


def context_lines(state: ContextState, now: float) -> list[Line]:
    """The whole page."""
    word = state.state(now)
    lines = [
        Line(state.name, "Context", "strong"),
        Line(state.server or "not known yet", "Server"),
        Line(state.server_version or "not known", "Kubernetes"),
        Line(word, "State", STATE_TONES.get(word, "")),
    ]
    if reason := state.reason(now):
        lines.append(Line(reason, "because"))
    parts = (
        headed("STACKS", _sight(state.stacks, now)),
        headed("APPLICATIONS", _sight(state.applications, now)),
        headed("OPERATOR", _operator(state)),
        headed("ARGO CD", _argo_cd(state)),
        headed("WHAT COULDN'T BE READ", (Line(words, "may not read", "odd") for words in state.hidden)),
    )
    return lines + [line for part in parts for line in part]


def _sight(sight: Sight, now: float) -> Iterator[Line]:
    yield Line("never" if sight.heard_at is None else f"{age(now - sight.heard_at)} ago", "Last heard")
    yield Line(str(sight.events), "Received")
    if sight.lost is not None:
        gone = "there are none: their CRD isn't installed" if sight.lost.absent else sight.lost.reason
        yield Line(gone, "Not seen", "odd" if sight.lost.absent else "bad")
    if sight.restricted is not None:
        yield Line(sight.restricted.reason, "In part", "odd")
        yield Line(", ".join(sight.restricted.namespaces) or "none", "Namespaces seen")


def _operator(state: ContextState) -> Iterator[Line]:
    yield Line(state.operator_words, "Version")
    yield Line(state.operator_namespace or "not known", "Namespace")
    leading = {True: "somebody leads", False: "nobody leads: nothing will be reconciled", None: "not known"}
    yield Line(leading[state.operator.leading], "Lease", "bad" if state.operator.leading is False else "")


def _argo_cd(state: ContextState) -> Iterator[Line]:
    yield Line(state.argocd_version or "not known", "Version")
    yield Line(state.argocd_namespace or "not known", "Namespace")
