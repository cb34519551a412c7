"""The rows of ``get`` in the format that was asked for: once, or with a line for every row that changes."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from fleet.board.board import Board
from fleet.board.context_state import unreadable_words
from fleet.fleet import Fleet
from fleet.snapshot import Snapshot
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, hint_at_other_contexts, lend_terminal, where_searched
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.cli.watched_contexts import COMPARED_EVERY, ContextStateLines, wait_for_contexts
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.get.next_cells import with_findings
from kubectl_plugin.verbs.get.printable_kinds import PrintableKind, RowSelection
from views.filter import EVERYTHING


def print_once(options: argparse.Namespace, chosen: ChosenContexts, kind: PrintableKind) -> ExitCode:
    """Print what was asked for. Raises UsageError for a word of a flag that the kind doesn't have."""
    gc.disable()  # what is made here is printed, and then the program ends: looking for garbage is a tenth of its time
    selection = RowSelection.of(options, kind)
    snapshot = asyncio.run(kind.fetch(chosen, options))
    now = chosen.clock()
    rows = selection.select(kind.rows(snapshot, chosen), now)
    sys.stdout.write(_format(selection, rows, options, chosen, snapshot, now))
    sys.stdout.flush()
    hint_at_other_contexts(chosen, options)
    return _print_gaps(snapshot, chosen, rows, selection, quiet=options.output in ("json", "yaml"))


def _format(
    selection: RowSelection,
    rows: Sequence[Any],
    options: argparse.Namespace,
    chosen: ChosenContexts,
    snapshot: Snapshot,
    now: float,
) -> str:
    kind = selection.kind
    if options.output in ("json", "yaml"):
        return printers.as_text([kind.to_json(row, now) for row in rows], options.output)
    if options.output == "name":
        return "".join(printers.as_name(kind.resource, kind.name(row)) for row in rows)
    is_csv = options.output == "csv"  # read by programs: its cells don't depend on the filter
    query = EVERYTHING if is_csv else selection.query
    columns = kind.columns_for(chosen, wide=is_csv or options.output == "wide", query=query)
    if kind.plural == "stacks":
        columns = with_findings(columns, snapshot.board, chosen.clock)
    titles = [column.title for column in columns]
    cells = [[column.text(row, now) for column in columns] for row in rows]
    if is_csv:
        ids = [column.id.upper() for column in columns]
        return printers.as_csv(ids, cells, headers=not options.no_headers)
    if not rows:
        return ""
    return printers.table(titles, cells, headers=not options.no_headers, colour=printers.may_colour(sys.stdout))


def _print_gaps(
    snapshot: Snapshot, chosen: ChosenContexts, rows: Sequence[Any], selection: RowSelection, *, quiet: bool
) -> ExitCode:
    """Print on stderr what couldn't be seen or found. Returns the exit code for that.

    `quiet`: say nothing of there being no rows, which the output itself says.
    """
    plural = selection.kind.plural
    for context in chosen.contexts:
        if context in snapshot.unseen:
            print(f"error: {context}: {snapshot.unseen[context]}", file=sys.stderr)
        if fault := snapshot.board.contexts[context].fault:
            print(f"error: {context}: {fault}", file=sys.stderr)
        if unreadable := unreadable_words(plural, snapshot.unreadable.get(context, ())):
            print(f"error: {context}: {unreadable}", file=sys.stderr)
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
    gaps = snapshot.unseen or snapshot.unreadable or missing or nowhere
    return ExitCode.CLUSTER_SAID_NO if gaps else ExitCode.FINE


def _namespaces_searched(chosen: ChosenContexts) -> str:
    """The namespaces by name, the contexts' own if none was named; empty where it is all of them."""
    if chosen.all_namespaces:
        return ""
    own = {chosen.kubeconfig.target(context).namespace for context in chosen.contexts}
    names = sorted(chosen.scope.namespaces or own)
    return f" in namespace{'s' if len(names) > 1 else ''} {', '.join(names)}; -A looks at all of them"


def watch(options: argparse.Namespace, chosen: ChosenContexts, kind: PrintableKind) -> ExitCode:
    """Print until interrupted (ctrl+c) or until nobody reads. Raises UsageError for kinds that don't change."""
    if options.kind not in ("stacks", "apps"):
        raise UsageError(f"get {options.kind} can't be watched; stacks and apps can")
    if options.output not in ("", "wide", "json", "name"):
        raise UsageError(f"-o {options.output} can't be watched; use wide, json or name")
    selection = RowSelection.of(options, kind)
    fleet = Fleet(chosen.kubeconfig, chosen.contexts, chosen.scope, chosen.clock)
    printer = _ChangePrinter(options, chosen, kind, selection, fleet.board)
    fleet.lend_terminal = lend_terminal
    asyncio.run(_print_as_it_changes(fleet, printer, options.kind))
    return ExitCode.FINE


async def _print_as_it_changes(fleet: Fleet, printer: _ChangePrinter, kind: str) -> None:
    feeding = asyncio.create_task(fleet.run())
    try:
        await wait_for_contexts(fleet, feeding)
        version = -1
        while not feeding.done():
            if fleet.board.version != version:
                version = fleet.board.version
                printer.print_changes(_rows_by_key(fleet, kind), fleet)
            await asyncio.sleep(COMPARED_EVERY)
        await feeding
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


def _rows_by_key(fleet: Fleet, kind: str) -> Mapping[Any, Any]:
    if kind == "stacks":
        return fleet.board.stacks
    return {row.key: row for row in fleet.board.apps()}


class _ChangePrinter:
    def __init__(
        self,
        options: argparse.Namespace,
        chosen: ChosenContexts,
        kind: PrintableKind,
        selection: RowSelection,
        board: Board,
    ) -> None:
        self._options = options
        self._kind = kind
        self._selection = selection
        self._columns = kind.columns_for(chosen, wide=options.output == "wide", query=selection.query)
        if kind.plural == "stacks":
            self._columns = with_findings(self._columns, board, chosen.clock)
        self._titles = [column.title for column in self._columns]
        self._colour = printers.may_colour(sys.stdout)
        self._rows: dict[Any, Any] = {}
        """what was printed, by key"""
        self._widths: list[int] = []
        """of the columns, as the first lines made them"""
        self._states = ContextStateLines()

    def print_changes(self, rows: Mapping[Any, Any], fleet: Fleet) -> None:
        """Print the rows that are new or changed, and once more those that are gone."""
        now = fleet.clock()
        before = self._rows
        changed = [row for key, row in rows.items() if before.get(key) != row and self._selection.wants(row, now)]
        gone = [row for key, row in before.items() if key not in rows]
        self._rows = {key: row for key, row in rows.items() if self._selection.wants(row, now)}
        changed = self._selection.in_order(changed)
        if self._options.output == "json":
            out = [printers.as_json_line({**self._kind.to_json(row, now), "deleted": False}) for row in changed]
            out += [printers.as_json_line({**self._kind.to_json(row, now), "deleted": True}) for row in gone]
        elif self._options.output == "name":
            out = [printers.as_name(self._kind.resource, self._kind.name(row)) for row in (*changed, *gone)]
        else:
            out = [self._lines(changed, now, gone)]
        sys.stdout.write("".join(out))
        sys.stdout.flush()
        for line in self._states.changes(fleet, now):
            print(line, file=sys.stderr)

    def _lines(self, changed: list[Any], now: float, gone: list[Any]) -> str:
        cells = [[column.text(row, now) or printers.NOTHING for column in self._columns] for row in changed]
        cells += [self._deleted_cells(row, now) for row in gone]
        if not cells:
            return ""
        if not self._widths:
            if not self._options.no_headers:
                cells.insert(0, self._titles)
            self._widths = printers.widths(cells)
        return printers.line_up(self._titles, cells, self._widths, colour=self._colour)

    def _deleted_cells(self, row: Any, now: float) -> list[str]:
        """A row that is gone, with the word where its state stood."""
        return [
            "deleted" if column.id in ("phase", "operation") else column.text(row, now) or printers.NOTHING
            for column in self._columns
        ]
