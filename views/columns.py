"""The columns of the tables, as both front ends print them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fleet.board.rows import AppRow, StackRow, short_commit
from fleet.board.verdicts import worst
from stacks.phases.phase_kinds import READY
from stacks.times import age, instant

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: `text` is what stands in a cell at an instant, `order` what it is sorted by.

    Rows whose `order` is the same stand by their keys (`in_order`), or lines would change places though
    nothing about them did. `letter` is the key that sorts by it together with shift, or several of them
    with commas. `wide` says that it is shown only where there is room, or with ``-o wide``.
    """

    id: str
    title: str
    text: Callable[[Row, float], str]
    order: Callable[[Row], Any]
    letter: str = ""
    wide: bool = False


def in_order(rows: Iterable[Row], order: Callable[[Row], Any], key: Callable[[Row], Any]) -> list[Row]:
    """These rows sorted; those that the order makes no difference between by their keys."""
    return sorted(sorted(rows, key=key), key=order)


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


def _sync(row: StackRow) -> str:
    return row.holder.sync if row.holder else ""


_NEVER = float("inf")
"""later than every instant that is known"""


def by_urgency(row: StackRow) -> tuple[Any, ...]:
    """The board's own order: the worst first, and of equally bad ones the oldest trouble."""
    phase = row.phase
    since = 0.0 if phase.kind is READY else phase.since
    return (row.rank, _NEVER if since is None else since)


def apps_by_urgency(row: AppRow) -> tuple[Any, ...]:
    """The Applications' own order: those that hold Stacks first, then the worst health."""
    return (not row.holds, worst(row.health))


STACK_COLUMNS: tuple[Column[StackRow], ...] = (
    Column("context", "CONTEXT", lambda r, now: r.key.context, lambda r: r.key.context, "X"),
    Column("namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: r.key.namespace, "S"),
    Column("name", "NAME", lambda r, now: r.key.name, lambda r: r.key.name, "N"),
    Column("health", "HEALTH", lambda r, now: r.health.status, lambda r: worst(r.health.status), "H"),
    Column("phase", "PHASE", lambda r, now: r.phase.words(now), lambda r: r.phase.name, "P"),
    Column("application", "APPLICATION", lambda r, now: holder(r), holder, "L"),
    Column("sync", "SYNC", lambda r, now: _sync(r), _sync, "Y"),
    Column(
        "app-health",
        "APP-HEALTH",
        lambda r, now: r.holder.health if r.holder else "",
        lambda r: r.holder.health if r.holder else "",
        "",
        wide=True,
    ),
    Column("commit", "COMMIT", lambda r, now: commits(r), commits, "O"),
    Column("updated", "UPDATED", lambda r, now: _ago(r.updated_at, now), lambda r: -(r.updated_at or 0.0), "A"),
    Column("stack", "STACK", lambda r, now: r.stack.spec.stack, lambda r: r.stack.spec.stack, "", wide=True),
    Column("message", "MESSAGE", lambda r, now: r.message, lambda r: r.message, "M"),
)

APP_COLUMNS: tuple[Column[AppRow], ...] = (
    Column("context", "CONTEXT", lambda r, now: r.key.context, lambda r: r.key.context, "X"),
    Column("namespace", "NAMESPACE", lambda r, now: r.key.namespace, lambda r: r.key.namespace, "S"),
    Column("name", "NAME", lambda r, now: r.key.name, lambda r: r.key.name, "N"),
    Column("sync", "SYNC", lambda r, now: r.sync, lambda r: r.sync, "Y"),
    Column("health", "HEALTH", lambda r, now: r.health, lambda r: worst(r.health), "H"),
    Column("operation", "OPERATION", lambda r, now: r.operation, lambda r: r.operation, "P"),
    Column("stacks", "STACKS", lambda r, now: held(r), lambda r: -len(r.holds), "T"),
    Column("destination", "DESTINATION", lambda r, now: r.destination, lambda r: r.destination, "D"),
    Column(
        "age",
        "AGE",
        lambda r, now: _ago(instant(r.app.metadata.creation_timestamp), now),
        lambda r: r.app.metadata.creation_timestamp,
        "A",
        wide=True,
    ),
    Column("message", "MESSAGE", lambda r, now: r.message, lambda r: r.message, "M"),
)
