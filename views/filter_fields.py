"""What a filter may ask of a row: its words, as a reader sees them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from fleet.board.rows import AppRow, StackRow
from stacks.phases.phase import Phase
from stacks.phases.phase_kinds import PhaseKind
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column, holder
from views.filter import FilterFields

Row = TypeVar("Row")


def stack_filter_fields(row: StackRow) -> FilterFields:
    """A Stack's words: all columns, its phase, and what it belongs to."""
    phase_word = row.phase.name
    text = _text(STACK_COLUMNS, row, skip=("updated", "phase"))
    return FilterFields(
        text=f"{text} {phase_word} {_timeless(row.phase.kind, row.phase.detail)}",
        context=_lower(row.key.context),
        namespace=_lower(row.key.namespace),
        name=_lower(row.key.name),
        app=_lower(holder(row)),
        statuses=_words(row.health.status, phase_word, row.holder.sync if row.holder else ""),
        labels=row.stack.metadata.labels or {},
    )


def app_filter_fields(row: AppRow) -> FilterFields:
    """An Application's words."""
    return FilterFields(
        text=_text(APP_COLUMNS, row, skip=("age",)),
        context=_lower(row.key.context),
        namespace=_lower(row.key.namespace),
        name=_lower(row.key.name),
        app=_lower(row.key.name),
        statuses=_words(row.health, row.sync, row.operation),
        labels=row.app.metadata.labels or {},
    )


def _text(columns: tuple[Column[Row], ...], row: Row, skip: tuple[str, ...]) -> str:
    """What a reader sees in the columns, without what only time changes."""
    return " ".join([column.text(row, 0.0) for column in columns if column.id not in skip]).lower()


def _lower(text: str) -> str:
    """In lower case: the very same text where it is so already, as most names are, which costs no memory."""
    lowered = text.lower()
    return text if lowered == text else lowered


@lru_cache(maxsize=1024)
def _words(*words: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


@lru_cache(maxsize=1024)
def _timeless(kind: PhaseKind, detail: str) -> str:
    """A phase in words, without the age that only time changes."""
    return Phase(kind, detail).words(0.0).lower()
