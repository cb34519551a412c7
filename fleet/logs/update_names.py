"""Which Update a run in a pod's log is the run of."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.board.rows import Key
from fleet.logs.log_events import LogSource
from stacks.logs.runs import LogSection, update_of
from stacks.records.base import OwnedMetadata
from stacks.records.stack import Stack
from stacks.records.update import Update


class UpdateNames:
    """Which Updates there are, so that a run can be tied to its own."""

    def __init__(self) -> None:
        self._updates: dict[Key, dict[str, Update]] = {}
        self._names: dict[tuple[LogSource, int], str] = {}

    def learn(self, key: Key, updates: Iterable[Update]) -> None:
        """These belong to the Stack."""
        known = self._updates.setdefault(key, {})
        known.update({update.metadata.name: update for update in updates})

    def notice(self, key: Key, stack: Stack) -> None:
        """A Stack names the Update that runs now, and the last one; both names say when they were made."""
        status = stack.status
        named = [status.current_update, status.last_update] if status is not None else []
        known = self._updates.setdefault(key, {})
        for each in named:
            if each is not None and each.name and each.name not in known:
                known[each.name] = Update(OwnedMetadata(each.name, key.namespace))

    def name(self, origin: LogSource, section: LogSection | None) -> str:
        """The Update of this section; empty if it can't be told."""
        if section is None or not section.is_run:
            return ""
        found = self._names.get((origin, section.run), "")
        if not found and (update := update_of(section, list(self._updates.get(origin.key, {}).values()))):
            found = self._names[origin, section.run] = update.metadata.name
        return found
