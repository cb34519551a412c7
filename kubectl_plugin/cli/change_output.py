"""What a verb that changes something prints: why there is no plan, and how a change ended.

Plans, questions and refusals go to stderr; how each change ended, where it is done, to stdout.
"""

from __future__ import annotations

import sys
from shlex import quote
from typing import Any

from actions.plan import (
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    Planned,
    PlanUnacknowledged,
)
from actions.workflow import ChangeFault, ChangeResult, ChangeTask
from kubectl_plugin.cli.exit_codes import ExitCode
from stacks.text import plain

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


def print_error(*lines: str) -> None:
    for line in lines:
        print(plain(line), file=sys.stderr)


def print_refusal(planned: Planned, *, override_flag: str = "", all_the_same: str = "") -> ExitCode:
    """Print why there is nothing to send.

    `override_flag` writes an object although a controller may revert that; `all_the_same` is the flag, or the command,
    that plans what can hurt: ``NAME`` in it stands for the word of the refusal.
    """
    match planned:
        case NothingToDo(text):
            print(plain(text))
            return ExitCode.FINE
        case PlanBlocked(text, reasons, unseen):
            print_error(f"error: {text}", *(f"  mend first: {reason}" for reason in reasons))
            if unseen:
                return ExitCode.CLUSTER_SAID_NO
        case PlanContested(text, values):
            print_error(f"error: {text}; nothing was written. To replace it, and have it saved before: --take-over")
            for value in values:
                lines = value.value.splitlines()
                print_error(f"  {value.key}, from {value.who} ({len(lines)} lines):")
                print_error(*(f"    {line}" for line in lines[:10]), *(["    ..."] if len(lines) > 10 else []))
        case ChangeElsewhere(text, place, snippet, written):
            print_error(f"error: {text}; nothing was written.")
            override = f" (or, to write {written} all the same: {override_flag})" if override_flag else ""
            print_error(f"put this into {place}{override}:")
            sys.stdout.write(snippet)
        case PlanUnacknowledged(text, word):
            how = f". To do it all the same: {all_the_same.replace('NAME', quote(word))}" if all_the_same else ""
            print_error(f"error: {text}; nothing was written{how}")
    return ExitCode.PROBLEMS


def print_result(task: ChangeTask[Any, Any], result: ChangeResult) -> ExitCode:
    """Print how a change ended: on stdout where it is done, on stderr where it isn't."""
    text = plain(f"{task.target}: {result.text}")
    if result.fault not in (ChangeFault.NONE, ChangeFault.NOT_FOLLOWED_UP, ChangeFault.LATE):
        print_error(f"error: {text}" + ("; run it again" if result.replanned is not None else ""))
    else:
        print(text, flush=True)
    print_error(*(f"  {one}" for one in result.late))
    if result.replanned is not None and not isinstance(result.replanned, Plan):
        print_refusal(result.replanned, all_the_same=task.change.acknowledge_flag)
    return _CODES[result.fault]
