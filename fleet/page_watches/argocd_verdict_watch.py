"""What Argo CD makes of one Stack, kept true while its page is open."""

from __future__ import annotations

import asyncio
import time
from math import inf
from typing import TYPE_CHECKING

from cluster.errors import ClusterError
from fleet.argocd.argocd_verdict import ArgoCDVerdict, argocd_verdict, runs_foreign_script
from fleet.argocd.instance_watch import ContextInstances
from fleet.argocd.instances import InstanceChecks
from fleet.argocd.raw_objects import fetch_raw
from fleet.resource_kinds import STACKS
from health.argocd_cm.resource_filter import IN_CLUSTER

if TYPE_CHECKING:
    from cluster.http.connection import Connection
    from fleet.board.rows import Key, StackRow
    from fleet.fleet import Fleet

_ROUND = 0.3
"""seconds between two looks at whether something has to be asked"""
_PAUSE = 10.0
"""seconds before the same is asked again, where the answer is none, or of another state than the board's"""


class ArgoCDVerdictWatch:
    """Judges the Stack by its Argo CD's check. `version` grows when the answer, or why there is none, is another."""

    def __init__(self, fleet: Fleet, key: Key, *, every: float = _ROUND, pause: float = _PAUSE) -> None:
        self.version = 0
        self.why_not = ""
        """why there is no verdict; empty where there is one, or where it will come"""
        self._fleet = fleet
        self._key = key
        self._verdict: ArgoCDVerdict | None = None
        self._every = every
        self._pause = pause
        self._asked: tuple[object, ...] = ()
        self._again = 0.0
        """when what was asked last may be asked again"""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fleet.instance_watch.follow(self._argocd_context))
            while True:
                await self._refresh()
                await asyncio.sleep(self._every)

    def of(self, row: StackRow) -> ArgoCDVerdict | None:
        """The verdict of this very state of the Stack; None while it isn't known."""
        found = self._verdict
        return found if found is not None and found.resource_version == row.stack.metadata.resource_version else None

    def _argocd_context(self) -> list[str]:
        """The context whose Argo CD holds it."""
        row = self._fleet.board.stacks.get(self._key)
        return [row.holder.key.context] if row is not None and row.holder is not None else []

    async def _refresh(self) -> None:
        row = self._fleet.board.stacks.get(self._key)
        if row is None or row.holder is None:
            return
        glance = self._fleet.instance_watch.seen(row.holder.key.context)
        known = _argo_cd(glance, row.holder.key.namespace) if glance is not None else None
        if known is None:
            self._set_reason("" if glance is None else _why_none(glance, row.holder.key.context))
            self._asked = ()
            return
        connection = self._fleet.connection(self._key.context)
        asked = (row.stack.metadata.uid, row.stack.metadata.resource_version, known)
        if connection is None or (asked == self._asked and time.monotonic() < self._again):
            return
        current = False
        try:
            found = await self._ask(connection, row, known)
        except ClusterError as error:
            self._set_reason(str(error))
        else:
            self._set_verdict(found)
            current = found.resource_version == row.stack.metadata.resource_version
        self._asked, self._again = asked, inf if current else time.monotonic() + self._pause

    async def _ask(self, connection: Connection, row: StackRow, known: InstanceChecks) -> ArgoCDVerdict:
        stack = await fetch_raw(connection, STACKS.resource, self._key.namespace, self._key.name)
        server = self._server(row, known)
        if runs_foreign_script(known):
            return await asyncio.to_thread(argocd_verdict, known, stack, server)
        return argocd_verdict(known, stack, server)

    def _set_verdict(self, found: ArgoCDVerdict) -> None:
        if found != self._verdict or self.why_not:
            self._verdict, self.why_not = found, ""
            self.version += 1

    def _set_reason(self, why: str) -> None:
        if why != self.why_not:
            self.why_not = why
            self.version += 1

    def _server(self, row: StackRow, known: InstanceChecks) -> str:
        """The address of its cluster, as that Argo CD has it."""
        app = self._fleet.board.app(row.holder.key) if row.holder is not None else None
        if app is not None and (server := app.app.spec.destination.server):
            return server
        context = self._fleet.board.contexts.get(row.key.context)
        same = row.key.context == known.instance.context
        return IN_CLUSTER if same or context is None else context.server


def _argo_cd(glance: ContextInstances, namespace: str) -> InstanceChecks | None:
    """The Argo CD that looks after Applications in this namespace: its own, or the only one that there is."""
    return glance.of(namespace) or (glance.known[0] if len(glance.known) == 1 else None)


def _why_none(glance: ContextInstances, context: str) -> str:
    if glance.why:
        return glance.why
    if glance.hidden:
        return "; ".join(str(hidden) for hidden in glance.hidden)
    return f"{len(glance.known)} Argo CDs are in {context}, none of them in the Application's namespace"
