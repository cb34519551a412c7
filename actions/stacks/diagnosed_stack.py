"""The target of a fix: a Stack with its diagnosis, and what else was looked at before planning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Self, TypeAlias

from actions.diagnosed_target import DiagnosedTarget
from actions.fix_rules import not_allowed, not_helpful
from actions.plan import PlanBlocked, Precondition
from actions.stacks.workspace_processes import WorkspaceProcesses, list_processes
from actions.workflow import ChangeRequest
from cluster.access import AccessAnswer, AccessQuestion, ask_access
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import Finding
from diagnosis.reading.diagnosed_contexts import diagnose_again
from fleet.clock import Clock
from fleet.resource_kinds import STACKS
from fleet.scope import WatchScope
from stacks.fields import text
from stacks.times import rfc3339


@dataclass(frozen=True)
class FixRequest(ChangeRequest):
    """What a person asked for, beside the Stack."""

    value: str = ""
    """the new value of the annotation that asks the operator for a run; the same for all Stacks of a command"""
    during_run: bool = False
    """restart the workspace also while an update runs in it"""
    holder: str = ""
    """the holder of a lock, as its line names it, whose update is cancelled though it isn't ours"""
    update: str = ""
    """a leftover Update whose finalizer is released, instead of the Stack's"""
    finalizer: str = ""
    """the finalizer that is released; empty: the operator's"""

    def renewed(self, now: float) -> Self:
        """The same with another value: the operator makes no second run of one that it has seen."""
        return replace(self, value=request_value(now))


def request_value(now: float) -> str:
    """A value of the annotation that asks for a run, which nobody else has used: the instant, and something random."""
    stamp = rfc3339(now).replace("-", "").replace(":", "").removesuffix("Z")
    return f"pko-argo-{stamp}.{int(now * 1000) % 1000:03}Z-{token_hex(2)}"


@dataclass(frozen=True)
class DiagnosedStack(DiagnosedTarget):
    """A Stack as it was last looked at."""

    scope: WatchScope
    clock: Clock
    rights: tuple[AccessAnswer, ...] = ()
    processes: WorkspaceProcesses | None = None
    """what runs in the workspace pod; None where nobody has looked"""
    no_commands: str = ""
    """why no command may be run in its pod to look what runs there; empty where it may"""

    @property
    def facts(self) -> StackFacts | None:
        """None where the Stack is gone."""
        return self.diagnosis.fleet.stack(self.key)

    @property
    def findings(self) -> Sequence[Finding]:
        return self.diagnosis.findings(self.key)


Rights: TypeAlias = Callable[[DiagnosedStack], Sequence[AccessQuestion]]
"""the rights that a fix of this Stack needs"""


def without_commands(target: DiagnosedStack, why: str) -> DiagnosedStack:
    """The target in whose pod no command is run to look what runs there, and why; with an empty reason, one is."""
    return replace(target, no_commands=why)


@dataclass(frozen=True)
class StackLook:
    """Looks at a Stack before a fix of it is planned: its diagnosis, the rights, and what runs in its pod."""

    rights: Rights
    processes: bool = False

    async def read(self, connection: Connection, before: DiagnosedStack) -> DiagnosedStack:
        """The Stack as it is now. Raises ClusterError."""
        now = await diagnose_again(connection, before.diagnosis, before.key, before.scope, before.clock)
        return await self.prepare(connection, replace(before, diagnosis=now))

    async def prepare(self, connection: Connection, target: DiagnosedStack) -> DiagnosedStack:
        """The same look at the Stack, with rights and processes as they are now. Raises no ClusterError."""
        if self.processes and _needs_close_look(target):
            with suppress(ClusterError):
                return await self.read(connection, target)
        questions = self.rights(target) if target.facts is not None else ()
        answers = await asyncio.gather(*(ask_access(connection, question) for question in questions))
        processes = await self._processes(connection, target) if self.processes else None
        return replace(target, rights=tuple(answers), processes=processes)

    async def _processes(self, connection: Connection, target: DiagnosedStack) -> WorkspaceProcesses | None:
        return await list_processes(connection, target.facts, target.clock, no_commands=target.no_commands)


def _needs_close_look(target: DiagnosedStack) -> bool:
    """Whether nothing was read of what is around the Stack: of many, those that are fine are only listed."""
    return target.facts is not None and target.facts.quiet and not target.diagnosis.fleet.close_look


def blocked(target: DiagnosedStack, verb: str) -> PlanBlocked | None:
    """Why no fix of this verb can be planned, whatever it sends; None where one can."""
    if target.facts is None:
        return PlanBlocked(f"{target} isn't there any more")
    return not_allowed(target, target.rights) or not_helpful(target, target.findings, verb)


def preconditions(facts: StackFacts) -> tuple[Precondition, ...]:
    """That the Stack is the one that was read, and as it was read."""
    version = text(facts.stack, "metadata", "resourceVersion")
    return (
        Precondition("uid", facts.uid),
        # Not sent: a spec that was changed, or a deletion, makes another plan of the same requests.
        Precondition("generation", str(facts.generation)),
        Precondition("resourceVersion", version, volatile=True),
    )


def path(target: DiagnosedStack, subresource: str | None = None) -> str:
    return STACKS.resource.path(target.namespace, target.name, subresource)
