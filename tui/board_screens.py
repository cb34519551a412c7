"""The board: every Stack, the worst first; and every Application, one key away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cluster.resources import Resource
from fleet.board.rows import AppRow, Key, StackRow
from fleet.fleet import Fleet
from fleet.resource_kinds import APPLICATIONS, STACKS
from tui.board_keys import APPLICATION_KEYS, STACK_KEYS
from tui.shell.board_app import app_of
from tui.shell.navigation import (
    KubectlReference,
    OpenApplication,
    OpenApplications,
    OpenDiagnosis,
    OpenFixes,
    OpenLogs,
    OpenStack,
    OpenYaml,
    browse,
    open_page,
)
from tui.tables.detail_strip import NOTHING, RowDetail
from tui.tables.detailed_table import DetailedTable
from tui.tables.stack_board import stack_board
from tui.tables.table_screen import Row, TableScreen
from tui.tables.table_spec import APPLICATION_TABLE, application_ages
from tui.tables.table_widget import TableWidget

if TYPE_CHECKING:
    from diagnosis.board_findings import BoardFinding
    from tui.widgets.column_text import TextGroup

_COMPUTE_QUIET, _COMPUTE_BUSY = 0.008, 0.001
"""seconds of a frame for findings that are out of date: while no events arrive, and while they do"""
_ROUND = 1.0
"""seconds from one round over all rows to the next, at least, while events arrive"""


class ObjectsScreen(TableScreen[Row]):
    """A table whose rows are objects of clusters, each under its key."""

    resource: ClassVar[Resource]

    def chosen(self) -> list[Key]:
        """The keys of the marked rows, or of the one under the cursor."""
        return [key for key in self.model.window.chosen() if isinstance(key, Key)]

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(key, self.resource) for key in self.chosen()]

    def action_yaml(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenYaml(key, self.resource))


class StacksScreen(DetailedTable[StackRow], ObjectsScreen[StackRow]):
    resource = STACKS.resource
    BINDINGS = STACK_KEYS

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, stack_board(self._known))
        self._board_version = -1
        self._round_at = 0.0
        """when all rows could last be looked at for what is out of date"""
        self._told = 0
        """findings that have become others so far"""

    def all_rows(self) -> Iterable[StackRow]:
        return self.fleet.board.stacks.values()

    # Why they aren't fine

    @property
    def rows_version(self) -> int:
        return super().rows_version + self._told  # both only grow, so that the sum is another one if either is

    def refresh_if_changed(self) -> None:
        if self.is_current:
            self._compute_findings(self.fleet.clock())
        super().refresh_if_changed()

    def _known(self, key: Key) -> BoardFinding | None:
        findings = app_of(self).findings
        return findings.known(key) if findings is not None else None

    def _compute_findings(self, now: float) -> None:
        """Go on with what is out of date, the rows on the screen first: none is drawn without what is known of it."""
        findings = app_of(self).findings
        if findings is None or not findings.is_behind(now):
            return
        before, self._board_version = self._board_version, self.fleet.board.version
        on_screen = [key for key in self.table.visible_keys if isinstance(key, Key)]
        quiet = self._board_version == before
        if new_round := quiet or abs(now - self._round_at) >= _ROUND:
            self._round_at = now
        lasts = _COMPUTE_QUIET if quiet else _COMPUTE_BUSY
        if changed := findings.advance(lasts, now, on_screen, new_round=new_round):
            self.model.outdate(changed)
            self._told += len(changed)

    # The row under the cursor

    def detail(self, now: float) -> RowDetail:
        key, findings = self.model.window.key, app_of(self).findings
        row = self.find(key) if key is not None else None
        if row is None or findings is None:
            return NOTHING
        from tui.tables.board_detail import stack_detail  # with the causes, not before the first frame

        context = self.fleet.board.contexts.get(row.key.context)
        old = self.stale(now).get(row.key.context, "")
        seen = context.stacks.last_event_at if old and context is not None else None
        return stack_detail(row, findings.finding(row.key, now), now if seen is None else seen, old)

    # Keys

    def find(self, key: Hashable) -> StackRow | None:
        return self.fleet.board.stacks.get(key) if isinstance(key, Key) else None

    def as_json(self, row: StackRow, now: float) -> dict[str, Any]:
        from views.json_output import stack  # not before somebody saves the table

        return stack(row, now)

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        self._open(event.key)

    def action_section(self, section: str) -> None:
        self._open(self.model.window.key, section)

    def _open(self, key: Hashable, section: str = "Overview") -> None:
        if isinstance(key, Key):
            open_page(self, OpenStack(key, section))

    def action_logs(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenLogs(tuple(keys)))

    def action_browse(self) -> None:
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        if row is not None:
            browse(self.app, row.permalink, f"{row.key.name} has no link to Pulumi Cloud")

    def action_diagnose(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenDiagnosis(key))

    def action_fix(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenFixes(tuple(keys)))

    async def fix_help(self) -> Sequence[TextGroup]:
        from tui.pages.fix_help import FixHelp  # with the causes, not before the first frame

        window = self.model.window
        marked = self.chosen() if len(window.marks) else ()
        cursor = window.key if isinstance(window.key, Key) else None
        return await FixHelp(self.fleet, app_of(self).board_findings).of_rows(cursor, marked)

    def action_apps(self) -> None:
        open_page(self, OpenApplications())


class ApplicationsScreen(ObjectsScreen[AppRow]):
    """All Applications of all contexts that are watched; those that hold Stacks first."""

    resource = APPLICATIONS.resource
    BINDINGS = APPLICATION_KEYS

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, APPLICATION_TABLE)

    def all_rows(self) -> Iterable[AppRow]:
        return self.fleet.board.apps()

    def find(self, key: Hashable) -> AppRow | None:
        return self.fleet.board.app(key) if isinstance(key, Key) else None

    def stale(self, now: float) -> Mapping[str, str]:
        return application_ages(self.fleet.board.contexts.values(), now)

    def as_json(self, row: AppRow, now: float) -> dict[str, Any]:
        from views.json_output import app  # not before somebody saves the table

        return app(row, now)

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if isinstance(event.key, Key):
            open_page(self, OpenApplication(event.key))

    def action_diagnose(self) -> None:
        if isinstance(key := self.model.window.key, Key):
            open_page(self, OpenDiagnosis(key, "Application"))

    def action_fix(self) -> None:
        if keys := self.chosen():
            open_page(self, OpenFixes(tuple(keys), "Application"))

    async def fix_help(self) -> Sequence[TextGroup]:
        from tui.pages.fix_help import FixHelp  # with the causes, not before the first frame

        key = self.model.window.key
        return (
            await FixHelp(self.fleet, app_of(self).board_findings).of_application(key) if isinstance(key, Key) else ()
        )
