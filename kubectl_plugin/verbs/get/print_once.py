"""``get`` without ``--watch``: the rows in the format that was asked for, once."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
from collections.abc import Sequence
from typing import Any

from fleet.snapshot import Snapshot
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, hint_at_other_contexts, where_searched
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.get import printable_kinds


def print_once(options: argparse.Namespace, chosen: ChosenContexts) -> ExitCode:
    """Print what was asked for. Raises UsageError for a word of a flag that the kind doesn't have."""
    gc.disable()  # what is made here is printed, and then the program ends: looking for garbage is a tenth of its time
    kind = printable_kinds.KINDS[options.kind]
    selection = printable_kinds.RowSelection.of(options, kind)
    snapshot = asyncio.run(kind.take(chosen, options))
    rows = selection.select(kind.rows(snapshot, chosen))
    sys.stdout.write(_format(kind, rows, options, chosen, chosen.clock()))
    sys.stdout.flush()
    hint_at_other_contexts(chosen, options)
    return _print_problems(snapshot, chosen, rows, selection, quiet=options.output in ("json", "yaml"))


def _format(
    kind: printable_kinds.PrintableKind,
    rows: Sequence[Any],
    options: argparse.Namespace,
    chosen: ChosenContexts,
    now: float,
) -> str:
    """The rows in the format that was asked for."""
    match options.output:
        case "json":
            return printers.as_json([kind.shape(row, now) for row in rows])
        case "yaml":
            return printers.as_yaml([kind.shape(row, now) for row in rows])
        case "name":
            return "".join(f"{kind.resource}/{kind.name(row)}\n" for row in rows)
    columns = kind.columns_for(chosen, wide=options.output in ("wide", "csv"))
    titles = [column.title for column in columns]
    cells = [[column.text(row, now) for column in columns] for row in rows]
    if options.output == "csv":
        return printers.as_csv(titles, cells, headers=not options.no_headers)
    if not rows:
        return ""
    return printers.table(titles, cells, headers=not options.no_headers, colour=printers.may_colour(sys.stdout))


def _print_problems(
    snapshot: Snapshot,
    chosen: ChosenContexts,
    rows: Sequence[Any],
    selection: printable_kinds.RowSelection,
    *,
    quiet: bool,
) -> ExitCode:
    """Print on stderr what couldn't be seen or found. Returns the exit code for that.

    `quiet`: say nothing of there being no rows, which the output itself says.
    """
    plural = selection.kind.plural
    for context in chosen.contexts:
        if context in snapshot.unseen:
            print(f"error: {context}: {snapshot.unseen[context]}", file=sys.stderr)
    nowhere = len(snapshot.absent) == len(chosen.contexts)
    for context in sorted(snapshot.absent):
        level = "error" if nowhere else "note"
        print(f"{level}: {context}: there are no {plural}, as their CRD isn't installed", file=sys.stderr)
    missing = selection.missing(rows)
    seen = [context for context in chosen.contexts if context not in snapshot.unseen]
    where = "" if plural == "contexts" else where_searched(chosen, seen)
    for name in missing if seen else ():
        print(f'error: {plural} "{name}" not found{where}', file=sys.stderr)
    if not rows and not missing and not snapshot.unseen and not nowhere and not quiet:
        print(f"no {plural} found{'' if plural == 'contexts' else _namespaces_searched(chosen)}", file=sys.stderr)
    return ExitCode.CLUSTER_SAID_NO if snapshot.unseen or missing or nowhere else ExitCode.FINE


def _namespaces_searched(chosen: ChosenContexts) -> str:
    """The namespaces by name, the contexts' own if none was named; empty where it is all of them."""
    if chosen.all_namespaces:
        return ""
    own = {chosen.kubeconfig.target(context).namespace for context in chosen.contexts}
    names = sorted(chosen.scope.namespaces or own)
    return f" in namespace{'s' if len(names) > 1 else ''} {', '.join(names)}; -A looks at all of them"
