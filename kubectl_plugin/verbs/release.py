"""``release``: take one finalizer off stacks that are being deleted, or off a leftover update of one."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.fix_verb import add_fix_flags, check_choice, fix


def add_flags(to: argparse.ArgumentParser) -> None:
    add_fix_flags(to)
    which = to.add_mutually_exclusive_group()
    which.add_argument(
        "--finalizer", default="", metavar="NAME", help="this finalizer, whoever set it (default: the operator's)"
    )
    which.add_argument(
        "--update", default="", metavar="NAME", help="the operator's finalizer of this leftover update of one stack"
    )
    to.set_defaults(finish=_check)


def _check(options: argparse.Namespace) -> None:
    check_choice(options)
    if options.update and (len(options.names) != 1 or options.selector or options.cause):
        raise UsageError("--update takes one update of one stack: name that stack, and no others")


def run(options: argparse.Namespace) -> ExitCode:
    return fix(options, "release", finalizer=options.finalizer, update=options.update)
