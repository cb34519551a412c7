"""``health diff``: the checks that are in force against ours, or against a file."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health.health_flags import add_instances, add_kinds, exit_codes


def add_flags(to: argparse.ArgumentParser) -> None:
    add_instances(to)
    add_kinds(to, "Stack, as health install has it")
    to.add_argument("--file", metavar="FILE", help="compare with the script in this health.lua instead of with ours")
    to.epilog = exit_codes(fine="no difference", found="differences")


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.health.surveys import print_diff

    return print_diff(options)
