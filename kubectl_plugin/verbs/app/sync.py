"""``app sync``: sync Applications, or just one Stack of one, and wait for the end."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.verbs.app.change_applications import (
    add_application_flags,
    change_applications,
    check_application_flags,
)


def add_flags(to: argparse.ArgumentParser) -> None:
    add_application_flags(to)
    to.add_argument(
        "--only", action="store_true", help="with --stack: apply nothing but this stack; hooks are skipped then"
    )
    to.add_argument("--prune", action="store_true", help="delete what Git has no more, too; the plan names it")
    to.set_defaults(finish=_check)


def _check(options: argparse.Namespace) -> None:
    check_application_flags(options)
    if options.only and not options.stack:
        raise UsageError("--only applies nothing but one stack, which --stack names")
    if options.only and options.prune:
        raise UsageError("--only applies one stack, and --prune deletes others: they don't go together")


def run(options: argparse.Namespace) -> ExitCode:
    return change_applications(options, "app sync", prune=options.prune, only_stack=options.only)
