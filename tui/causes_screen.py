"""The causes of everything that isn't fine, one line each over all watched contexts; and the Stacks of one of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType

from actions.registry import CHANGES
from diagnosis.board_findings import BoardFindings
from diagnosis.finding import BROKEN, PROBLEM
from diagnosis.fleet_causes import FleetCause, fleet_troubles
from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet
from fleet.resource_kinds import STACKS
from tui.board_screens import StacksScreen
from tui.pages.fix_help import FixHelp
from tui.shell.navigation import KubectlReference, OpenCauseStacks, OpenDiagnosis, OpenFixes, open_page
from tui.tables.table_header import HeaderFacts
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.column_text import TextGroup
from tui.widgets.header_and_keys import HeaderPiece, bind
from views.cause_table import CAUSE_COLUMNS, CauseRow, by_severity, cause_filter_fields

_COMPUTE_FOR = 0.01
"""seconds of each tenth of a second in which findings are computed that the board hasn't computed yet"""


class CausesScreen(TableScreen[CauseRow]):
    """What is found for the board's rows, grouped. Nothing is asked of a cluster for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("F", "fix", "Fix", "causes.fix", "The verb that helps, for all Stacks of the marked causes, or of this."),
        bind("d", "diagnose", "Diagnose", "causes.diagnose", "All that is found of the first Stack of this cause."),
        *sort_keys(CAUSE_COLUMNS),
    ]

    def __init__(self, fleet: Fleet, findings: BoardFindings, context: str = "") -> None:
        table = TableSpec(
            noun="Causes",
            columns=CAUSE_COLUMNS,
            identity=lambda row: row.key,
            context=self._doubtful_context,
            order=by_severity,
            order_name="urgency",
            filter_fields=cause_filter_fields,
            filter_words=("ctx", "ns", "name", "cause"),
            broken=lambda row: row.cause.severity in (BROKEN, PROBLEM),
            groupings={"severity": lambda row: row.cause.severity},
        )
        super().__init__(fleet, table)
        self._findings = findings
        self._only = context
        """the only one that is meant; empty: all"""
        self._rows: dict[Hashable, CauseRow] = {}
        self._waiting = 0
        """Stacks that only wait, without a line here"""
        self._unexplained = 0
        """Stacks that are broken though nothing is found"""
        self._version = 0
        self._of_board = -1

    # Rows

    def refresh_if_changed(self) -> None:
        if self.is_current:
            changed = self._findings.advance(_COMPUTE_FOR, self.fleet.clock())
            if changed or self._of_board != self.fleet.board.version:
                self._version, self._of_board = self._version + 1, self.fleet.board.version
        super().refresh_if_changed()

    def on_screen_resume(self) -> None:
        self._version += 1  # another screen may have had something computed

    @property
    def rows_version(self) -> int:
        return self._version

    def is_unread(self, *, loading: bool) -> bool:
        return True  # findings are computed bit by bit, and whoever hasn't chosen a cause begins with the worst

    def all_rows(self) -> Iterable[CauseRow]:
        board = self.fleet.board.stacks
        keys = [key for key in board if self._only in ("", key.context)]
        broken = [row.key for row, _ in self._findings.all_broken() if self._only in ("", row.key.context)]
        causes, self._waiting, self._unexplained = fleet_troubles(self._findings, keys, broken)
        self._rows = {cause.identity: self._row(cause) for cause in causes}
        return self._rows.values()

    def _row(self, cause: FleetCause) -> CauseRow:
        known = (self._findings.known(key) for key in cause.stacks)
        needs_look = any(found is not None and found.needs_look for found in known)
        verbs = (each for each in cause.example.actions if each in CHANGES)
        return CauseRow(cause, needs_look, next(verbs, ""))

    def find(self, key: Hashable) -> CauseRow | None:
        return self._rows.get(key)

    def as_json(self, row: CauseRow, now: float) -> dict[str, Any]:
        from views.findings import fleet_cause  # not before somebody saves the table

        return fleet_cause(row.cause)

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(key, STACKS.resource) for key in self._chosen_stacks()]

    def _doubtful_context(self, row: CauseRow) -> str:
        """The context by which a line is greyed: one that can be seen, if there is any."""
        states, now = self.fleet.board.contexts, self.fleet.clock()
        seen = (name for name in row.cause.contexts if name in states and not states[name].stale(now))
        return next(seen, row.cause.contexts[0])

    # What is said of them

    def header_facts(self, now: float) -> HeaderFacts:
        facts = super().header_facts(now)
        if not self._only:
            return facts
        state = self.fleet.board.contexts.get(self._only)
        return replace(facts, contexts=[state] if state is not None else [], scope=self._only)

    def header_lines(self, facts: HeaderFacts, now: float) -> tuple[list[HeaderPiece], list[HeaderPiece]]:
        first, second = super().header_lines(facts, now)
        stacks = [key for row in self._rows.values() for key in row.cause.stacks]
        contexts = len({key.context for key in stacks})
        over = f"over {_counted(len(stacks), 'Stack')} in {_counted(contexts, 'context')}"
        left = f"{self._unexplained:,} more broken, and no cause is known"
        unexplained = [HeaderPiece(left, "odd", 1)] if self._unexplained else []
        waits = f"{self._waiting:,} {'waits' if self._waiting == 1 else 'wait'}"
        waiting = [HeaderPiece(waits, "busy", 2)] if self._waiting else []
        return [first[0], HeaderPiece(over, "", 1), *first[1:]], [*unexplained, *waiting, *second]

    def notice(self, facts: HeaderFacts, now: float) -> str:
        connected = any(context.state(now) == "connected" for context in facts.contexts)
        if self.model.window.total or not connected:
            return super().notice(facts, now)
        return "Nothing is found that gets in the way of a Stack."

    # Where they lead

    def _chosen(self) -> list[CauseRow]:
        return [row for key in self.model.window.chosen() if (row := self.find(key)) is not None]

    def _chosen_stacks(self) -> list[Key]:
        return list(dict.fromkeys(key for row in self._chosen() for key in row.cause.stacks))

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if (row := self.find(event.key)) is not None:
            open_page(self, OpenCauseStacks(row.cause.stacks, f"{row.cause.id} {row.cause.title}"))

    def action_diagnose(self) -> None:
        if (row := self.find(self.model.window.key)) is not None:
            open_page(self, OpenDiagnosis(row.cause.stacks[0]))

    def action_fix(self) -> None:
        """Plan what helps for all of them; it is asked for where these causes need different verbs."""
        verbs = {row.verb for row in self._chosen()}
        verb = verbs.pop() if len(verbs) == 1 else ""
        if stacks := self._chosen_stacks():
            open_page(self, OpenFixes(tuple(stacks), verb=verb))

    async def fix_help(self) -> Sequence[TextGroup]:
        return await FixHelp(self.fleet, self._findings).of_stacks(self._chosen_stacks())


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class CauseStacksScreen(StacksScreen):
    """The Stacks that had a cause when it was opened, as the board shows them; they stay when they are mended."""

    def __init__(self, fleet: Fleet, keys: Sequence[Key], words: str) -> None:
        super().__init__(fleet)
        self._keys = tuple(keys)
        self._words = words

    def all_rows(self) -> Iterable[StackRow]:
        stacks = self.fleet.board.stacks
        return [stacks[key] for key in self._keys if key in stacks]

    def header_facts(self, now: float) -> HeaderFacts:
        facts = super().header_facts(now)
        return replace(facts, scope=" ".join(part for part in (self._words, facts.scope) if part))
