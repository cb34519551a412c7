"""``health preview``: who would change if our checks were in force, and which syncs would wait or fail."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.verbs.health.health_flags import add_instances, add_kinds


def add_flags(to: argparse.ArgumentParser) -> None:
    add_instances(to, namespaces=True)
    add_kinds(to, "Stack, as health install has it")
    to.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    to.epilog = (
        "Nothing is written. Choose the contexts of Argo CD and those that it delivers to. "
        "exit codes: 0 it could be told; 1 a cluster couldn't be seen"
    )


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.health.print_preview import run as print_preview

    return print_preview(options)
