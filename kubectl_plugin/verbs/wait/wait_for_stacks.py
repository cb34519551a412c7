"""Waiting: a watch for how the Stacks are, and a diagnosis now and then of those that don't get there."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

from diagnosis.reading.diagnosed_contexts import diagnose
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.resource_kinds import STACKS
from fleet.snapshot import Snapshot, snapshot_records
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, hint_at_other_contexts, lend_terminal, where_searched
from kubectl_plugin.cli.exit_codes import ExitCode, worse
from kubectl_plugin.cli.watched_contexts import COMPARED_EVERY, ContextStateLines, wait_for_contexts
from kubectl_plugin.verbs.wait.stack_waits import DELETED, Outlook, StackWaits, is_seen
from kubectl_plugin.verbs.wait.wait_output import WaitPrinter

_CODES = {
    Outlook.MET: ExitCode.FINE,
    Outlook.HOPELESS: ExitCode.PROBLEMS,
    Outlook.OPEN: ExitCode.TIMED_OUT,
}


@dataclass(frozen=True)
class WaitTiming:
    """How often what is looked at, in seconds."""

    compared_every: float = COMPARED_EVERY
    explained_every: float = 5.0
    """between two diagnoses; a Stack that has moved meanwhile is left alone"""
    settles: float = 5.0
    """for which a Stack has to be gone before it isn't waited for any more"""


def wait_for_stacks(options: argparse.Namespace, chosen: ChosenContexts, timing: WaitTiming | None = None) -> ExitCode:
    """Wait until each of the Stacks is there, isn't to be expected there any more, or the time is up."""
    return asyncio.run(watch_and_wait(options, chosen, timing or WaitTiming()))


async def watch_and_wait(options: argparse.Namespace, chosen: ChosenContexts, timing: WaitTiming) -> ExitCode:
    """The same, within an event loop."""
    # Labels choose the Stacks once: one that loses a label meanwhile is still waited for, and hasn't been deleted.
    fleet = Fleet(chosen.kubeconfig, chosen.contexts, replace(chosen.scope, label_selector=""), chosen.clock)
    fleet.lend_terminal = lend_terminal
    feeding = asyncio.create_task(fleet.run())
    try:
        wait = _Wait(options, chosen, fleet, timing)
        code = await wait.begin(feeding)
        return code if wait.waits is None else worse(code, await wait.go_on(wait.waits, feeding))
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


class _Wait:
    """One run of the verb, over a fleet that is watched meanwhile."""

    def __init__(self, options: argparse.Namespace, chosen: ChosenContexts, fleet: Fleet, timing: WaitTiming) -> None:
        self._options = options
        self._chosen = chosen
        self._fleet = fleet
        self._timing = timing
        self._condition: str = options.condition
        self._printer = WaitPrinter(self._condition, options.output, progress=options.timeout > 0)
        self._states = ContextStateLines()
        self._began = time.monotonic()
        self._partly: set[str] = set()
        """contexts of which the last diagnosis couldn't read everything"""
        self.waits: StackWaits | None = None
        """what is waited for, once it is known; None where there is nothing to wait for"""

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    async def begin(self, feeding: asyncio.Task[None]) -> ExitCode:
        """Find the Stacks. Returns the code for what couldn't be seen or isn't there."""
        labelled, _ = await asyncio.gather(self._labelled(), wait_for_contexts(self._fleet, feeding))
        now = self._fleet.clock()
        lost = self._lost(now)
        if labelled is not None:
            lost = {**labelled.unseen, **lost}
        self._printer.say(*(f"error: {name}: {why}" for name, why in sorted(lost.items())))
        about = self._states.changes(self._fleet, now)
        self._printer.say(*(f"note: {line}" for line in about if line.partition(": ")[0] not in lost))
        hint_at_other_contexts(self._chosen, self._options)
        code = ExitCode.CLUSTER_SAID_NO if lost else ExitCode.FINE
        seen = [name for name in self._chosen.contexts if name not in lost]
        keys = self._selected(labelled, seen)
        missing = [name for name in self._options.names if name not in {key.name for key in keys}]
        if missing and seen and (self._condition != DELETED or labelled is not None):
            where = where_searched(self._chosen, seen)
            self._printer.say(*(f'error: stack "{name}" not found{where}' for name in missing))
            return ExitCode.CLUSTER_SAID_NO
        keys += self._absent(missing, seen)
        if keys or not seen:
            self.waits = StackWaits(self._condition, keys, self._timing.settles) if keys else None
            return code
        self._printer.say(f"no stacks found{where_searched(self._chosen, seen)}")
        self.waits = StackWaits(self._condition, (), 0.0) if self._condition == DELETED else None
        return code if self._condition == DELETED else ExitCode.CLUSTER_SAID_NO

    async def _labelled(self) -> Snapshot | None:
        """The Stacks with the labels, where they are asked for: servers know what selectors mean."""
        selector = self._options.selector
        if not selector:
            return None
        return await snapshot_records(self._fleet.opener, self._chosen.contexts, STACKS, selector)

    def _selected(self, labelled: Snapshot | None, seen: list[str]) -> list[Key]:
        """The Stacks that are waited for, of those that are there; also such as can't be read."""
        board = self._fleet.board
        if labelled is None:
            found = [key for key in board.stacks if key.context in seen]
            found += [Key(name, *place) for name in seen for place in board.contexts[name].stacks.unreadable]
        else:
            every = [(name, each.metadata) for name in seen for each in labelled.records.get(name, ())]
            found = [Key(name, metadata.namespace, metadata.name) for name, metadata in every]
        names = self._options.names
        return sorted({key for key in found if not names or key.name in names})

    def _absent(self, names: list[str], seen: list[str]) -> list[Key]:
        """Stacks that are nowhere to be seen, in each place where they might be."""
        found = []
        for context in seen:
            own = self._chosen.kubeconfig.target(context).namespace
            places = self._chosen.scope.within(own)
            found += [Key(context, namespace, name) for name in names for namespace in places or ("",)]
        return found

    def _lost(self, now: float) -> dict[str, str]:
        """Why contexts can't be seen."""
        contexts = self._fleet.board.contexts.items()
        return {
            name: context.reason(now) or "it doesn't answer" for name, context in contexts if not is_seen(context, now)
        }

    async def go_on(self, waits: StackWaits, feeding: asyncio.Task[None]) -> ExitCode:
        """Wait for these Stacks, say what becomes of them, and return the code for the worst of that."""
        explaining = asyncio.create_task(self._explain(waits))
        try:
            while True:
                now = self._fleet.clock()
                self._printer.print_events(waits.look(self._fleet.board, now, self._elapsed), self._partly, now)
                self._printer.say(*self._states.changes(self._fleet, now))
                left = self._options.timeout - self._elapsed
                if waits.settled or left <= 0:
                    break
                for task in (feeding, explaining):
                    if task.done():
                        task.result()
                self._printer.count(waits, now)
                await asyncio.sleep(min(self._timing.compared_every, left))
        finally:
            self._printer.wipe()
            explaining.cancel()
            await asyncio.gather(explaining, return_exceptions=True)
        lost = self._lost(now)
        self._printer.print_end(waits, lost, self._options.timeout, now)
        return reduce(worse, (self._code(outlook, waits, lost) for outlook in Outlook), ExitCode.FINE)

    def _code(self, outlook: Outlook, waits: StackWaits, lost: Mapping[str, str]) -> ExitCode:
        """The code for the Stacks with this outlook. Whether one is late that can't be seen, nobody knows."""
        found = waits.of(outlook)
        if outlook is Outlook.OPEN and any(wait.key.context in lost for wait in found):
            return ExitCode.CLUSTER_SAID_NO
        return _CODES[outlook] if found else ExitCode.FINE

    async def _explain(self, waits: StackWaits) -> None:
        """Look again and again why Stacks aren't there, until cancelled."""
        while True:
            await self._explain_once(waits)
            await asyncio.sleep(self._timing.explained_every)

    async def _explain_once(self, waits: StackWaits) -> None:
        fleet = self._fleet
        now = fleet.clock()
        seen = {name for name, context in fleet.board.contexts.items() if is_seen(context, now)}
        asked = waits.to_explain(now, self._timing.explained_every)
        asked = {key: signature for key, signature in asked.items() if key.context in seen}
        if not asked:
            return
        contexts = sorted({key.context for key in asked})
        found = await diagnose(fleet.opener, contexts, {key.name for key in asked}, fleet.clock)
        self._partly = set(found.unread)
        findings = {
            key: found.diagnosis.findings(key)
            for key in found.asked
            if key in asked and key.context not in found.unseen
        }
        self._printer.print_events(waits.explained(asked, findings), self._partly, fleet.clock())
