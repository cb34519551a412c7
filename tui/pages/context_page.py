"""The page of one context: everything about how well it is seen, unshortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType

from diagnosis.context_findings import context_findings
from fleet.board.context_state import ContextState, KindVisibility
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.times import kubectl_age
from tui.pages.page_screen import PageScreen
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, filled, in_parts
from views.tones import CONTEXT_STATE, FINDING


class ContextPage(PageScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "retry", "Retry now", "context.retry", "Try it now instead of later."),
    ]

    def __init__(self, fleet: Fleet, name: str) -> None:
        super().__init__(fleet, Key(name, "", name))

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        state = self.fleet.board.contexts.get(self.key.name)
        word = state.state(now) if state else "not watched"
        return [HeaderPiece(f"Context {self.key.name}", "head"), HeaderPiece(word, CONTEXT_STATE.get(word, "odd"), 1)]

    def lines(self, now: float) -> Sequence[TextLine]:
        state = self.fleet.board.contexts.get(self.key.name)
        if state is None:
            return [TextLine("This context isn't watched any more.", tone="odd")]
        return context_lines(state, now)

    def action_retry(self) -> None:
        self.fleet.retry(self.key.name)
        self.notify(f"Trying {self.key.name} again", markup=False, timeout=2)


def context_lines(state: ContextState, now: float) -> list[TextLine]:
    word = state.state(now)
    overview = filled(
        TextLine(state.name, "Context", "strong"),
        TextLine(state.server or "not known yet", "Server"),
        TextLine(state.server_version or "not known", "Kubernetes"),
        TextLine(word, "State", CONTEXT_STATE.get(word, "")),
        TextLine(state.reason(now), "because"),
    )
    return in_parts(
        ("", overview),
        ("STACKS", _visibility(state.stacks, now)),
        ("APPLICATIONS", _visibility(state.applications, now)),
        ("WHAT IS WRONG", _findings(state)),
        ("OPERATOR", _operator(state)),
        ("ARGO CD", _argo_cd(state)),
        ("WHAT COULDN'T BE READ", (TextLine(words, "may not read", "odd") for words in state.hidden)),
    )


def _visibility(visibility: KindVisibility, now: float) -> Iterator[TextLine]:
    yield TextLine(
        "never" if visibility.last_event_at is None else f"{kubectl_age(now - visibility.last_event_at)} ago",
        "Last heard",
    )
    yield TextLine(str(visibility.events), "Received")
    if visibility.lost is not None:
        gone = "there are none: their CRD isn't installed" if visibility.lost.absent else visibility.lost.reason
        yield TextLine(gone, "Not seen", "odd" if visibility.lost.absent else "bad")
    if visibility.restricted is not None:
        yield TextLine(visibility.restricted.reason, "In part", "odd")
        yield TextLine(", ".join(visibility.restricted.namespaces) or "none", "Namespaces seen")


def _findings(state: ContextState) -> Iterator[TextLine]:
    for finding in context_findings(state):
        yield TextLine(finding.title, finding.severity, FINDING[finding.severity])


def _operator(state: ContextState) -> Iterator[TextLine]:
    yield TextLine(state.operator_words, "Version")
    yield TextLine(state.operator_namespace or "not known", "Namespace")
    if state.operator.has_leader is not False:
        yield TextLine("somebody leads" if state.operator.has_leader else "not known", "Lease")


def _argo_cd(state: ContextState) -> Iterator[TextLine]:
    yield TextLine(state.argocd_version or "not known", "Version")
    yield TextLine(state.argocd_namespace or "not known", "Namespace")
