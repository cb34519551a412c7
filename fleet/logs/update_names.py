"""Which Update a run in a pod's log is the run of."""

from __future__ import annotations

from collections.abc import Iterable

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.logs.log_sources import LogSource
from fleet.stack_objects.queries import find_updates
from stacks.logs.runs import LogSection, update_of
from stacks.records.base import OwnedMetadata
from stacks.records.stack import Stack
from stacks.records.workspace import Update


class UpdateNames:
    """The Updates that are known of each Stack, and the names of those whose runs stand in logs."""

    def __init__(self) -> None:
        self._updates: dict[Key, dict[str, Update]] = {}
        self._names: dict[tuple[LogSource, int], str] = {}

    def add_updates(self, key: Key, updates: Iterable[Update]) -> None:
        known = self._updates.setdefault(key, {})
        known.update({update.metadata.name: update for update in updates})

    def add_stack(self, key: Key, stack: Stack) -> None:
        """Remember the Updates that the Stack names, the present and the last: their names say when they were made."""
        status = stack.status
        named = [status.current_update, status.last_update] if status is not None else []
        known = self._updates.setdefault(key, {})
        for each in named:
            if each is not None and each.name and each.name not in known:
                known[each.name] = Update(OwnedMetadata(each.name, key.namespace))

    def name_of(self, source: LogSource, section: LogSection | None) -> str:
        """The name of the Update whose run this section is; empty if it can't be told."""
        if section is None or not section.is_run:
            return ""
        found = self._names.get((source, section.run), "")
        if not found and (update := update_of(section, list(self._updates.get(source.key, {}).values()))):
            found = self._names[source, section.run] = update.metadata.name
        return found


async def readable_updates(connection: Connection, key: Key) -> list[Update]:
    """The Stack's Updates; none if they may not be read."""
    try:
        return await find_updates(connection, key.namespace, key.name)
    except ClusterError:
        return []
