"""``config``: what is in force and where it comes from. Nothing is ever written to a file."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from kubectl_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from kubectl_plugin.cli.registry import TerminalProgram
    from settings.config_file import Settings


def add_flags(to: argparse.ArgumentParser) -> None:
    to.add_argument("what", nargs="?", choices=("show", "init"), default="show", help="init: an example")


def run(options: argparse.Namespace, program: TerminalProgram) -> ExitCode:
    """Print the settings, or an example to put into the file. Keys, columns and themes are for the screen to check."""
    from settings.config_file import EXAMPLE, load, location

    path = location(os.environ)
    if options.what == "init":
        sys.stdout.write(EXAMPLE)
        print(f"put it into {path}", file=sys.stderr)
        return ExitCode.FINE
    settings = program.check_settings(load(path))
    for problem in settings.problems:
        print(f"warning: {problem}", file=sys.stderr)
    print(f"# {path}{'' if settings.path else ' (not there: these are the defaults)'}")
    print("\n".join(_lines(settings)))
    return ExitCode.USAGE if settings.problems else ExitCode.FINE


def _lines(settings: Settings) -> list[str]:
    thresholds = settings.thresholds
    return [
        f"contexts = {_list(settings.contexts)}",
        f"namespaces = {_list(settings.namespaces)}",
        f"read-only = {str(settings.read_only).lower()}",
        f"read-only-contexts = {_list(settings.read_only_contexts)}",
        f'theme = "{settings.theme}"',
        f"ascii = {str(settings.ascii).lower()}",
        f"mouse = {str(settings.mouse).lower()}",
        f"hints = {str(settings.hints).lower()}",
        f'log-memory = "{settings.log_memory >> 20} MiB"',
        f"read-cluster-secrets = {_list(settings.read_cluster_secrets)}",
        f'refresh = "{settings.refresh:g}s"',
        "[groups]",
        *(f'"{name}" = {_list(contexts)}' for name, contexts in settings.groups.items()),
        "[columns]",
        *(f"{table} = {_list(columns)}" for table, columns in settings.columns.items()),
        "[keys]",
        *(f'"{name}" = "{keys}"' for name, keys in settings.keys.items()),
        "[destinations]",
        *(f'"{place}" = "{context}"' for place, context in settings.destinations.items()),
        "[thresholds]",
        f'wedged = "{thresholds.wedged:.0f}s"',
        f'unseen = "{thresholds.unseen:.0f}s"',
        f'long-run = "{thresholds.long_run:.0f}s"',
        f"long-factor = {thresholds.long_factor:g}",
    ]


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
