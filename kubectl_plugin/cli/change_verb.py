"""What every verb that changes something does: plan, show the plans, ask, send, prove, follow up.

It knows nothing of what is changed. A verb has the flags of `add_change_flags`, says in a `ChangeVerb` what it wants
to have changed, and calls `run`. Plans, questions and steps go to stderr; how each change ended goes to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from shlex import quote
from typing import Any, TypeAlias

from actions.group import ChangeGroup
from actions.plan import (
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    Planned,
    PlanUnacknowledged,
    describe,
    difference,
)
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
from cluster.concurrency import gather_all
from cluster.http.connection import Connection
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError, worse
from kubectl_plugin.output.printers import Progress
from settings.state_file import location
from stacks.text import plain

TIMING = Timing()
_AT_ONCE = 8
"""targets that are looked at side by side before planning"""
_LOOKS_PER_SECOND = 10.0
"""looks in a second at what many changes bring about, all of them together"""
_NAMED = 5
"""targets that are named in a question; the others are counted"""

_CODES = {
    ChangeFault.NONE: ExitCode.FINE,
    ChangeFault.REFUSED: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.NOT_FOLLOWED_UP: ExitCode.CLUSTER_SAID_NO,
    ChangeFault.OUTDATED: ExitCode.PROBLEMS,
    ChangeFault.FAILED: ExitCode.PROBLEMS,
    ChangeFault.UNPROVEN: ExitCode.PROBLEMS,
    ChangeFault.UNKNOWN: ExitCode.TIMED_OUT,
    ChangeFault.NOT_YET: ExitCode.TIMED_OUT,
    ChangeFault.LATE: ExitCode.TIMED_OUT,
}

FindTargets: TypeAlias = Callable[
    [argparse.Namespace, ChosenContexts, Mapping[str, Connection]], Coroutine[Any, Any, tuple[list[Any], bool]]
]
"""finds the targets of a change, and says whether a context couldn't be asked; raises UsageError"""
Plans: TypeAlias = Sequence[tuple[ChangeTask[Any, Any], Plan]]


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
    acknowledge_flag: str = ""
    """the flag that says that what the change can hurt was read; ``NAME`` in it stands for the word of the refusal"""


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
            targets = runner.run(_prepare(verb.change, targets, connections))
            timing = _timing(verb, len(targets))
            common = (verb.request, record, connections, destinations, timing, verb.follow_up)
            tasks = [ChangeTask(verb.change, target, *common) for target in targets]
            code, plans = _show_plans(tasks, options, chosen, verb)
            if failed or unseen:
                code = worse(code, ExitCode.CLUSTER_SAID_NO)
            if not plans or (options.dry_run == "client"):
                return code
            if options.dry_run == "server":
                return worse(code, runner.run(_dry_run(plans)))
            if not options.yes and not _agreed(plans):
                print("nothing was written", file=sys.stderr)
                return code
            return worse(code, runner.run(_carry_out(plans, verb)))
        finally:
            runner.run(stack.aclose())


async def _prepare(
    change: ChangeKind[Any, Any], targets: Sequence[Any], connections: Mapping[str, Connection]
) -> list[Any]:
    """The targets with what else planning needs, some of them at a time."""
    if (prepare := change.prepare) is None:
        return list(targets)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(target: Any) -> Any:
        async with slots:
            return await prepare(connections[target.context], target)

    return await gather_all(one(target) for target in targets)


def _timing(verb: ChangeVerb, count: int) -> Timing:
    """How long is waited; `count` changes that are followed at once look less often, each."""
    return replace(
        TIMING,
        follow_up_timeout=verb.follow_up_timeout,
        effect_timeout=verb.effect_timeout,
        effect_interval=max(TIMING.effect_interval, count / _LOOKS_PER_SECOND),
    )


def _forbid(options: argparse.Namespace, chosen: ChosenContexts) -> None:
    """Raises UsageError where nothing may be changed in any chosen context: then no cluster is asked for anything."""
    shows = "nothing may be changed; --dry-run=client shows what would be"
    if options.read_only:
        raise UsageError(f"--read-only: {shows}")
    reasons = [chosen.settings.forbids(context) for context in chosen.contexts]
    if reasons and all(reasons):
        raise UsageError(f"{'; '.join(dict.fromkeys(reasons))}: {shows}")


def _show_plans(
    tasks: Sequence[ChangeTask[Any, Any]], options: argparse.Namespace, chosen: ChosenContexts, verb: ChangeVerb
) -> tuple[ExitCode, Plans]:
    """Plan each task and print the plan, or why there is none; the plans that may be sent."""
    dry = options.dry_run == "client"
    code = ExitCode.FINE
    plans: list[tuple[ChangeTask[Any, Any], Plan]] = []
    for task in tasks:
        planned = task.plan()
        if not isinstance(planned, Plan):
            code = worse(code, _print_refusal(planned, verb))
        elif not options.dry_run and (why := chosen.settings.forbids(task.target.context)):
            shows = "so nothing is changed there; --dry-run=client shows what would be"
            _print_error(f"error: {task.target}: {why}, {shows}")
            code = worse(code, ExitCode.PROBLEMS)
        else:
            if dry or not plans or verb.per_second == 0:
                lines = [*describe(planned, whole=dry), *(difference(planned) if options.diff else ())]
                print("\n".join(lines), file=sys.stdout if dry else sys.stderr)
            plans.append((task, planned))
    if len(plans) > 1 and verb.per_second and not dry:
        _print_others(plans[1:])
    return code, plans


def _print_others(plans: Plans) -> None:
    """Of a group, what is sent beside the plan that was shown whole: each request on a line."""
    print(f"and for {len(plans)} more, likewise:", file=sys.stderr)
    for _, plan in plans:
        for request in plan.requests:
            print(plain(f"  {plan.context}: {request.method} {request.url}"), file=sys.stderr)


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
        case PlanUnacknowledged(text, word):
            flag = verb.acknowledge_flag.replace("NAME", quote(word))
            all_the_same = f". To do it all the same: {flag}" if flag else ""
            _print_error(f"error: {text}; nothing was written{all_the_same}")
    return ExitCode.PROBLEMS


def _print_error(*lines: str) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr)


def _agreed(plans: Plans) -> bool:
    """Whether a person says yes. Raises UsageError where there is none to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on, so nothing was written; --yes doesn't ask")
    names = [str(task.target) for task, _ in plans]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    where = f"{', '.join(names[:_NAMED])}{more}"
    words = list(dict.fromkeys(plan.word for _, plan in plans if plan.word))
    if not words:
        print(f"Send it to {plain(where)}? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    print(f"This goes to {plain(where)}.", file=sys.stderr)
    return all(_typed(word) for word in words)


def _typed(word: str) -> bool:
    """Whether a person types this word, which one key mustn't do."""
    print(f"Type {plain(word)} to send it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == word


async def _dry_run(plans: Plans) -> ExitCode:
    code = ExitCode.FINE
    for task, plan in plans:
        outcome = await dry_run(task.connection, plan)
        if isinstance(outcome, PlanSent):
            wrong = plan.proof.side_effect(outcome.answer) if plan.proof else ""
            print(f"{task.target}: the server would accept it{f', but {wrong}' if wrong else '; nothing was written'}")
            code = worse(code, ExitCode.PROBLEMS if wrong else ExitCode.FINE)
        else:
            _print_error(f"error: {task.target}: {outcome.error}")
            code = worse(code, ExitCode.CLUSTER_SAID_NO)
    return code


async def _carry_out(plans: Plans, verb: ChangeVerb) -> ExitCode:
    if verb.per_second and len(plans) > 1:
        return await _carry_out_group(plans, verb)
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
        code = worse(code, _print_result(task, result, verb))
        if result.succeeded and not task.follow_up and verb.no_follow_up_hint:
            _print_error(verb.no_follow_up_hint)
    return code


async def _carry_out_group(plans: Plans, verb: ChangeVerb) -> ExitCode:
    """Begin the changes at their rate. The first ctrl+c begins no more of them, and a second one leaves."""
    group = ChangeGroup(plans, verb.per_second)
    code = ExitCode.FINE
    with _first_interrupt(group.stop):
        async with aclosing(group.run()) as steps:
            async for number, step in steps:
                task, _ = plans[number]
                if isinstance(step, ChangeResult):
                    code = worse(code, _print_result(task, step, verb))
                else:
                    print(plain(f"{task.target}: {step.text}"), file=sys.stderr, flush=True)
    if left := [str(task.target) for task, _ in plans[group.begun :]]:
        _print_error(f"stopped: {group.begun} of {len(plans)} were sent; not {', '.join(left)}")
        _print_error("a command with these names goes on; the same one would begin with all of them again")
        code = worse(code, ExitCode.PROBLEMS)
    return code


@contextmanager
def _first_interrupt(react: Callable[[], None]) -> Iterator[None]:
    """React to the first ctrl+c instead of being ended by it. Signals come to the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        print("stopping: what was sent is followed to its end; ctrl+c again leaves", file=sys.stderr, flush=True)
        react()

    before = signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


def _print_result(task: ChangeTask[Any, Any], result: ChangeResult, verb: ChangeVerb) -> ExitCode:
    """Print how a change ended: on stdout where it is done, on stderr where it isn't."""
    text = plain(f"{task.target}: {result.text}")
    if result.fault not in (ChangeFault.NONE, ChangeFault.NOT_FOLLOWED_UP, ChangeFault.LATE):
        _print_error(f"error: {text}" + ("; run it again" if result.replanned is not None else ""))
    else:
        print(text, flush=True)
    _print_error(*(f"  {one}" for one in result.late))
    if result.replanned is not None and not isinstance(result.replanned, Plan):
        _print_refusal(result.replanned, verb)
    return _CODES[result.fault]
