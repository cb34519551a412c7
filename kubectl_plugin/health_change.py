"""What ``health install`` and ``health uninstall`` have in common: look, show, ask, send, prove, refresh.

Talk goes to stderr, what has become of each Argo CD to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from actions.describing import describe, difference
from actions.journal import Journal, RecordError
from actions.plans import Blocked, Contested, Elsewhere, Nothing, Plan, Planned
from actions.runner import Done, Moved, Refused, Unrecorded, Unsure, carry_out, prove, rehearse
from cluster.connection import Connection
from cluster.errors import ClusterError
from fleet.argocd.instances import Instance
from kubectl_plugin.choice import Choice, choose
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.health_refresh import refreshed
from kubectl_plugin.health_targets import Target, find_targets
from kubectl_plugin.opening import open_contexts
from kubectl_plugin.usage import UsageError
from stacks.text import plain

APART = 3.0
"""seconds between the two readings that prove it: who reverts a change does so at once"""
ARRIVES_WITHIN = 30.0
"""seconds that an operator has to bring what was written for it to argocd-cm"""
_ORDER = (ExitCode.FINE, ExitCode.PROBLEMS, ExitCode.TIMED_OUT, ExitCode.CLUSTER_SAID_NO)

Planner = Callable[[Instance], Planned]


@dataclass(frozen=True)
class Change:
    """A verb: how it plans, and what it calls what it did."""

    planner: Planner
    done: str
    journal: Journal
    settled: Callable[[Plan], None] = lambda plan: None


def run(options: argparse.Namespace, change: Change) -> ExitCode:
    """Do it. Raises UsageError and KubeconfigError before anything is sent."""
    choice = choose(options, everywhere=True)
    if not options.dry_run:
        _forbid(options, choice)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            connections, failed = runner.run(open_contexts(stack, choice))
            targets, unseen = runner.run(find_targets(options, choice, connections))
            planned = [(target, change.planner(target.instance)) for target in targets]
            code = _show(planned, options)
            plans = [(target, one) for target, one in planned if isinstance(one, Plan)]
            if failed or unseen:
                code = _worse(code, ExitCode.CLUSTER_SAID_NO)
            if not plans or (options.dry_run == "client"):
                return code
            if options.dry_run == "server":
                return _worse(code, runner.run(_rehearse(plans)))
            if not options.yes and not _agreed(plans):
                print("nothing was written", file=sys.stderr)
                return code
            carrying = _Carrying(options, choice, change, connections)
            return _worse(code, runner.run(carrying.out(plans)))
        finally:
            runner.run(stack.aclose())


def _forbid(options: argparse.Namespace, choice: Choice) -> None:
    if options.read_only:
        raise UsageError("--read-only: nothing may be changed; --dry-run=client shows what would be")
    for context in choice.contexts:
        if why := choice.configured.forbids(context):
            raise UsageError(f"{why}: nothing may be changed; --dry-run=client shows what would be")


def _worse(one: ExitCode, other: ExitCode) -> ExitCode:
    return max(one, other, key=_ORDER.index)


def _show(planned: Sequence[tuple[Target, Planned]], options: argparse.Namespace) -> ExitCode:
    """Say what is going to be done, or why not."""
    dry = options.dry_run == "client"
    code = ExitCode.FINE
    for _, one in planned:
        if isinstance(one, Plan):
            lines = [*describe(one, whole=dry), *(difference(one) if options.diff else ())]
            print("\n".join(lines), file=sys.stdout if dry else sys.stderr)
        else:
            code = _worse(code, say(one))
    return code


def say(planned: Planned) -> ExitCode:
    """Why there is nothing to send."""
    match planned:
        case Nothing(text):
            print(plain(text))
            return ExitCode.FINE
        case Blocked(text, reasons, unseen):
            _tell(f"error: {text}", *(f"  mend first: {reason}" for reason in reasons))
            if unseen:
                return ExitCode.CLUSTER_SAID_NO
        case Contested(text, values):
            _tell(f"error: {text}; nothing was written. To replace it, and have it saved before: --take-over")
            for value in values:
                lines = value.value.splitlines()
                _tell(f"  {value.key}, from {' and '.join(value.managers) or 'somebody'} ({len(lines)} lines):")
                _tell(*(f"    {line}" for line in lines[:10]), *(["    ..."] if len(lines) > 10 else []))
        case Elsewhere(text, place, snippet):
            _tell(f"error: {text}; nothing was written.")
            _tell(f"put this into {place} (or, to write argocd-cm all the same: --force-configmap):")
            sys.stdout.write(snippet)
    return ExitCode.PROBLEMS


def _tell(*lines: str) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr)


def _agreed(plans: Sequence[tuple[Target, Plan]]) -> bool:
    """Whether a person says yes. Raises UsageError where there is none to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on, so nothing was written; --yes doesn't ask")
    where = ", ".join(str(target.instance) for target, _ in plans)
    print(f"Send it to {plain(where)}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _rehearse(plans: Sequence[tuple[Target, Plan]]) -> ExitCode:
    code = ExitCode.FINE
    for target, plan in plans:
        outcome = await rehearse(target.connection, plan)
        if isinstance(outcome, Done):
            wrong = plan.proof.spared(outcome.answer) if plan.proof else ""
            print(
                f"{target.instance}: the server would accept it"
                + (f", but {wrong}" if wrong else "; nothing was written")
            )
            code = _worse(code, ExitCode.PROBLEMS if wrong else ExitCode.FINE)
        else:
            _tell(f"error: {target.instance}: {outcome.error}")
            code = _worse(code, ExitCode.CLUSTER_SAID_NO)
    return code


@dataclass(frozen=True)
class _Carrying:
    options: argparse.Namespace
    choice: Choice
    change: Change
    connections: Mapping[str, Connection]

    async def out(self, plans: Sequence[tuple[Target, Plan]]) -> ExitCode:
        code = ExitCode.FINE
        for target, plan in plans:
            try:
                code = _worse(code, await self._one(target, plan))
            except ClusterError as error:
                _tell(f"error: {target.instance}: {error}")
                code = ExitCode.CLUSTER_SAID_NO
            except RecordError as error:
                _tell(f"error: {target.instance}: what is done can't be recorded any more: {error}")
                code = _worse(code, ExitCode.PROBLEMS)
        return code

    async def _one(self, target: Target, plan: Plan) -> ExitCode:
        async def again() -> Planned:
            return self.change.planner((await target.again()).instance)

        uid = next(one.value for one in plan.preconditions if one.what == "uid")
        outcome = await carry_out(target.connection, plan, again, self.change.journal, uid)
        if not isinstance(outcome, Done | Unsure):
            return _refused(target, outcome)
        answer = outcome.answer if isinstance(outcome, Done) else None
        if isinstance(outcome, Done):
            _told_kept(outcome)
        else:
            _tell(f"{target.instance}: no answer came ({outcome.error}); looking whether it was done")
        if wrong := await prove(target.connection, outcome.plan, answer, apart=APART):
            done = "was written, and then" if answer is not None else "isn't known to have been written:"
            _tell(f"error: {target.instance}: it {done} {wrong}")
            return ExitCode.PROBLEMS if answer is not None else ExitCode.CLUSTER_SAID_NO
        try:
            self.change.settled(outcome.plan)
        except RecordError as error:
            _tell(f"warning: what was kept of the old values can't be put away: {error}")
        now = await target.again()
        if wrong := await _arrived(now, outcome.plan):
            _tell(f"error: {target.instance}: {wrong}")
            return ExitCode.PROBLEMS
        print(f"{target.instance}: {self.change.done}; read back twice, and everything else is as it was", flush=True)
        return await refreshed(await target.again(), self.options, self.choice, self.connections, self.change.journal)


def _refused(target: Target, outcome: Refused | Moved | Unrecorded) -> ExitCode:
    match outcome:
        case Refused(_, error):
            _tell(f"error: {target.instance}: {error}; nothing was written")
            return ExitCode.CLUSTER_SAID_NO
        case Unrecorded(why):
            _tell(f"error: what is done can't be recorded ({why}), so nothing was written; set XDG_STATE_HOME")
            return ExitCode.PROBLEMS
        case Moved(planned):
            _tell(f"error: {target.instance}: it was changed meanwhile, so nothing was written; run it again")
            if not isinstance(planned, Plan):
                say(planned)
            return ExitCode.CLUSTER_SAID_NO


def _told_kept(outcome: Done) -> None:
    if outcome.kept is not None:
        _tell(f"what was there before is kept in {outcome.kept}; uninstall gives it back")


async def _arrived(target: Target, plan: Plan) -> str:
    """Where something else than argocd-cm was written: whether whoever reads that has brought it there by now."""
    if plan.target.startswith("ConfigMap "):
        return ""
    for _ in range(int(ARRIVES_WITHIN)):
        data = (await target.again()).instance.data
        if all((data.get(key) or "").strip() == after.strip() for key, _, after in plan.differences):
            return ""
        await asyncio.sleep(1.0)
    return (
        f"{plan.target} was written, and after {ARRIVES_WITHIN:g} s argocd-cm doesn't show it: does the operator run?"
    )


def journal() -> Journal:
    """The user's."""
    return Journal.of(os.environ)
