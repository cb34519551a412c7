"""``tree``: a Stack with everything around it: Application, Workspace, pod, Updates, events."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.common_flags import add_color_flag, add_context_flags
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.resource_names import read_stack_names


def add_flags(to: argparse.ArgumentParser) -> None:
    add_context_flags(to)
    to.add_argument("names", nargs="+", metavar="NAME", help="the stacks")
    to.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text", help="text, json, yaml")
    to.add_argument("--all-updates", action="store_true", help="all updates, not only the newest")
    to.add_argument("--no-events", action="store_true", help="without events")
    add_color_flag(to)
    to.set_defaults(finish=read_stack_names)


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.verbs.tree.print_tree import run as print_trees

    return print_trees(options)
