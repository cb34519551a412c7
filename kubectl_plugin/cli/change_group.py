"""Several changes of one verb: shown beside the first one, begun at a rate, stopped by ctrl+c, and what is left."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, TypeAlias

from actions.group import ChangeGroup, NotBegun
from actions.offers import command_for
from actions.plan import Plan
from actions.plan_in_brief import in_brief
from actions.workflow import ChangeResult, ChangeTask
from kubectl_plugin.cli.change_output import print_error, print_result
from kubectl_plugin.cli.exit_codes import ExitCode, worse
from stacks.text import plain

Plans: TypeAlias = Sequence[tuple[ChangeTask[Any, Any], Plan]]


def print_others(shown: Plan, others: Sequence[Plan]) -> None:
    """Of a group, what is sent beside the plan that was shown whole: every request, and what differs from that plan."""
    print(f"and for {len(others)} more, likewise:", file=sys.stderr)
    for plan in others:
        print("\n".join(f"  {line}" for line in in_brief(plan, shown)), file=sys.stderr)


async def carry_out_group(plans: Plans, per_second: float, flags: Sequence[str]) -> ExitCode:
    """Begin the changes at their rate. The first ctrl+c begins no more of them, and a second one leaves.

    `flags` are those of the commands that go on with what is left.
    """
    group = ChangeGroup(plans, per_second)
    code = ExitCode.FINE
    try:
        with _first_interrupt(group.stop):
            async with aclosing(group.run()) as steps:
                async for number, step in steps:
                    task, _ = plans[number]
                    if isinstance(step, ChangeResult):
                        code = worse(code, print_result(task, step))
                    elif isinstance(step, NotBegun):
                        print_error(f"error: {task.target}: {step.why}, so it wasn't begun")
                    else:
                        print(plain(f"{task.target}: {step.text}"), file=sys.stderr, flush=True)
    finally:
        if group.left:
            print_error(f"stopped: {group.begun} of {len(plans)} were begun; these go on with those that weren't:")
            print_error(*(f"  {line}" for line in commands_for(group.left, flags)))
    return worse(code, ExitCode.PROBLEMS) if group.left else code


def commands_for(tasks: Iterable[ChangeTask[Any, Any]], flags: Sequence[str]) -> Iterator[str]:
    """The commands that do just this, one for each context and namespace, quoted for a POSIX shell."""
    names: dict[tuple[str, str, str], list[str]] = {}
    for task in tasks:
        names.setdefault((task.change.id, task.target.context, task.target.namespace), []).append(task.target.name)
    for (verb, context, namespace), these in names.items():
        yield command_for(verb, context, namespace, these, *flags)


@contextmanager
def _first_interrupt(react: Callable[[], None]) -> Iterator[None]:
    """React to the first ctrl+c instead of being ended by it. Signals come to the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)

    def undo() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)  # else it would be Python's own: it leaves the loop with tasks alive

    def interrupted() -> None:
        undo()
        print("stopping: what was sent is followed to its end; ctrl+c again leaves", file=sys.stderr, flush=True)
        react()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        undo()
