"""What is said of the context under the cursor: how well it is seen, its operator, its Stacks and their causes."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.fleet_causes import FleetTroubles
from tui.tables.detail_strip import DetailLine, RowDetail
from views.context_table import ContextRow
from views.context_words import (
    busy_words,
    cause_title,
    extent_words,
    is_saturated,
    oldest_words,
    operator_trouble,
    operator_words,
    seen_words,
    standing_words,
    unseen_words,
    waiting_words,
)
from views.tones import CONTEXT_STATE, FINDING, Tone, unless_good


def context_detail(row: ContextRow, found: FleetTroubles, now: float) -> RowDetail:
    state = row.state
    server = f"Kubernetes {state.server_version}" if state.server_version else ""
    argo_cd = f"Argo CD {state.argocd_version}" if state.argocd_version else ""
    name = "   ".join(filter(None, (state.name, server, argo_cd)))
    return RowDetail(name, tuple(_lines(row, found, now)), _brief(row, found, now))


def _lines(row: ContextRow, found: FleetTroubles, now: float) -> Iterator[DetailLine]:
    state, counts = row.state, row.counts
    yield DetailLine("State", seen_words(state, now), _state_tone(row))
    for hidden in state.hidden:
        yield DetailLine("Hidden", f"you may not read {hidden}", "odd")
    if row.word != "absent":
        yield from _operator(row, now)
        yield DetailLine("Stacks", f"{standing_words(counts)}; {counts.apps:,} Applications")
    if oldest := oldest_words(counts, now):
        yield DetailLine("Oldest", oldest)
    for cause in found.causes:
        yield DetailLine(cause.id, cause_title(cause), FINDING.get(cause.severity, ""), extent_words(cause, now))
    if found.unexplained:
        yield DetailLine("?", f"{found.unexplained:,} more broken, and no cause is known", "odd")
    if found.causes:
        yield DetailLine("Do", "Look at the causes in this context", right="d Diagnose")


def _operator(row: ContextRow, now: float) -> Iterator[DetailLine]:
    state, counts = row.state, row.counts
    trouble = operator_trouble(state)
    yield DetailLine("PKO", operator_words(state, now), FINDING[trouble.severity] if trouble is not None else "")
    if trouble is not None:
        yield DetailLine("", trouble.title)
    busy: Tone = "bad" if is_saturated(state, counts) else ""
    yield DetailLine("Busy", busy_words(state, counts), busy)
    if counts.waiting:
        yield DetailLine("Queue", waiting_words(counts), "busy")


def _brief(row: ContextRow, found: FleetTroubles, now: float) -> DetailLine:
    """The worst that is known of it, in a line."""
    if missing := unseen_words(row.state, now):
        return DetailLine("State", f"{row.word}: {missing}", _state_tone(row))
    if (trouble := operator_trouble(row.state)) is not None:
        return DetailLine("PKO", trouble.title, FINDING[trouble.severity])
    if found.causes:
        worst = found.causes[0]
        return DetailLine(worst.id, cause_title(worst), FINDING.get(worst.severity, ""), extent_words(worst, now))
    return DetailLine("Stacks", standing_words(row.counts))


def _state_tone(row: ContextRow) -> Tone:
    return unless_good(CONTEXT_STATE.get(row.word, ""))
