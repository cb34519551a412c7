"""What ``health install`` and ``health uninstall`` have in common: look, show, ask, send, prove, refresh.

Talk goes to stderr, what has become of each Argo CD to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from actions.checks.check_change import (
    APART,
    ARRIVES_WITHIN,
    ChangeEnded,
    ChangeFault,
    ChangeRequest,
    ChangeStep,
    CheckChange,
)
from actions.plan import ChangeElsewhere, NothingToDo, Plan, PlanBlocked, PlanContested, Planned
from actions.plan_words import describe, difference
from actions.runner import PlanSent, rehearse
from cluster.http.connection import Connection
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.holders import DestinationMap
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output.progress import Progress
from kubectl_plugin.verbs.health.target_instances import find_targets
from stacks.argocd_tracking import normalised
from stacks.text import plain

_ORDER = (ExitCode.FINE, ExitCode.PROBLEMS, ExitCode.TIMED_OUT, ExitCode.CLUSTER_SAID_NO)

_CODES = {
    ChangeFault.NONE: ExitCode.FINE,
    ChangeFault.REFUSED: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.UNREFRESHED: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.UNPROVEN: ExitCode.PROBLEMS,
    ChangeFault.LATE: ExitCode.TIMED_OUT,
}
_LATER = "Applications show it within five minutes; --refresh stacks makes them look at once"

Plans = Sequence[tuple[ArgoCDInstance, Plan]]


def run(options: argparse.Namespace, errand: ChangeRequest) -> ExitCode:
    """Do it. Raises UsageError and KubeconfigError before anything is sent."""
    chosen = choose_contexts(options, everywhere=True)
    if not options.dry_run:
        _forbid(options, chosen)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            connections, failed = runner.run(open_contexts(stack, chosen))
            targets, unseen = runner.run(find_targets(options, chosen, connections))
            planned = [(target, errand.planner(target)) for target in targets]
            code, plans = _show(planned, options, chosen)
            if failed or unseen:
                code = _worse(code, ExitCode.CLUSTER_SAID_NO)
            if not plans or (options.dry_run == "client"):
                return code
            if options.dry_run == "server":
                return _worse(code, runner.run(_rehearse(plans, connections)))
            if not options.yes and not _agreed(plans):
                print("nothing was written", file=sys.stderr)
                return code
            sending = _Sending(options, chosen, errand, connections)
            return _worse(code, runner.run(sending.out(plans)))
        finally:
            runner.run(stack.aclose())


def _forbid(options: argparse.Namespace, chosen: ChosenContexts) -> None:
    """Nothing is even asked of a cluster where nothing may be changed in any of those that were chosen."""
    shows = "nothing may be changed; --dry-run=client shows what would be"
    if options.read_only:
        raise UsageError(f"--read-only: {shows}")
    reasons = [chosen.settings.forbids(context) for context in chosen.contexts]
    if reasons and all(reasons):
        raise UsageError(f"{'; '.join(dict.fromkeys(reasons))}: {shows}")


def _worse(one: ExitCode, other: ExitCode) -> ExitCode:
    return max(one, other, key=_ORDER.index)


def _show(
    planned: Sequence[tuple[ArgoCDInstance, Planned]], options: argparse.Namespace, chosen: ChosenContexts
) -> tuple[ExitCode, Plans]:
    """Say what is going to be done, or why not; the plans that may be sent."""
    dry = options.dry_run == "client"
    code, plans = ExitCode.FINE, []
    for target, one in planned:
        if not isinstance(one, Plan):
            code = _worse(code, say(one))
        elif not options.dry_run and (why := chosen.settings.forbids(target.context)):
            _tell(f"error: {target}: {why}, so nothing is changed there; --dry-run=client shows what would be")
            code = _worse(code, ExitCode.PROBLEMS)
        else:
            lines = [*describe(one, whole=dry), *(difference(one) if options.diff else ())]
            print("\n".join(lines), file=sys.stdout if dry else sys.stderr)
            plans.append((target, one))
    return code, plans


def say(planned: Planned) -> ExitCode:
    """Why there is nothing to send."""
    match planned:
        case NothingToDo(text):
            print(plain(text))
            return ExitCode.FINE
        case PlanBlocked(text, reasons, unseen):
            _tell(f"error: {text}", *(f"  mend first: {reason}" for reason in reasons))
            if unseen:
                return ExitCode.CLUSTER_SAID_NO
        case PlanContested(text, values):
            _tell(f"error: {text}; nothing was written. To replace it, and have it saved before: --take-over")
            for value in values:
                lines = value.value.splitlines()
                _tell(f"  {value.key}, from {value.who} ({len(lines)} lines):")
                _tell(*(f"    {line}" for line in lines[:10]), *(["    ..."] if len(lines) > 10 else []))
        case ChangeElsewhere(text, place, snippet):
            _tell(f"error: {text}; nothing was written.")
            _tell(f"put this into {place} (or, to write argocd-cm all the same: --force-configmap):")
            sys.stdout.write(snippet)
    return ExitCode.PROBLEMS


def _tell(*lines: str) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr)


def _agreed(plans: Plans) -> bool:
    """Whether a person says yes. Raises UsageError where there is none to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on, so nothing was written; --yes doesn't ask")
    where = ", ".join(str(target) for target, _ in plans)
    print(f"Send it to {plain(where)}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _rehearse(plans: Plans, connections: Mapping[str, Connection]) -> ExitCode:
    code = ExitCode.FINE
    for target, plan in plans:
        outcome = await rehearse(connections[target.context], plan)
        if isinstance(outcome, PlanSent):
            wrong = plan.proof.spared(outcome.answer) if plan.proof else ""
            print(f"{target}: the server would accept it" + (f", but {wrong}" if wrong else "; nothing was written"))
            code = _worse(code, ExitCode.PROBLEMS if wrong else ExitCode.FINE)
        else:
            _tell(f"error: {target}: {outcome.error}")
            code = _worse(code, ExitCode.CLUSTER_SAID_NO)
    return code


@dataclass(frozen=True)
class _Sending:
    options: argparse.Namespace
    chosen: ChosenContexts
    errand: ChangeRequest
    connections: Mapping[str, Connection]

    async def out(self, plans: Plans) -> ExitCode:
        code = ExitCode.FINE
        for target, plan in plans:
            progress = Progress(piped=True)
            ended = await self._carrying(target, progress).out(plan)
            progress.end()
            code = _worse(code, _told(target, ended))
            if ended.good and self.options.refresh != "stacks":
                _tell(_LATER)
        return code

    def _carrying(self, target: ArgoCDInstance, progress: Progress) -> CheckChange:
        def said(step: ChangeStep) -> None:
            (progress.count if step.counting else progress.step)(plain(f"{target}: {step.text}"))

        servers = {name: normalised(connection.target.server) for name, connection in self.connections.items()}
        return CheckChange(
            self.errand,
            target,
            self.connections,
            DestinationMap(servers, self.chosen.scope.mapping),
            said,
            refresh=self.options.refresh == "stacks",
            timeout=self.options.timeout,
            apart=APART,
            arrives_within=ARRIVES_WITHIN,
        )


def _told(target: ArgoCDInstance, ended: ChangeEnded) -> ExitCode:
    """What has become of it: on stdout where it is done, on stderr where it isn't."""
    text = plain(f"{target}: {ended.text}")
    if ended.fault in (ChangeFault.REFUSED, ChangeFault.UNPROVEN):
        _tell(f"error: {text}" + ("; run it again" if ended.instead is not None else ""))
    else:
        print(text, flush=True)
    _tell(*(f"  {one}" for one in ended.late))
    if ended.instead is not None and not isinstance(ended.instead, Plan):
        say(ended.instead)
    return _CODES[ended.fault]
