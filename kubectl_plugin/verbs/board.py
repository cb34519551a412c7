"""The program without a verb: the board on a terminal, and the table of Stacks elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from kubectl_plugin.cli.common_flags import add_board_flags, add_context_flags
from kubectl_plugin.cli.parser import parse
from kubectl_plugin.verbs import get, version

if TYPE_CHECKING:
    from kubectl_plugin.cli.registry import TerminalProgram


def add_flags(to: argparse.ArgumentParser) -> None:
    """Those of the board. A table takes them too, and what is about the board's looks means nothing to it."""
    to.add_argument("--version", action="store_true", help="print the version and exit")
    add_context_flags(to, everywhere=True)
    add_board_flags(to)


def run(options: argparse.Namespace, program: TerminalProgram) -> int:
    if options.version:
        return version.run(options)
    if is_interactive():
        return program.show_board(options)
    as_get = argparse.Namespace(**{**vars(parse(["get"])), **vars(options)})
    return get.run(as_get, everywhere=True)


def is_interactive() -> bool:
    """Whether there is a screen to draw on, and somebody at it: a dumb terminal gets the table, as a pipe does."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") not in ("dumb", "")
