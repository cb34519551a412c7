"""``reconcile``: ask the operator for a run of stacks, and wait for its end."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.fix_verb import add_fix_flags, fix


def add_flags(to: argparse.ArgumentParser) -> None:
    add_fix_flags(to)


def run(options: argparse.Namespace) -> ExitCode:
    return fix(options, "reconcile")
