"""The Applications and the Stacks that each of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.board.rows import AppRow, Key, StackRow
from fleet.board.stack_health import tally
from stacks.records.application import Application


class ApplicationIndex:
    """Applications by key. A row is made when it is asked for, and is the same object until it may differ."""

    def __init__(self, stacks: Mapping[Key, StackRow]) -> None:
        self._stacks = stacks
        self._apps: dict[Key, Application] = {}
        self._holds: dict[Key, set[Key]] = {}
        self._rows: dict[Key, AppRow] = {}

    def __iter__(self) -> Iterator[Key]:
        return iter(self._apps)

    def get(self, key: Key) -> Application | None:
        """The Application itself."""
        return self._apps.get(key)

    def row(self, key: Key) -> AppRow | None:
        """An Application with what it holds."""
        row = self._rows.get(key)
        if row is None and (app := self._apps.get(key)) is not None:
            holds = tuple(sorted(self._holds.get(key, ())))
            verdicts = tally(self._stacks[stack].health.status for stack in holds)
            row = self._rows[key] = AppRow(key, app, holds, verdicts)
        return row

    def rows(self) -> list[AppRow]:
        """A row for every Application, in no order."""
        return [row for key in self._apps if (row := self.row(key)) is not None]

    def put(self, key: Key, app: Application) -> None:
        """Add or replace an Application."""
        self._apps[key] = app
        self._rows.pop(key, None)

    def drop(self, key: Key) -> bool:
        """Remove an Application; says whether it was known. The rows of its Stacks come to
        `stack_changed` when they are recomputed.
        """
        self._rows.pop(key, None)
        return self._apps.pop(key, None) is not None

    def forget(self, key: Key) -> None:
        """Forget which Stacks were held by an Application that was dropped, once all of them have been recomputed."""
        self._holds.pop(key, None)

    def stack_changed(self, before: StackRow | None, after: StackRow | None) -> None:
        """Keep up with a Stack's row that was added (no `before`), removed (no `after`) or replaced."""
        old = before.holder.key if before is not None and before.holder is not None else None
        new = after.holder.key if after is not None and after.holder is not None else None
        if old == new and before is not None and after is not None and before.health.status == after.health.status:
            return
        if old is not None and before is not None:
            self._rows.pop(old, None)
            self._holds.get(old, set()).discard(before.key)
        if new is not None and after is not None:
            self._rows.pop(new, None)
            self._holds.setdefault(new, set()).add(after.key)
