"""``get``: prints Stacks, Applications, Workspaces, Updates or contexts, once or as they change."""

from __future__ import annotations

import argparse

from kubectl_plugin.cli.common_flags import add_context_flags
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.resource_names import KINDS, kind_and_names

FORMATS = ("wide", "json", "yaml", "name", "csv")


def add_flags(to: argparse.ArgumentParser) -> None:
    add_context_flags(to)
    kinds = ", ".join(dict.fromkeys(KINDS.values()))
    to.add_argument("kind", nargs="?", default="stacks", metavar="KIND", help=kinds)
    to.add_argument("names", nargs="*", metavar="NAME", help="only these")
    to.add_argument("-o", "--output", choices=FORMATS, default="", metavar="FORMAT", help=", ".join(FORMATS))
    to.add_argument("-w", "--watch", action="store_true", help="print rows as they change, until interrupted")
    to.add_argument("-l", "--selector", default="", metavar="LABELS", help="label selector, as in kubectl")
    to.add_argument(
        "--status",
        action="append",
        default=[],
        metavar="WORD",
        help="only with this health (degraded) or phase (wedged); repeatable, or separated by commas",
    )
    to.add_argument(
        "--filter",
        default="",
        metavar="TEXT",
        help="as on the board: text, '!text', a commit, status:, ns:, name: ...; --filter='-l k=v'",
    )
    to.add_argument("--sort", default="", metavar="COLUMN", help="column to sort by; COLUMN:desc for the reverse")
    to.add_argument("--stack", default="", metavar="NAME", help="only this stack's updates or workspace")
    to.add_argument(
        "--compare",
        nargs=2,
        default=None,
        metavar=("CONTEXT", "CONTEXT"),
        help="stacks of two contexts side by side, by namespace and name; what differs comes first",
    )
    to.add_argument("--no-headers", action="store_true", help="no header line")
    to.set_defaults(finish=_split_kind_and_names)


def _split_kind_and_names(options: argparse.Namespace) -> None:
    options.kind, options.names = kind_and_names(options.kind, options.names)
    if options.compare:
        _check_comparison(options)


def _check_comparison(options: argparse.Namespace) -> None:
    """Raise UsageError for what can't be asked of two contexts side by side; otherwise those two are chosen."""
    if options.kind != "stacks":
        raise UsageError(f"--compare is for stacks, and not for {options.kind}")
    if options.watch:
        raise UsageError("--compare can't be watched with -w; on the board :compare shows the same, live")
    if options.contexts or options.all_contexts:
        raise UsageError("--compare names both contexts; leave out --context and --all-contexts")
    if options.output == "name":
        raise UsageError("--compare can't be printed with -o name; use wide, json, yaml or csv")
    options.contexts = options.compare


def run(options: argparse.Namespace, *, everywhere: bool = False) -> ExitCode:
    """Print what was asked for; `everywhere` is the default for namespaces."""
    if options.stack and options.kind not in ("updates", "workspaces"):
        raise UsageError(f"--stack chooses updates and workspaces; to print one of the {options.kind}, write its name")
    from kubectl_plugin.cli.chosen_contexts import choose_contexts
    from kubectl_plugin.verbs.get.print_rows import print_once, watch
    from kubectl_plugin.verbs.get.printable_kinds import KINDS as PRINTABLE

    chosen = choose_contexts(options, everywhere=everywhere)
    if options.compare:
        from kubectl_plugin.verbs.get.compared_stacks import compared

        return print_once(options, *compared(options, chosen))
    kind = PRINTABLE[options.kind]
    return (watch if options.watch else print_once)(options, chosen, kind)
