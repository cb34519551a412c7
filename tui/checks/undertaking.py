"""A check that is to be installed or taken out: its plan, how far it is, and how it ended. The page draws it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from actions.carrying import APART, Carrying, Ended, Errand, Fault, Step, again, installing, uninstalling
from actions.journal import Journal
from actions.plans import Plan, Planned
from cluster.connection import Connection
from cluster.errors import ClusterError
from fleet.argocd.instances import Instance
from fleet.fleet import Fleet
from fleet.joins import Places
from stacks.tracking import normalised


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of an Argo CD."""

    verb: str
    kinds: tuple[str, ...]
    take_over: bool = False
    force_configmap: bool = False

    def errand(self, journal: Journal) -> Errand:
        if self.verb == "uninstall":
            return uninstalling(self.kinds, journal)
        return installing(self.kinds, journal, take_over=self.take_over, force_configmap=self.force_configmap)


@dataclass
class Undertaking:
    """One wish for one Argo CD. `version` moves when there is something new to draw."""

    fleet: Fleet
    instance: Instance
    wanted: Wanted
    planned: Planned | None = None
    trouble: str = ""
    """why there is no plan"""
    steps: list[Step] = field(default_factory=list)
    sending: bool = False
    ended: Ended | None = None
    version: int = 0
    apart: float = APART
    """seconds between the two readings that prove it"""
    journal: Journal = field(default_factory=lambda: Journal.of(os.environ))

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

    def instead(self, wanted: Wanted) -> None:
        """Want this; it has to be planned anew."""
        self.wanted = wanted
        self.planned, self.trouble = None, ""
        self.version += 1

    async def carry_out(self, plan: Plan) -> Ended:
        """Send what was agreed to, and see it through."""
        self.sending, self.steps = True, []
        self.version += 1

        def said(step: Step) -> None:
            # How many of them is one line that counts, not one for each.
            if step.counting and self.steps and self.steps[-1].counting:
                self.steps.pop()
            self.steps.append(step)
            self.version += 1

        try:
            async with AsyncExitStack() as stack:
                connections = self._open_all(stack)
                servers = {name: normalised(one.target.server) for name, one in connections.items()}
                places = Places(servers, self.fleet.reach.mapping)
                errand = self.wanted.errand(self.journal)
                carrying = Carrying(errand, self.instance, connections, places, said, apart=self.apart)
                self.ended = await carrying.out(plan)
        except ClusterError as error:
            self.ended = Ended(Fault.REFUSED, f"{error}; nothing was written")
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
