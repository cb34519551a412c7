"""What a filter may ask of a row: its words, as a reader sees them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from fleet.columns import APP_COLUMNS, STACK_COLUMNS, Column, holder
from fleet.query import Subject
from fleet.rows import AppRow, StackRow
from stacks.phase import Phase

Row = TypeVar("Row")


def stack_subject(row: StackRow) -> Subject:
    """A Stack's words: all columns, its phase, and what it belongs to."""
    phase_word, health = row.phase.name, row.health.status.lower()
    text = _text(STACK_COLUMNS, row, skip=("updated", "phase"))
    sync = row.holder.sync.lower() if row.holder else ""
    return Subject(
        text=f"{text} {phase_word} {_timeless(phase_word, row.phase.detail)}",
        context=row.key.context.lower(),
        namespace=row.key.namespace.lower(),
        name=row.key.name.lower(),
        app=holder(row).lower(),
        statuses=(health, phase_word, sync),
        labels=row.stack.metadata.labels or {},
    )


def app_subject(row: AppRow) -> Subject:
    """An Application's words."""
    return Subject(
        text=_text(APP_COLUMNS, row, skip=("age",)),
        context=row.key.context.lower(),
        namespace=row.key.namespace.lower(),
        name=row.key.name.lower(),
        app=row.key.name.lower(),
        statuses=(row.health.lower(), row.sync.lower(), row.operation.lower()),
        labels=row.app.metadata.labels or {},
    )


def _text(columns: tuple[Column[Row], ...], row: Row, skip: tuple[str, ...]) -> str:
    """What a reader sees in the columns, without what only time changes."""
    return " ".join([column.text(row, 0.0) for column in columns if column.id not in skip]).lower()


@lru_cache(maxsize=1024)
def _timeless(name: str, detail: str) -> str:
    """A phase in words, without the age that only time changes."""
    return Phase(name, detail).words(0.0).lower()
