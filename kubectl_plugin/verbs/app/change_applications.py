"""What the verbs of ``app`` share: which Applications are meant, by their names or by a Stack that they hold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.fix_verb import add_fix_flags, change_verb, print_missing
from kubectl_plugin.cli.resource_names import read_application_names

if TYPE_CHECKING:
    from actions.applications.diagnosed_application import DiagnosedApplication
    from cluster.http.connection import Connection
    from fleet.board.rows import Key
    from kubectl_plugin.cli.chosen_contexts import ChosenContexts


def add_application_flags(to: argparse.ArgumentParser) -> None:
    """Flags that choose Applications, and how far a change of them goes."""
    add_fix_flags(to, noun="applications", cause=False, everywhere=True)
    to.add_argument(
        "--stack",
        default="",
        metavar="STACK",
        help="instead of a name: the application that holds this stack; -n is then the stack's namespace",
    )
    to.set_defaults(finish=check_application_flags)


def check_application_flags(options: argparse.Namespace) -> None:
    """Raises UsageError unless it is said in one way which Applications are meant."""
    read_application_names(options)
    if options.stack and (options.names or options.selector):
        raise UsageError("--stack chooses the application: it goes with neither names nor -l")
    if not (options.stack or options.names or options.selector):
        raise UsageError("name the applications that are meant, or choose them by --selector LABELS or --stack STACK")


def change_applications(options: argparse.Namespace, change: str, **asked: str | bool) -> ExitCode:
    """Make the change of this id in `actions.registry` with each of the Applications that are meant.

    What is `asked` for are fields of its request.
    """
    from kubectl_plugin.cli.change_verb import run

    return run(options, change_verb(options, change, _find, everywhere=True, **asked))


async def _find(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> tuple[list[DiagnosedApplication], bool]:
    """The Applications that are meant, and whether a context couldn't be asked, or a name wasn't found."""
    if options.stack:
        return await _find_holders(options, chosen, connections)
    from actions.applications.diagnosed_application import DiagnosedApplication
    from diagnosis.reading.diagnosed_applications import diagnose_applications

    found = await diagnose_applications(connections, chosen.scope, options.names, chosen.clock)
    if not options.namespaces and not options.all_namespaces:
        _refuse_ambiguous(options.names, found.asked)
    missing = print_missing("application", options.names, found, chosen, none=not found.asked)
    targets = [DiagnosedApplication(key, found.diagnosis, chosen.clock) for key in found.asked]
    return targets, missing


async def _find_holders(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> tuple[list[DiagnosedApplication], bool]:
    """The Applications that hold the Stack of this name."""
    from actions.applications.diagnosed_application import holder_of
    from diagnosis.reading.diagnosed_contexts import diagnose_connected

    found = await diagnose_connected(connections, chosen.scope, [options.stack], chosen.clock)
    if len(found.asked) > 1 and not options.all_namespaces:
        names = ", ".join(map(str, found.asked))
        raise UsageError(f"{len(found.asked)} stacks are named {options.stack}: {names}; choose by -n and --context")
    missing = print_missing("stack", [options.stack], found, chosen, none=not found.asked)
    targets: dict[Key, DiagnosedApplication] = {}
    for key in found.asked:
        target = holder_of(found.diagnosis, key, chosen.clock)
        if target is None:
            hint = "if its Argo CD runs in another context, add that by --context"
            print(f"error: {key}: no application is known to hold it; {hint}", file=sys.stderr)
            missing = True
            continue
        targets.setdefault(target.key, target)
    return list(targets.values()), missing


def _refuse_ambiguous(names: Iterable[str], keys: Sequence[Key]) -> None:
    """Raises UsageError where a context has several Applications of a name, and no namespace was chosen."""
    for name in names:
        for context in dict.fromkeys(key.context for key in keys):
            same = [key for key in keys if (key.context, key.name) == (context, name)]
            if len(same) > 1:
                places = ", ".join(map(str, same))
                raise UsageError(
                    f"{len(same)} applications are named {name}: {places}; choose by -n NAMESPACE, or all of them by -A"
                )
