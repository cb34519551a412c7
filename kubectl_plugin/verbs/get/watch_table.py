"""``get -w``: the table, and then a line for every row that changes."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

from fleet.feeds.lookups import look_up_once
from fleet.fleet import Fleet
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, lend_terminal
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from kubectl_plugin.output import printers
from kubectl_plugin.verbs.get import printable_kinds

CLOCK = 0.1
"""seconds after which the board is compared again with what was printed"""
FIRST_PATIENCE = 10.0
"""seconds for which the first table waits for contexts that don't answer"""


async def watch(options: argparse.Namespace, chosen: ChosenContexts) -> ExitCode:
    """Print until cancelled (ctrl+c) or until nobody reads. Raises UsageError for kinds that don't change."""
    if options.kind not in ("stacks", "apps"):
        raise UsageError(f"get {options.kind} can't be watched; stacks and apps can")
    if options.output not in ("", "wide", "json", "name"):
        raise UsageError(f"-o {options.output} can't be watched; use wide, json or name")
    kind = printable_kinds.KINDS[options.kind]
    fleet = Fleet(chosen.kubeconfig, chosen.contexts, chosen.scope, chosen.clock)
    fleet.lend_terminal = lend_terminal
    printer = _ChangePrinter(options, chosen, kind, printable_kinds.RowSelection.of(options, kind))
    feeding = asyncio.create_task(fleet.run())
    try:
        await _wait_for_contexts(fleet, feeding)
        version = -1
        while not feeding.done():
            if fleet.board.version != version:
                version = fleet.board.version
                printer.print_changes(_rows(fleet, options.kind), fleet)
            await asyncio.sleep(CLOCK)
        await feeding
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    return ExitCode.FINE


async def _wait_for_contexts(fleet: Fleet, feeding: asyncio.Task[None]) -> None:
    """Wait until every context has either shown what it has or said why not, and has been looked at closely.

    The first lines are to say what `get` without -w says.
    """
    until = time.monotonic() + FIRST_PATIENCE
    while time.monotonic() < until and not feeding.done():
        if all(context.is_loaded(fleet.clock()) for context in fleet.board.contexts.values()):
            break
        await asyncio.sleep(CLOCK / 2)
    for name in fleet.board.contexts:
        if (connection := fleet.connection(name)) is not None:
            await look_up_once(fleet.board, name, connection, fleet.clock)


def _rows(fleet: Fleet, kind: str) -> Mapping[Any, Any]:
    if kind == "stacks":
        return fleet.board.stacks
    return {row.key: row for row in fleet.board.apps()}


class _ChangePrinter:
    """Prints what differs from what it printed before."""

    def __init__(
        self,
        options: argparse.Namespace,
        chosen: ChosenContexts,
        kind: printable_kinds.PrintableKind,
        selection: printable_kinds.RowSelection,
    ) -> None:
        self._options = options
        self._kind = kind
        self._selection = selection
        self._columns = kind.columns_for(chosen, wide=options.output == "wide")
        self._colour = printers.may_colour(sys.stdout)
        self._rows: dict[Any, Any] = {}
        """what was printed, by key"""
        self._widths: list[int] = []
        """of the columns, as the first lines made them"""
        self._states: dict[str, str] = {}
        """of the contexts, as they were last printed or known"""

    def print_changes(self, rows: Mapping[Any, Any], fleet: Fleet) -> None:
        """Print the rows that are new or changed, and once more those that are gone."""
        now = fleet.clock()
        before = self._rows
        changed = [row for key, row in rows.items() if before.get(key) != row and self._selection.wants(row)]
        gone = [row for key, row in before.items() if key not in rows]
        self._rows = {key: row for key, row in rows.items() if self._selection.wants(row)}
        changed = self._selection.in_order(changed)
        if self._options.output == "json":
            out = [printers.as_json_line({**self._kind.shape(row, now), "deleted": False}) for row in changed]
            out += [printers.as_json_line({**self._kind.shape(row, now), "deleted": True}) for row in gone]
        elif self._options.output == "name":
            out = [f"{self._kind.resource}/{self._kind.name(row)}\n" for row in (*changed, *gone)]
        else:
            out = [self._lines(changed, now, gone)]
        sys.stdout.write("".join(out))
        sys.stdout.flush()
        self._print_state_changes(fleet, now)

    def _lines(self, changed: list[Any], now: float, gone: list[Any]) -> str:
        cells = [[column.text(row, now) or printers.NOTHING for column in self._columns] for row in changed]
        cells += [self._deleted_cells(row, now) for row in gone]
        if not cells:
            return ""
        if not self._widths:
            if not self._options.no_headers:
                cells.insert(0, [column.title for column in self._columns])
            self._widths = printers.widths(cells)
        return printers.line_up(cells, self._widths, colour=self._colour)

    def _deleted_cells(self, row: Any, now: float) -> list[str]:
        """A row that is gone, with the word where its state stood."""
        return [
            "deleted" if column.id in ("phase", "operation") else column.text(row, now) or printers.NOTHING
            for column in self._columns
        ]

    def _print_state_changes(self, fleet: Fleet, now: float) -> None:
        """Print on stderr when a context is lost, and when it is back."""
        for name, context in fleet.board.contexts.items():
            state = context.state(now)
            before = self._states.get(name)
            if state != before and (state in ("lost", "absent", "restricted", "behind") or before is not None):
                reason = context.reason(now)
                print(f"{name}: {state}{f': {reason}' if reason else ''}", file=sys.stderr)
            if state != "connecting":
                self._states[name] = state
