"""The columns of the tables, as both front ends print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fleet.rows import AppRow, StackRow, short_commit
from fleet.verdicts import worst
from stacks.times import age, instant

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: `text` is what stands in a cell at an instant, `order` what it is sorted by.

    `letter` is the key that sorts by it together with shift, or several of them with commas. No two rows
    have the same `order`, or lines would change places though nothing about them did. `wide` says that
    it is shown only where there is room, or with ``-o wide``.
    """

    id: str
    title: str
    text: Callable[[Row, float], str]
    order: Callable[[Row], Any]
    letter: str = ""
    wide: bool = False


def _ago(at: float | None, now: float) -> str:
    return "" if at is None else age(now - at)


def commits(row: StackRow) -> str:
    """The applied commit, with an asterisk where it isn't the wanted one."""
    wanted, applied = short_commit(row.commit_wanted), short_commit(row.commit_applied)
    return f"{applied or 'none'}*" if wanted and wanted != applied else applied


def holder(row: StackRow) -> str:
    """The Application that holds the Stack; a question mark where its cluster could only be guessed."""
    if row.holder is None:
        return ""
    elsewhere = f"{row.holder.key.context}:" if row.holder.key.context != row.key.context else ""
    return f"{elsewhere}{row.holder.key.name}{'' if row.holder.certain else '?'}"


def held(row: AppRow) -> str:
    """The Stacks that an Application holds, counted by their health, the worst first: ``1 Degraded, 3 Healthy``."""
    counts = [f"{count} {status}" for status, count in row.verdicts]
    return ", ".join([*counts, *([f"{row.unseen} not seen"] if row.unseen else [])])


_NEVER = float("inf")
"""later than every instant that is known"""


def by_urgency(row: StackRow) -> tuple[Any, ...]:
    """The board's own order: the worst first, and of equally bad ones the oldest trouble."""
    phase = row.phase
    since = 0.0 if phase.name == "ready" else phase.since
    return (row.rank, _NEVER if since is None else since, row.key)


def apps_by_urgency(row: AppRow) -> tuple[Any, ...]:
    """The Applications' own order: those that hold Stacks first, then the worst health."""
    return (not row.holds, worst(row.health), row.key)


STACK_COLUMNS: tuple[Column[StackRow], ...] = (
    Column("context", "CONTEXT", lambda r, now: r.key.context, lambda r: (r.key.context, r.key), "X"),
    Column("namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: (r.key.namespace, r.key), "S"),
    Column("name", "NAME", lambda r, now: r.key.name, lambda r: (r.key.name, r.key), "N"),
    Column("health", "HEALTH", lambda r, now: r.health.status, lambda r: (worst(r.health.status), r.key), "H"),
    Column("phase", "PHASE", lambda r, now: r.phase.words(now), lambda r: (r.phase.name, r.key), "P"),
    Column("application", "APPLICATION", lambda r, now: holder(r), lambda r: (holder(r), r.key), "L"),
    Column("sync", "SYNC", lambda r, now: r.holder.sync if r.holder else "", lambda r: (_sync(r), r.key), "Y"),
    Column(
        "app-health",
        "APP-HEALTH",
        lambda r, now: r.holder.health if r.holder else "",
        lambda r: (r.holder.health if r.holder else "", r.key),
        "",
        wide=True,
    ),
    Column("commit", "COMMIT", lambda r, now: commits(r), lambda r: (commits(r), r.key), "O"),
    Column(
        "updated", "UPDATED", lambda r, now: _ago(r.updated_at, now), lambda r: (-(r.updated_at or 0.0), r.key), "A"
    ),
    Column("stack", "STACK", lambda r, now: r.stack.spec.stack, lambda r: (r.stack.spec.stack, r.key), "", wide=True),
    Column("message", "MESSAGE", lambda r, now: r.message, lambda r: (r.message, r.key), "M"),
)

APP_COLUMNS: tuple[Column[AppRow], ...] = (
    Column("context", "CONTEXT", lambda r, now: r.key.context, lambda r: (r.key.context, r.key), "X"),
    Column("namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: (r.key.namespace, r.key), "S"),
    Column("name", "NAME", lambda r, now: r.key.name, lambda r: (r.key.name, r.key), "N"),
    Column("sync", "SYNC", lambda r, now: r.sync, lambda r: (r.sync, r.key), "Y"),
    Column("health", "HEALTH", lambda r, now: r.health, lambda r: (worst(r.health), r.key), "H"),
    Column("operation", "OPERATION", lambda r, now: r.operation, lambda r: (r.operation, r.key), "P"),
    Column("stacks", "STACKS", lambda r, now: held(r), lambda r: (-len(r.holds), r.key), "T"),
    Column("destination", "DESTINATION", lambda r, now: r.destination, lambda r: (r.destination, r.key), "D"),
    Column(
        "age",
        "AGE",
        lambda r, now: _ago(instant(r.app.metadata.creation_timestamp), now),
        lambda r: (r.app.metadata.creation_timestamp, r.key),
        "A",
        wide=True,
    ),
    Column("message", "MESSAGE", lambda r, now: r.message, lambda r: (r.message, r.key), "M"),
)


def _sync(row: StackRow) -> str:
    return row.holder.sync if row.holder else ""
