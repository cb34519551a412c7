"""``restart-workspace``: delete the workspace pods of stacks, and wait for new ones that work."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.fix_verb import add_fix_flags, fix

_LONGEST_END = 900.0
"""seconds: a pod gets up to ten minutes to end, and a new one has to start"""


def add_flags(to: argparse.ArgumentParser) -> None:
    add_fix_flags(to, timeout=_LONGEST_END)
    to.add_argument(
        "--during-run", action="store_true", help="also while an update runs there, which is broken off and lost"
    )


def run(options: argparse.Namespace) -> ExitCode:
    return fix(options, "restart-workspace", during_run=options.during_run)
