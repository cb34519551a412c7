"""``wait``: until Stacks are ready, healthy, updated, reconciled or deleted, or can't get there any more."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.common_flags import add_context_flags, duration
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.resource_names import read_stack_names

CONDITIONS = ("ready", "healthy", "updated", "reconciled", "deleted")
_IN_KUBECTLS_WORDS = {"condition=ready": "ready", "condition=ready=true": "ready", "delete": "deleted"}
_FOR_EVER = 7 * 86_400.0
"""seconds; what a negative time-out means to kubectl, too"""


def add_flags(to: argparse.ArgumentParser) -> None:
    add_context_flags(to)
    to.add_argument("names", nargs="*", metavar="NAME", help="the stacks; default: all of the chosen namespaces")
    to.add_argument(
        "--for",
        dest="condition",
        type=_condition,
        choices=CONDITIONS,
        required=True,
        metavar="CONDITION",
        help="ready: its condition Ready for this generation; healthy: as our health check says; updated: the last run "
        "succeeded, and was of this generation, request and commit; reconciled: the run that its annotation asks for, "
        "if any, is over, however it ended; deleted: gone, also where it never was",
    )
    to.add_argument(
        "--timeout",
        type=_time_out,
        default=30.0,
        metavar="TIME",
        help="how long (30s, 10m; default 30s); 0 looks once, and --timeout=-1 waits for a week",
    )
    to.add_argument("-l", "--selector", default="", metavar="LABELS", help="label selector, as in kubectl")
    to.add_argument(
        "-o",
        "--output",
        choices=("json", "yaml"),
        default="",
        metavar="FORMAT",
        help="json, yaml: how it ended with each, printed at the end; default: a line for each that gets there",
    )
    to.set_defaults(finish=read_stack_names)


def _condition(text: str) -> str:
    """The type of --for: a word of ours, or what kubectl's users write for it."""
    return _IN_KUBECTLS_WORDS.get(text.lower(), text)


def _time_out(text: str) -> float:
    """The type of --timeout, in seconds."""
    if text.startswith("-"):
        duration(text[1:])
        return _FOR_EVER
    return duration(text)


def run(options: argparse.Namespace) -> ExitCode:
    from kubectl_plugin.cli.chosen_contexts import choose_contexts
    from kubectl_plugin.verbs.wait.wait_for_stacks import wait_for_stacks

    return wait_for_stacks(options, choose_contexts(options))
