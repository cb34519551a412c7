"""What every verb that changes something does: plan, show the plans, ask, send, prove, follow up.

It knows nothing of what is changed. A verb has the flags of `add_change_flags`, says in a `ChangeVerb` what it wants
to have changed, and calls `run`. Plans, questions and steps go to stderr; how each change ended goes to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import termios
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from actions.group import plan_each, timing_of_many
from actions.offers import command_for
from actions.plan import CommandRequest, Plan, Planned, PlanUnacknowledged, describe, difference
from actions.record import ActionRecord
from actions.runner import PlanSent, dry_run
from actions.workflow import (
    ChangeKind,
    ChangeRequest,
    ChangeResult,
    ChangeTask,
    Timing,
    carry_out,
    destination_map,
)
from cluster.http.connection import Connection
from kubectl_plugin.cli.change_group import Plans, carry_out_group, commands_for, print_others
from kubectl_plugin.cli.change_output import print_error, print_refusal, print_result
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, open_contexts
from kubectl_plugin.cli.common_flags import context_flags
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError, worse
from kubectl_plugin.output.printers import Progress
from settings.state_file import location
from stacks.text import plain

TIMING = Timing()
_NAMED = 5
"""targets that are named in a question; the others are counted"""

FindTargets: TypeAlias = Callable[
    [argparse.Namespace, ChosenContexts, Mapping[str, Connection]], Coroutine[Any, Any, tuple[list[Any], bool]]
]
"""finds the targets of a change, and says whether a context couldn't be asked; raises UsageError"""


@dataclass(frozen=True)
class ChangeVerb:
    """What a verb wants to have changed: a kind of change from `actions.registry`, and where."""

    change: ChangeKind[Any, Any]
    request: ChangeRequest
    find_targets: FindTargets
    follow_up: bool = True
    """whether what follows the change is wanted"""
    follow_up_timeout: float = TIMING.follow_up_timeout
    effect_timeout: float = TIMING.effect_timeout
    per_second: float = 0.0
    """how many changes are begun in a second, each followed beside the others; 0: one after the end of the other"""
    everywhere: bool = True
    """whether targets of all namespaces are meant where none was chosen, or those of the context's own"""
    no_follow_up_hint: str = ""
    """is said where it isn't wanted and the change is done"""
    override_flag: str = ""
    """the flag that writes an object although a controller may revert that"""
    flags: tuple[str, ...] = ()
    """those of a command that asks for the same once more"""
    left_to_person: list[ChangeTask[Any, Any]] | None = None
    """of a walk that picks verbs itself: what can hurt is asked about also with --yes, and where there is no terminal
    it isn't sent, but left to a person and put here. None: the verb was named, and --yes holds for all of it
    """


def run(options: argparse.Namespace, verb: ChangeVerb) -> ExitCode:
    """Plan the change of each target, show the plans, ask, and carry them out one after the other.

    Raises UsageError and KubeconfigError before anything is sent.
    """
    return run_in(choose_contexts(options, everywhere=verb.everywhere), options, verb)


def run_in(chosen: ChosenContexts, options: argparse.Namespace, verb: ChangeVerb) -> ExitCode:
    """The same in contexts that are chosen already."""
    if not options.dry_run:
        _forbid(options, chosen)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            connections, failed = runner.run(open_contexts(stack, chosen))
            targets, unseen = runner.run(verb.find_targets(options, chosen, connections))
            record = ActionRecord(location(os.environ).parent, chosen.clock)
            destinations = destination_map(connections, chosen.scope.mapping)
            timing = timing_of_many(_timing(verb), len(targets))
            common = (verb.request, record, connections, destinations, timing, verb.follow_up)
            targets = [_without_commands(verb.change, target, options, chosen) for target in targets]
            tasks = [ChangeTask(verb.change, target, *common) for target in targets]
            code, plans = _show_plans(runner.run(plan_each(tasks)), options, chosen, verb)
            if failed or unseen:
                code = worse(code, ExitCode.CLUSTER_SAID_NO)
            if not plans or (options.dry_run == "client"):
                return code
            if options.dry_run == "server":
                return worse(code, runner.run(_dry_run(plans)))
            asked, plans = _to_ask_about(plans, options, verb)
            if not plans:
                return worse(code, ExitCode.PROBLEMS)
            if asked and not _agreed(plans):
                print("not agreed to: nothing was sent", file=sys.stderr)
                return worse(code, ExitCode.PROBLEMS)
            return worse(code, runner.run(_carry_out(plans, verb, options)))
        finally:
            runner.run(stack.aclose())


def _timing(verb: ChangeVerb) -> Timing:
    return replace(TIMING, follow_up_timeout=verb.follow_up_timeout, effect_timeout=verb.effect_timeout)


def _without_commands(
    change: ChangeKind[Any, Any], target: Any, options: argparse.Namespace, chosen: ChosenContexts
) -> Any:
    """The target, for whose plan no command is run in a pod where the plan is only shown."""
    why = "--read-only" if options.read_only else chosen.settings.forbids(target.context)
    why = why or ("--dry-run=client" if options.dry_run == "client" else "")
    return change.without_commands(target, why)


def _forbid(options: argparse.Namespace, chosen: ChosenContexts) -> None:
    """Raises UsageError where nothing may be changed in any chosen context: then no cluster is asked for anything."""
    shows = "nothing may be changed; --dry-run=client shows what would be"
    if options.read_only:
        raise UsageError(f"--read-only: {shows}")
    reasons = [chosen.settings.forbids(context) for context in chosen.contexts]
    if reasons and all(reasons):
        raise UsageError(f"{'; '.join(dict.fromkeys(reasons))}: {shows}")


def _show_plans(
    planned: Sequence[tuple[ChangeTask[Any, Any], Planned]],
    options: argparse.Namespace,
    chosen: ChosenContexts,
    verb: ChangeVerb,
) -> tuple[ExitCode, Plans]:
    """Print each plan, or why there is none; the plans that may be sent."""
    dry = options.dry_run == "client"
    code = ExitCode.FINE
    plans: list[tuple[ChangeTask[Any, Any], Plan]] = []
    for task, plan in planned:
        if not isinstance(plan, Plan):
            all_the_same = _all_the_same(task, verb)
            code = worse(code, print_refusal(plan, override_flag=verb.override_flag, all_the_same=all_the_same))
            if isinstance(plan, PlanUnacknowledged) and verb.left_to_person is not None:
                verb.left_to_person.append(task)
        elif not options.dry_run and (why := chosen.settings.forbids(task.target.context)):
            shows = "so nothing is changed there; --dry-run=client shows what would be"
            print_error(f"error: {task.target}: {why}, {shows}")
            code = worse(code, ExitCode.PROBLEMS)
        else:
            if dry or not plans or verb.per_second == 0:
                lines = [*describe(plan, whole=dry), *(difference(plan) if options.diff else ())]
                print("\n".join(lines), file=sys.stdout if dry else sys.stderr)
            plans.append((task, plan))
    if len(plans) > 1 and verb.per_second and not dry:
        print_others(plans[0][1], [plan for _, plan in plans[1:]])
    return code, plans


def _all_the_same(task: ChangeTask[Any, Any], verb: ChangeVerb) -> str:
    """What plans a change that can hurt: the flag of the verb, or the whole command where no verb was named."""
    flag = task.change.acknowledge_flag
    if not flag or verb.left_to_person is None:
        return flag
    target = task.target
    return f"{command_for(task.change.id, target.context, target.namespace, [target.name])} {flag}"


def _to_ask_about(plans: Plans, options: argparse.Namespace, verb: ChangeVerb) -> tuple[bool, Plans]:
    """Whether a person has to be asked, and which plans may be sent if that one agrees."""
    if not options.yes or verb.left_to_person is None:
        return not options.yes, plans
    can_hurt = [(task, plan) for task, plan in plans if plan.word or plan.risk.level != "low"]
    if not can_hurt or _has_terminal():
        return bool(can_hurt), plans
    for task, plan in can_hurt:
        verb.left_to_person.append(task)
        [command] = commands_for([task], [*verb.flags, *context_flags(options)])
        print_error(f"{plan.title} is left to you: {command}")
    return False, [each for each in plans if each not in can_hurt]


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agreed(plans: Plans) -> bool:
    """Whether a person says yes. Raises UsageError where there is none to ask."""
    if not _has_terminal():
        raise UsageError("there is no terminal to ask on, so nothing was written; --yes doesn't ask")
    names = [str(task.target) for task, _ in plans]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    where = f"{', '.join(names[:_NAMED])}{more}"
    words = list(dict.fromkeys(plan.word for _, plan in plans if plan.word))
    if not words:
        return _answer(f"Send it to {plain(where)}? [y/N] ").lower() in ("y", "yes")
    print(f"This goes to {plain(where)}.", file=sys.stderr)
    return all(_typed(word) for word in words)


def _typed(word: str) -> bool:
    """Whether a person types this word, which one key mustn't do."""
    answer = _answer(f"Type {plain(word)} to send it: ")
    if answer and answer != word:
        print(f"that isn't {plain(word)}", file=sys.stderr)
    return answer == word


def _answer(question: str) -> str:
    """The line that a person types after the question; what was typed before it is no answer, and is dropped."""
    with suppress(termios.error):  # no terminal after all: then nothing can have been typed ahead
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


async def _dry_run(plans: Plans) -> ExitCode:
    code = ExitCode.FINE
    for task, plan in plans:
        if all(isinstance(request, CommandRequest) for request in plan.requests):
            print(f"{task.target}: a command can't be tried out, so the server was asked for nothing")
            continue
        outcome = await dry_run(task.connection, plan)
        if isinstance(outcome, PlanSent):
            wrong = plan.proof.side_effect(outcome.answer) if plan.proof else ""
            print(f"{task.target}: the server would accept it{f', but {wrong}' if wrong else '; nothing was written'}")
            code = worse(code, ExitCode.PROBLEMS if wrong else ExitCode.FINE)
        else:
            print_error(f"error: {task.target}: {outcome.error}")
            code = worse(code, ExitCode.CLUSTER_SAID_NO)
    return code


async def _carry_out(plans: Plans, verb: ChangeVerb, options: argparse.Namespace) -> ExitCode:
    if verb.per_second and len(plans) > 1:
        return await carry_out_group(plans, verb.per_second, [*verb.flags, *context_flags(options)])
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
        code = worse(code, print_result(task, result))
        if result.succeeded and not task.follow_up and verb.no_follow_up_hint:
            print_error(verb.no_follow_up_hint)
    return code
