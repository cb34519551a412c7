"""``cancel``: take away the lock that an update which is over has left on the backend stack."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.fix_verb import add_fix_flags, fix


def add_flags(to: argparse.ArgumentParser) -> None:
    add_fix_flags(to)
    to.add_argument(
        "--holder",
        default="",
        metavar="NAME",
        help="cancel an update that isn't this workspace's, if this one holds the lock, such as ci@runner-7",
    )


def run(options: argparse.Namespace) -> ExitCode:
    return fix(options, "cancel", holder=options.holder)
