"""What the verbs that fix Stacks have in common: which Stacks are meant, and the diagnosis that a plan is made from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubectl_plugin.cli.common_flags import add_change_flags, add_context_flags, duration
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.resource_names import read_stack_names

if TYPE_CHECKING:
    from actions.stacks.diagnosed_stack import DiagnosedStack
    from cluster.http.connection import Connection
    from diagnosis.reading.diagnosed_contexts import DiagnosedContexts
    from kubectl_plugin.cli.change_verb import ChangeVerb, FindTargets
    from kubectl_plugin.cli.chosen_contexts import ChosenContexts

EXIT_CODES = (
    "exit codes: 0 done and proven, or nothing to do; 1 a cluster said no or couldn't be reached; 2 wrong usage; "
    "3 not done: it can't help, it could hurt, somebody was faster, or the run failed; 4 sent, and not proven in time"
)
_PER_SECOND = 1.0
_FLAGS = {"only_stack": "--only"}
"""the flags that aren't named as what they ask for"""


def add_fix_flags(
    to: argparse.ArgumentParser,
    *,
    timeout: float = 600.0,
    group: bool = True,
    noun: str = "stacks",
    cause: bool = True,
    everywhere: bool = False,
) -> None:
    """Flags that choose Stacks, and how far a fix goes. `timeout`: seconds until its proof isn't waited for.

    `noun` is what is fixed; `cause`: whether a group may be chosen by what it suffers from; `everywhere`: whether all
    namespaces are meant where none is chosen.
    """
    add_context_flags(to, everywhere=everywhere)
    to.add_argument("names", nargs="*", metavar="NAME", help=f"the {noun}")
    if group:
        to.add_argument("-l", "--selector", default="", metavar="LABELS", help="those with these labels, as in kubectl")
        if cause:
            to.add_argument(
                "--cause", default="", metavar="ID", help="those whose first finding is this one, as diagnose names it"
            )
        to.add_argument(
            "--rate",
            type=_rate,
            default=_PER_SECOND,
            metavar="N",
            help=f"of several {noun}, how many are begun in a second; ctrl+c begins no more (default: 1)",
        )
    add_change_flags(to, diff="the objects")
    add_proof_timeout(to, timeout)
    to.epilog = EXIT_CODES
    to.set_defaults(finish=check_choice)


def add_proof_timeout(to: argparse.ArgumentParser, default: float = 600.0) -> None:
    """How long a fix waits for what a controller has to do, in seconds."""
    to.add_argument(
        "--timeout",
        type=duration,
        default=default,
        metavar="TIME",
        help=f"how long to wait for the proof ({default / 60:g}m)",
    )


def _rate(text: str) -> float:
    """The type of `--rate`."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.01 <= found <= 50.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0.01 to 50")
    return found


def check_choice(options: argparse.Namespace) -> None:
    """Raises UsageError where it isn't said which Stacks are meant, or a name is that of something else."""
    read_stack_names(options)
    if not (options.names or getattr(options, "selector", "") or getattr(options, "cause", "")):
        raise UsageError("name the stacks that are meant, or choose them by --selector LABELS or --cause ID")
    if cause := getattr(options, "cause", ""):
        _check_cause(cause)


def _check_cause(cause: str) -> None:
    """Raises UsageError for an id that no cause has."""
    from diagnosis.catalogue import CATALOGUE

    known = [each.id for each in CATALOGUE]
    if cause.upper() not in known:
        raise UsageError(f"there is no cause {cause}; causes are {', '.join(known)}")


def fix(options: argparse.Namespace, change: str, **asked: Any) -> ExitCode:
    """Make the change of this id in `actions.registry` with each of the Stacks that are meant.

    What is `asked` for are fields of its request, each with the flag of the same name.
    """
    from kubectl_plugin.cli.change_verb import run

    return run(options, change_verb(options, change, find_stacks, everywhere=False, **asked))


def change_verb(
    options: argparse.Namespace, change: str, find_targets: FindTargets, *, everywhere: bool, **asked: Any
) -> ChangeVerb:
    """What a verb wants to have changed whose flags are those of `add_fix_flags`, and those that `asked` names."""
    from actions.offers import default_request
    from actions.registry import CHANGES
    from fleet.clock import wall_clock
    from kubectl_plugin.cli.change_verb import ChangeVerb

    kind = CHANGES[change]
    return ChangeVerb(
        kind,
        replace(default_request(kind, wall_clock()), **asked),
        find_targets,
        effect_timeout=options.timeout,
        per_second=getattr(options, "rate", _PER_SECOND),
        everywhere=everywhere,
        flags=tuple(_flags({**asked, "rate": _rate_asked(options)})),
    )


def _rate_asked(options: argparse.Namespace) -> str:
    """The rate where it isn't the usual one."""
    rate = getattr(options, "rate", _PER_SECOND)
    return "" if rate == _PER_SECOND else f"{rate:g}"


def _flags(asked: Mapping[str, str | bool]) -> Iterator[str]:
    """The flags that ask for this, as they are written on a command line."""
    for name, value in asked.items():
        if value:
            yield _FLAGS.get(name) or f"--{name.replace('_', '-')}"
        if value and isinstance(value, str):
            yield value


async def find_stacks(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> tuple[list[DiagnosedStack], bool]:
    """The Stacks that are meant, diagnosed; and whether a context couldn't be asked, or a name wasn't found."""
    from actions.stacks.diagnosed_stack import DiagnosedStack
    from diagnosis.reading.diagnosed_contexts import diagnose_connected

    found = await diagnose_connected(connections, chosen.scope, options.names, chosen.clock)
    targets = [DiagnosedStack(key, found.diagnosis, chosen.scope, chosen.clock) for key in found.asked]
    if cause := getattr(options, "cause", "").upper():
        targets = [target for target in targets if any(each.id.upper() == cause for each in target.findings[:1])]
    which = f"whose first finding is {cause}" if cause else "with these labels"
    return targets, print_missing("stack", options.names, found, chosen, none=not targets, which=which)


def print_missing(
    noun: str,
    names: Sequence[str],
    found: DiagnosedContexts,
    chosen: ChosenContexts,
    *,
    none: bool,
    which: str = "with these labels",
) -> bool:
    """Print on stderr which contexts couldn't be seen and which names weren't found; whether there is any of it.

    Where every name was found and `none` is left all the same, say so of those `which` are meant.
    """
    from kubectl_plugin.cli.chosen_contexts import where_searched

    for context, why in found.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
    seen = [context for context in chosen.contexts if context not in found.unseen]
    there = {key.name for key in found.asked}
    missing = [name for name in names if name not in there] if seen else []
    for name in missing:
        print(f'error: {noun} "{name}" not found{where_searched(chosen, seen)}', file=sys.stderr)
    if none and not missing and seen:
        print(f"no {noun} {which}{where_searched(chosen, seen)}", file=sys.stderr)
    return bool(missing or found.unseen)
