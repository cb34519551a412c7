"""The text of a context's page: the operator, what isn't fine, and how well all of it is seen."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.fleet_causes import FleetTroubles
from fleet.board.context_state import ContextState, KindVisibility
from stacks.text import plain
from stacks.times import kubectl_age
from stacks.versions import version_words
from tui.widgets.text_view import TextLine, filled, in_parts
from views.context_table import ContextRow
from views.context_words import (
    busy_words,
    cause_title,
    extent_words,
    is_saturated,
    lease_words,
    oldest_words,
    operator_trouble,
    replicas_words,
    standing_words,
    waiting_words,
)
from views.tones import CONTEXT_STATE, FINDING


def context_lines(row: ContextRow, found: FleetTroubles, now: float) -> list[TextLine]:
    state = row.state
    reason = state.reason(now)
    return in_parts(
        ("", _overview(row, reason)),
        ("OPERATOR", _operator(row, now)),
        ("WHAT ISN'T FINE", _troubles(row, found, now)),
        ("STACKS", _visibility(state.stacks, reason, now)),
        ("APPLICATIONS", _visibility(state.applications, reason, now)),
        ("ARGO CD", _argo_cd(state)),
        ("WHAT COULDN'T BE READ", (TextLine(words, "may not read", "odd") for words in state.hidden)),
    )


def _overview(row: ContextRow, reason: str) -> Iterator[TextLine]:
    state = row.state
    return filled(
        TextLine(state.name, "Context", "strong"),
        TextLine(row.word, "State", CONTEXT_STATE.get(row.word, "")),
        TextLine(reason, "because"),
        TextLine(state.server or "not known yet", "Server"),
        TextLine(state.server_version or "not known", "Kubernetes"),
    )


def _operator(row: ContextRow, now: float) -> Iterator[TextLine]:
    state, counts = row.state, row.counts
    trouble = operator_trouble(state)
    if trouble is not None:
        yield TextLine(trouble.title, trouble.severity, FINDING[trouble.severity])
    yield TextLine(version_words(state.operator.version) if state.operator.version else "not known", "Version")
    yield TextLine(state.operator_namespace or "not known", "Namespace")
    yield TextLine(lease_words(state, now), "Lease")
    yield TextLine(replicas_words(state.workload), "Replicas")
    yield TextLine(busy_words(state, counts), "Workers", "bad" if is_saturated(state, counts) else "")
    yield TextLine(waiting_words(counts), "Queue", "busy" if counts.waiting else "")


def _troubles(row: ContextRow, found: FleetTroubles, now: float) -> Iterator[TextLine]:
    counts = row.counts
    yield TextLine(standing_words(counts), "Stacks")
    yield from filled(TextLine(oldest_words(counts, now), "Oldest trouble"))
    for cause in found.causes:
        words = f"{cause_title(cause)} ({extent_words(cause, now)})"
        yield TextLine(plain(words), cause.id, FINDING.get(cause.severity, ""))
    if found.unexplained:
        yield TextLine(f"{found.unexplained:,} more broken, and no cause is known", "?", "odd")


def _visibility(visibility: KindVisibility, told: str, now: float) -> Iterator[TextLine]:
    """How well a kind is seen; what `told` has said of it already is left out."""
    heard = visibility.last_event_at
    yield TextLine("never" if heard is None else f"{kubectl_age(now - heard)} ago", "Last heard")
    yield TextLine(f"{visibility.events:,} objects and changes of them", "Received")
    lost, restricted = visibility.lost, visibility.restricted
    if lost is not None and lost.absent:
        yield TextLine("there are none: their CRD isn't installed", "Not seen", "odd")
    elif lost is not None and lost.reason not in told:
        yield TextLine(lost.reason, "Not seen", "bad")
    if restricted is not None:
        if restricted.reason not in told:
            yield TextLine(restricted.reason, "In part", "odd")
        yield TextLine(", ".join(restricted.namespaces) or "none", "Namespaces seen")


def _argo_cd(state: ContextState) -> Iterator[TextLine]:
    yield TextLine(state.argocd_version or "not known", "Version")
    yield TextLine(state.argocd_namespace or "not known", "Namespace")
