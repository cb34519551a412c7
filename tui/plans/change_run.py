"""A change on a page: its plan, the steps it has made, and how it ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from actions.plan import Plan, Planned
from actions.record import ActionRecord
from actions.workflow import (
    ChangeFault,
    ChangeKind,
    ChangeRequest,
    ChangeResult,
    ChangeStep,
    ChangeTask,
    Timing,
    carry_out,
    destination_map,
)
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.fleet import Fleet
from settings.state_file import location

_RECORDS: WeakKeyDictionary[Fleet, ActionRecord] = WeakKeyDictionary()


def user_record(fleet: Fleet) -> ActionRecord:
    """The record of this user's actions, beside the state file.

    One for a fleet: what is under way here mustn't look as if an earlier program had been ended amid it.
    """
    if (found := _RECORDS.get(fleet)) is None:
        found = _RECORDS[fleet] = ActionRecord(location(os.environ).parent, fleet.clock)
    return found


@dataclass(eq=False)
class ChangeRun:
    """One change of one target. `version` grows whenever there is something new to draw."""

    fleet: Fleet
    change: ChangeKind[Any, Any]
    target: Any
    request: ChangeRequest
    planned: Planned | None = None
    plan_error: str = ""
    """why it can't be planned"""
    shown_only: bool = False
    """it was planned without all that a plan needs that is sent: nothing could be"""
    why_not: Callable[[str], str] = lambda context: ""
    """why nothing may be sent to a context now; empty where it may"""
    steps: list[ChangeStep] = field(default_factory=list)
    sending: bool = False
    result: ChangeResult | None = None
    version: int = 0
    timing: Timing = field(init=False)
    record: ActionRecord = field(init=False)

    def __post_init__(self) -> None:
        self.timing = Timing(effect_timeout=self.change.effect_timeout)
        self.record = user_record(self.fleet)

    @property
    def ended(self) -> bool:
        """It was sent, and how that ended is known."""
        return self.result is not None and not self.sending

    def begin_anew(self) -> None:
        """Forget how it ended, if it did: it is asked for once more, and has to be planned for that."""
        if self.result is not None:
            self.request = self.request.renewed(self.fleet.clock())
        self.planned, self.plan_error, self.shown_only = None, "", False
        self.result, self.steps = None, []
        self.version += 1

    async def plan(self) -> None:
        """Read the target as it is now, and work out what has to be sent.

        Where nothing may be sent, no command is run in a pod for that.
        """
        try:
            async with AsyncExitStack() as stack:
                why = self.why_not(self.target.context)
                task = self._task(stack)
                allowed = self.change.without_commands(self.target, "")
                asked = self.change.without_commands(allowed, why)
                self.target = await self.change.read(task.connection, asked)
                self.planned, self.plan_error = replace(task, target=self.target).plan(), ""
                self.shown_only = asked != allowed
        except ClusterError as error:
            self.planned, self.plan_error = None, str(error)
        self.version += 1

    def allow(self, *, take_over: bool = False, override_owner: bool = False, acknowledged: bool = False) -> None:
        """Allow this beside what was allowed already; it has to be planned anew then."""
        request = self.request
        self.request = replace(
            request,
            take_over=request.take_over or take_over,
            override_owner=request.override_owner or override_owner,
            acknowledged=request.acknowledged or acknowledged,
        )
        self.planned, self.plan_error = None, ""
        self.version += 1

    async def carry_out(self, plan: Plan) -> ChangeResult:
        """Carry out the plan that a person agreed to, and note each step as it begins."""
        self.sending, self.steps = True, []
        self.version += 1
        try:
            async with AsyncExitStack() as stack:
                steps = await stack.enter_async_context(aclosing(carry_out(self._task(stack), plan)))
                async for step in steps:
                    if isinstance(step, ChangeResult):
                        self.result = step
                    else:
                        self._note(step)
        except ClusterError as error:
            self.result = ChangeResult(ChangeFault.REFUSED, f"{error}; nothing was written")
        finally:
            self.sending = False
            self.version += 1
        assert self.result is not None  # the steps of a change always end with its result
        return self.result

    def _note(self, step: ChangeStep) -> None:
        """Of steps that count, only the last one is kept."""
        if step.counting and self.steps and self.steps[-1].counting:
            self.steps.pop()
        self.steps.append(step)
        self.version += 1

    def _task(self, stack: AsyncExitStack) -> ChangeTask[Any, Any]:
        connections = open_watched(self.fleet, stack, self.target.context)
        destinations = destination_map(connections, self.fleet.scope.mapping)
        return ChangeTask(self.change, self.target, self.request, self.record, connections, destinations, self.timing)


def opened(fleet: Fleet, stack: AsyncExitStack, context: str) -> Connection:
    """A connection that is closed with the stack. Raises ClusterError where the context makes no sense."""
    connection = fleet.opener.open(context)
    stack.push_async_callback(connection.close)
    return connection


def open_watched(fleet: Fleet, stack: AsyncExitStack, *needed: str) -> dict[str, Connection]:
    """A connection to each watched context that can be opened. Raises ClusterError where a needed one can't."""
    found = {context: opened(fleet, stack, context) for context in needed}
    for context in fleet.board.contexts:
        if context not in found:
            with suppress(ClusterError):
                found[context] = opened(fleet, stack, context)
    return found
