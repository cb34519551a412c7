"""``reconcile``: ask the operator for a run of stacks, and wait for its end."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.fix_verb import add_fix_flags, fix


def add_flags(to: argparse.ArgumentParser) -> None:
    add_fix_flags(to)


def run(options: argparse.Namespace) -> ExitCode:
    from actions.stacks.diagnosed_stack import FixRequest, request_value
    from fleet.clock import wall_clock

    return fix(options, "reconcile", FixRequest(value=request_value(wall_clock())))
