"""A check that is to be installed or taken out: its plan, how far it is, and how it ended. The page draws it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from actions.checks.check_change import (
    APART,
    ChangeEnded,
    ChangeFault,
    ChangeRequest,
    ChangeStep,
    CheckChange,
    again,
    installing,
    uninstalling,
)
from actions.plan import Plan, Planned
from actions.record import ActionRecord
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.holders import DestinationMap
from fleet.fleet import Fleet
from stacks.argocd_tracking import normalised


@dataclass(frozen=True)
class WantedChange:
    """What somebody wants of an Argo CD."""

    verb: str
    kinds: tuple[str, ...]
    take_over: bool = False
    force_configmap: bool = False

    def errand(self, journal: ActionRecord) -> ChangeRequest:
        if self.verb == "uninstall":
            return uninstalling(self.kinds, journal)
        return installing(self.kinds, journal, take_over=self.take_over, force_configmap=self.force_configmap)


@dataclass
class ChangeRun:
    """One wish for one Argo CD. `version` moves when there is something new to draw."""

    fleet: Fleet
    instance: ArgoCDInstance
    wanted: WantedChange
    planned: Planned | None = None
    trouble: str = ""
    """why there is no plan"""
    steps: list[ChangeStep] = field(default_factory=list)
    sending: bool = False
    ended: ChangeEnded | None = None
    version: int = 0
    apart: float = APART
    """seconds between the two readings that prove it"""
    journal: ActionRecord = field(default_factory=lambda: ActionRecord.of(os.environ))

    async def plan(self) -> None:
        """Look at the Argo CD as it is now, and work out what has to be sent."""
        errand = self.wanted.errand(self.journal)
        try:
            async with AsyncExitStack() as stack:
                if self.instance.config_map is not None:
                    self.instance = await again(self._open(stack, self.instance.context), self.instance)
                self.planned, self.trouble = errand.planner(self.instance), ""
        except ClusterError as error:
            self.planned, self.trouble = None, str(error)
        self.version += 1

    def instead(self, wanted: WantedChange) -> None:
        """Want this; it has to be planned anew."""
        self.wanted = wanted
        self.planned, self.trouble = None, ""
        self.version += 1

    async def carry_out(self, plan: Plan) -> ChangeEnded:
        """Send what was agreed to, and see it through."""
        self.sending, self.steps = True, []
        self.version += 1

        def said(step: ChangeStep) -> None:
            # How many of them is one line that counts, not one for each.
            if step.counting and self.steps and self.steps[-1].counting:
                self.steps.pop()
            self.steps.append(step)
            self.version += 1

        try:
            async with AsyncExitStack() as stack:
                connections = self._open_all(stack)
                servers = {name: normalised(one.target.server) for name, one in connections.items()}
                places = DestinationMap(servers, self.fleet.reach.mapping)
                errand = self.wanted.errand(self.journal)
                carrying = CheckChange(errand, self.instance, connections, places, said, apart=self.apart)
                self.ended = await carrying.out(plan)
        except ClusterError as error:
            self.ended = ChangeEnded(ChangeFault.REFUSED, f"{error}; nothing was written")
        finally:
            self.sending = False
            self.version += 1
        return self.ended

    def _open(self, stack: AsyncExitStack, context: str) -> Connection:
        connection = self.fleet.doors.open(context)
        stack.push_async_callback(connection.close)
        return connection

    def _open_all(self, stack: AsyncExitStack) -> Mapping[str, Connection]:
        """A way to each watched context that makes sense; the one that is written to has to."""
        found = {self.instance.context: self._open(stack, self.instance.context)}
        for context in self.fleet.board.contexts:
            if context not in found:
                try:
                    found[context] = self._open(stack, context)
                except ClusterError:
                    continue
        return found
