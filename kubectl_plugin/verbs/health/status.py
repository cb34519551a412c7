"""``health status``: every Argo CD of the chosen contexts, which checks are in force, and what gets in the way."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health.health_flags import add_instances, check_kind, exit_codes


def add_flags(to: argparse.ArgumentParser) -> None:
    add_instances(to)
    to.add_argument(
        "--require",
        action="append",
        default=[],
        type=check_kind,
        metavar="KIND",
        help="exit 3 also where the check for this kind isn't ours (repeatable)",
    )
    to.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text", help="default: text")
    to.epilog = exit_codes(fine="nothing gets in the way", found="something is broken or misleads")


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.health.surveys import print_status

    return print_status(options)
