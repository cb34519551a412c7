"""``diagnose``: why Stacks are stuck: the cause first, with evidence, what happens next, and what to do."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.common_flags import add_color_flag, add_context_flags, duration
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.resource_names import read_stack_names

FORMATS = ("text", "markdown", "json", "yaml")


def add_flags(to: argparse.ArgumentParser) -> None:
    add_context_flags(to)
    to.add_argument("names", nargs="*", metavar="NAME", help="the stacks; default: all of the chosen namespaces")
    to.add_argument("-o", "--output", choices=FORMATS, default="text", metavar="FORMAT", help=", ".join(FORMATS))
    to.add_argument("-l", "--selector", default="", metavar="LABELS", help="label selector, as in kubectl")
    to.add_argument("--groups", action="store_true", help="only the causes, each with the stacks that have it")
    to.add_argument(
        "-f",
        "--filename",
        action="append",
        default=[],
        metavar="FILE",
        help="explain what is in a file (- for stdin), such as of kubectl get -o yaml, and ask no cluster; repeatable",
    )
    to.add_argument(
        "--at", type=_instant, metavar="TIME", help="with -f: judge the objects as of this time (2026-11-23T18:42:49Z)"
    )
    to.add_argument("-w", "--watch", action="store_true", help="print again what changes, until interrupted")
    to.add_argument(
        "--every", type=duration, default=5.0, metavar="TIME", help="with -w: how often it is looked at; default 5s"
    )
    add_color_flag(to)
    fixing = to.add_argument_group("with --fix")
    to.add_argument(
        "--fix", action="store_true", help="walk through what helps, one plan at a time, each shown and asked for"
    )
    fixing.add_argument("-y", "--yes", action="store_true", help="don't ask")
    fixing.add_argument(
        "--dry-run",
        choices=("client", "server"),
        default="",
        help="show what would be sent first, and send nothing",
    )
    fixing.add_argument("--read-only", action="store_true", help="change nothing, whatever else is said")
    fixing.add_argument(
        "--timeout", type=duration, default=600.0, metavar="TIME", help="how long to wait for each proof (10m)"
    )
    to.set_defaults(finish=_check, diff=False)


def _instant(text: str) -> float:
    """The type of a flag that takes a time."""
    from stacks.times import instant

    if (found := instant(text)) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 2026-11-23T18:42:49Z")
    return found


def _check(options: argparse.Namespace) -> None:
    read_stack_names(options)
    if options.filename and (options.watch or options.selector):
        raise UsageError("files don't change and have no server that knows selectors: -f goes with neither -w nor -l")
    if options.at is not None and not options.filename:
        raise UsageError("a cluster is judged as it is now: --at goes with -f")
    if options.fix and not (options.names or options.selector):
        raise UsageError("--fix walks through the stacks that are named, or chosen by -l")
    if options.fix and (options.filename or options.watch or options.groups or options.output != "text"):
        raise UsageError("--fix asks and changes: it goes with none of -f, -w, --groups and -o")
    if options.watch and options.every < 1.0:
        raise UsageError("--every has to be at least 1s")
    if options.watch and options.groups:
        raise UsageError("--groups prints once; leave -w out")


def run(options: argparse.Namespace) -> ExitCode:
    if options.fix:
        from kubectl_plugin.verbs.diagnose.fix_findings import fix_findings

        return fix_findings(options)
    from kubectl_plugin.verbs.diagnose.print_findings import print_once, watch

    return watch(options) if options.watch else print_once(options)
