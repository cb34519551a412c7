"""The columns of the table of causes, and the fields that a filter asks for there."""

from __future__ import annotations

from dataclasses import dataclass

from diagnosis.finding import SEVERITIES
from diagnosis.fleet_causes import CauseKey, FleetCause
from stacks.times import kubectl_age, prose_span
from views.cause_column import TO_LOOK_AT
from views.columns import Column, ColumnWidth
from views.filter import FilterFields
from views.findings import names_subject
from views.tones import FINDING

_NEVER = float("inf")


@dataclass(frozen=True)
class CauseRow:
    """A cause, and whether a closer look at one of its Stacks would tell more."""

    cause: FleetCause
    needs_look: bool = False
    verb: str = ""
    """the one that helps first; empty where none does"""

    @property
    def key(self) -> CauseKey:
        return self.cause.identity


def _title(row: CauseRow) -> str:
    cause = row.cause
    about = "" if names_subject(cause.example) else f": {cause.key}"
    return f"{TO_LOOK_AT if row.needs_look else ''}{cause.title}{about}"


def _contexts(row: CauseRow) -> str:
    return " ".join(row.cause.contexts)


def _since(row: CauseRow, now: float) -> str:
    return "" if row.cause.since is None else kubectl_age(now - row.cause.since)


def _next(row: CauseRow, now: float) -> str:
    """When it goes on by itself, for the first of its Stacks; in few words, as the diagnosis has all of them."""
    happens = row.cause.example.next
    if happens is None:
        return ""
    if happens.at is not None:
        return f"in {prose_span(happens.at - now)}" if happens.at > now else "due now"
    return happens.what if happens.heals else "never by itself"


def _next_order(row: CauseRow) -> float:
    happens = row.cause.example.next
    return _NEVER if happens is None or happens.at is None else happens.at


CAUSE_COLUMNS: tuple[Column[CauseRow], ...] = (
    Column(
        "id", "ID", lambda r, now: r.cause.id, lambda r: r.cause.id, "I",
        width=ColumnWidth(0, 6, 14), tone=lambda r: FINDING.get(r.cause.severity, ""),
    ),
    Column("cause", "CAUSE", lambda r, now: _title(r), _title, "E", width=ColumnWidth(0, 30, 76)),
    Column(
        "stacks", "STACKS", lambda r, now: f"{len(r.cause.stacks):,}", lambda r: -len(r.cause.stacks), "T",
        width=ColumnWidth(0, 6, 7), tone=lambda r: "strong",
    ),
    Column("contexts", "CONTEXTS", lambda r, now: _contexts(r), _contexts, "X", width=ColumnWidth(2, 8, 24)),
    Column("since", "SINCE", _since, lambda r: r.cause.since or _NEVER, "A", width=ColumnWidth(1, 6, 8), is_time=True),
    Column("fix", "FIX", lambda r, now: r.verb, lambda r: r.verb, width=ColumnWidth(4, 9, 18)),
    Column("next", "NEXT", _next, _next_order, "R", width=ColumnWidth(3, 15, 4000), is_time=True),
)  # fmt: skip


def by_severity(row: CauseRow) -> tuple[int, int, float]:
    """The worst first, of equally bad ones the one that most Stacks have, and then the oldest."""
    cause = row.cause
    return SEVERITIES.index(cause.severity), -len(cause.stacks), cause.since or _NEVER


def cause_filter_fields(row: CauseRow) -> FilterFields:
    """A cause is found by its words, and by the names of its Stacks."""
    stacks = row.cause.stacks
    words = f"{row.cause.id} {_title(row)} {row.cause.key}".lower()
    names = " ".join(dict.fromkeys(key.name for key in stacks)).lower()
    return FilterFields(
        f"{words} {_contexts(row)} {names} {row.verb}".lower(),
        context=_contexts(row).lower(),
        namespace=" ".join(dict.fromkeys(key.namespace for key in stacks)).lower(),
        name=names,
        others={"cause": words},
    )
