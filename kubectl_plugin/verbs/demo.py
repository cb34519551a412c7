"""``demo``: the board over three clusters in this process, or those clusters alone for somebody else's kubectl."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_plugin.cli.common_flags import add_board_flags
from kubectl_plugin.cli.exit_codes import UsageError
from kubectl_plugin.verbs.board import is_interactive

if TYPE_CHECKING:
    from kubectl_plugin.cli.registry import TerminalProgram


def add_flags(to: argparse.ArgumentParser) -> None:
    add_board_flags(to)
    to.add_argument(
        "--write-kubeconfig", default="", metavar="FILE", help="write a kubeconfig for kubectl, and serve until ctrl+c"
    )


def run(options: argparse.Namespace, program: TerminalProgram) -> int:
    if options.write_kubeconfig:
        return program.serve_demo(options.write_kubeconfig)
    if not is_interactive():
        raise UsageError("the demo's board needs a terminal; demo --write-kubeconfig FILE serves without one")
    return program.show_demo(options)
