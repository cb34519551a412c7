"""Flags that several verbs of ``health`` share, and the types of their values."""

from __future__ import annotations

import argparse

from health.check_kinds import KINDS, STACK, kind_named
from kubectl_plugin.cli.common_flags import add_change_flags, add_context_flags, duration

_READING_EXIT_CODES = (
    "exit codes: 0 {fine}; 3 {found}; 1 a cluster couldn't be seen (what could be is printed all the same)"
)
_CHANGING_EXIT_CODES = (
    "exit codes: 0 done, or nothing to do; 1 a cluster said no or couldn't be reached; 2 wrong usage; "
    "3 not done or not proven: something has to be mended or decided first, or a context is read-only; "
    "4 not all Applications in time"
)


def add_kinds(to: argparse.ArgumentParser, default: str = "Stack") -> None:
    """The kinds whose checks are meant; `chosen_kinds` reads them. `default` is what the help says."""
    to.add_argument("kinds", nargs="*", type=check_kind, metavar="KIND", help=f"default: {default}")
    to.add_argument("--all-kinds", action="store_true", help="Stack, Program, Workspace and Update")


def chosen_kinds(options: argparse.Namespace) -> tuple[str, ...]:
    """Group and kind of each that is meant: Stack where none is named."""
    return KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds)) or (STACK,)


def add_instances(to: argparse.ArgumentParser, *, namespaces: bool = False) -> None:
    """For verbs that only look: which clusters and which Argo CDs. `namespaces` also chooses those of objects."""
    add_context_flags(to, namespaces=namespaces, everywhere=True)
    to.add_argument(
        "--instance",
        dest="instances",
        action="append",
        default=[],
        metavar="NAMESPACE",
        help="only the Argo CD in this namespace (repeatable); default: all of them",
    )


def add_flags_for_changes(to: argparse.ArgumentParser, *, kinds: str, refresh: str) -> None:
    """For verbs that change the checks of an Argo CD. `kinds`: what the help says of the default; `refresh`: one."""
    add_context_flags(to, everywhere=True)
    add_kinds(to, kinds)
    to.add_argument(
        "--instance", default="", metavar="NAMESPACE", help="the Argo CD in this namespace, where there are several"
    )
    add_change_flags(to, diff="argocd-cm")
    to.add_argument(
        "--refresh",
        choices=("none", "stacks"),
        default=refresh,
        help="stacks: let Argo CD look again at the Applications that hold Stacks, and wait until each shows what they "
        f"say; none: they do within some minutes by themselves (default: {refresh})",
    )
    to.add_argument(
        "--timeout", type=duration, default=300.0, metavar="TIME", help="how long to wait for the Applications (5m)"
    )
    to.epilog = _CHANGING_EXIT_CODES


def exit_codes(fine: str, found: str) -> str:
    """The end of the help of a verb that only looks: what its exit codes 0 and 3 mean."""
    return _READING_EXIT_CODES.format(fine=fine, found=found)


def check_kind(word: str) -> str:
    """The type of a kind that there is a check for: ``pulumi.com/Stack`` for ``stack``."""
    kind = kind_named(word)
    if kind is None:
        names = ", ".join(kind.rpartition("/")[2] for kind in KINDS)
        raise argparse.ArgumentTypeError(f"there is no check for {word!r}; kinds are {names}")
    return kind
