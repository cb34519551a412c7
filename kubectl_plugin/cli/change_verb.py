"""What every verb that changes something does: plan, show the plans, ask, send, prove, follow up.

It knows nothing of what is changed. A verb has the flags of `add_change_flags`, says in a `ChangeVerb` what it wants
to have changed, and calls `run`. Plans, questions and steps go to stderr; how each change ended goes to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from actions.plan import ChangeElsewhere, NothingToDo, Plan, PlanBlocked, PlanContested, Planned, describe, difference
from actions.record import ActionRecord
from actions.runner import PlanSent, dry_run
from actions.workflow import (
    ChangeFault,
    ChangeKind,
    ChangeRequest,
    ChangeResult,
    ChangeTask,
    Timing,
    carry_out,
    destination_map,
)
from cluster.http.connection import Connection
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.exit_codes import worse as _worse
from kubectl_plugin.output.printers import Progress
from settings.state_file import location
from stacks.text import plain

TIMING = Timing()

_CODES = {
    ChangeFault.NONE: ExitCode.FINE,
    ChangeFault.REFUSED: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.NOT_FOLLOWED_UP: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.UNPROVEN: ExitCode.PROBLEMS,
    ChangeFault.LATE: ExitCode.TIMED_OUT,
}

FindTargets: TypeAlias = Callable[
    [argparse.Namespace, ChosenContexts, Mapping[str, Connection]], Coroutine[Any, Any, tuple[list[Any], bool]]
]
"""finds the targets of a change, and says whether a context couldn't be asked; raises UsageError"""
Plans: TypeAlias = Sequence[tuple[ChangeTask[Any], Plan]]


@dataclass(frozen=True)
class ChangeVerb:
    """What a verb wants to have changed: a kind of change from `actions.registry`, and where."""

    change: ChangeKind[Any]
    request: ChangeRequest
    find_targets: FindTargets
    follow_up: bool = True
    """whether what follows the change is wanted"""
    follow_up_timeout: float = TIMING.follow_up_timeout
    no_follow_up_hint: str = ""
    """is said where it isn't wanted and the change is done"""
    override_flag: str = ""
    """the flag that writes an object although a controller may revert that"""


def run(options: argparse.Namespace, verb: ChangeVerb) -> ExitCode:
    """Plan the change of each target, show the plans, ask, and carry them out one after the other.

    Raises UsageError and KubeconfigError before anything is sent.
    """
    chosen = choose_contexts(options, everywhere=True)
    if not options.dry_run:
        _forbid(options, chosen)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            connections, failed = runner.run(open_contexts(stack, chosen))
            targets, unseen = runner.run(verb.find_targets(options, chosen, connections))
            record = ActionRecord(location(os.environ).parent, chosen.clock)
            destinations = destination_map(connections, chosen.scope.mapping)
            timing = replace(TIMING, follow_up_timeout=verb.follow_up_timeout)
            common = (verb.request, record, connections, destinations, timing, verb.follow_up)
            code, plans = _show_plans(
                [ChangeTask(verb.change, target, *common) for target in targets], options, chosen, verb
            )
            if failed or unseen:
                code = _worse(code, ExitCode.CLUSTER_SAID_NO)
            if not plans or (options.dry_run == "client"):
                return code
            if options.dry_run == "server":
                return _worse(code, runner.run(_dry_run(plans)))
            if not options.yes and not _agreed(plans):
                print("nothing was written", file=sys.stderr)
                return code
            return _worse(code, runner.run(_carry_out(plans, verb)))
        finally:
            runner.run(stack.aclose())


def _forbid(options: argparse.Namespace, chosen: ChosenContexts) -> None:
    """Raises UsageError where nothing may be changed in any chosen context: then no cluster is asked for anything."""
    shows = "nothing may be changed; --dry-run=client shows what would be"
    if options.read_only:
        raise UsageError(f"--read-only: {shows}")
    reasons = [chosen.settings.forbids(context) for context in chosen.contexts]
    if reasons and all(reasons):
        raise UsageError(f"{'; '.join(dict.fromkeys(reasons))}: {shows}")


def _show_plans(
    tasks: Sequence[ChangeTask[Any]], options: argparse.Namespace, chosen: ChosenContexts, verb: ChangeVerb
) -> tuple[ExitCode, Plans]:
    """Plan each task and print the plan, or why there is none; the plans that may be sent."""
    dry = options.dry_run == "client"
    code, plans = ExitCode.FINE, []
    for task in tasks:
        planned = task.plan()
        if not isinstance(planned, Plan):
            code = _worse(code, _print_refusal(planned, verb))
        elif not options.dry_run and (why := chosen.settings.forbids(task.target.context)):
            shows = "so nothing is changed there; --dry-run=client shows what would be"
            _print_error(f"error: {task.target}: {why}, {shows}")
            code = _worse(code, ExitCode.PROBLEMS)
        else:
            lines = [*describe(planned, whole=dry), *(difference(planned) if options.diff else ())]
            print("\n".join(lines), file=sys.stdout if dry else sys.stderr)
            plans.append((task, planned))
    return code, plans


def _print_refusal(planned: Planned, verb: ChangeVerb) -> ExitCode:
    match planned:
        case NothingToDo(text):
            print(plain(text))
            return ExitCode.FINE
        case PlanBlocked(text, reasons, unseen):
            _print_error(f"error: {text}", *(f"  mend first: {reason}" for reason in reasons))
            if unseen:
                return ExitCode.CLUSTER_SAID_NO
        case PlanContested(text, values):
            _print_error(f"error: {text}; nothing was written. To replace it, and have it saved before: --take-over")
            for value in values:
                lines = value.value.splitlines()
                _print_error(f"  {value.key}, from {value.who} ({len(lines)} lines):")
                _print_error(*(f"    {line}" for line in lines[:10]), *(["    ..."] if len(lines) > 10 else []))
        case ChangeElsewhere(text, place, snippet, written):
            _print_error(f"error: {text}; nothing was written.")
            override = f" (or, to write {written} all the same: {verb.override_flag})" if verb.override_flag else ""
            _print_error(f"put this into {place}{override}:")
            sys.stdout.write(snippet)
    return ExitCode.PROBLEMS


def _print_error(*lines: str) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr)


def _agreed(plans: Plans) -> bool:
    """Whether a person says yes. Raises UsageError where there is none to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on, so nothing was written; --yes doesn't ask")
    where = ", ".join(str(task.target) for task, _ in plans)
    print(f"Send it to {plain(where)}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _dry_run(plans: Plans) -> ExitCode:
    code = ExitCode.FINE
    for task, plan in plans:
        outcome = await dry_run(task.connection, plan)
        if isinstance(outcome, PlanSent):
            wrong = plan.proof.side_effect(outcome.answer) if plan.proof else ""
            print(f"{task.target}: the server would accept it{f', but {wrong}' if wrong else '; nothing was written'}")
            code = _worse(code, ExitCode.PROBLEMS if wrong else ExitCode.FINE)
        else:
            _print_error(f"error: {task.target}: {outcome.error}")
            code = _worse(code, ExitCode.CLUSTER_SAID_NO)
    return code


async def _carry_out(plans: Plans, verb: ChangeVerb) -> ExitCode:
    code = ExitCode.FINE
    for task, plan in plans:
        progress = Progress(piped=True)
        result: ChangeResult | None = None
        async with aclosing(carry_out(task, plan)) as steps:
            async for step in steps:
                if isinstance(step, ChangeResult):
                    result = step
                else:
                    (progress.count if step.counting else progress.step)(plain(f"{task.target}: {step.text}"))
        progress.end()
        assert result is not None  # the steps of a change always end with its result
        code = _worse(code, _print_result(task, result, verb))
        if result.succeeded and not task.follow_up and verb.no_follow_up_hint:
            _print_error(verb.no_follow_up_hint)
    return code


def _print_result(task: ChangeTask[Any], result: ChangeResult, verb: ChangeVerb) -> ExitCode:
    """Print how a change ended: on stdout where it is done, on stderr where it isn't."""
    text = plain(f"{task.target}: {result.text}")
    if result.fault in (ChangeFault.REFUSED, ChangeFault.UNPROVEN):
        _print_error(f"error: {text}" + ("; run it again" if result.replanned is not None else ""))
    else:
        print(text, flush=True)
    _print_error(*(f"  {one}" for one in result.late))
    if result.replanned is not None and not isinstance(result.replanned, Plan):
        _print_refusal(result.replanned, verb)
    return _CODES[result.fault]
