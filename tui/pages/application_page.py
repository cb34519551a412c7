"""The page of one Application: what Argo CD says of it, over the Stacks that it holds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType

from diagnosis.argocd_health import why_differs
from diagnosis.board_findings import BoardFinding
from diagnosis.object_findings import judged_otherwise
from fleet.board.rows import AppRow, Key, StackRow
from fleet.fleet import Fleet
from fleet.page_watches.argocd_verdict_watch import ArgoCDVerdictWatch
from fleet.page_watches.live_pages import ApplicationWatch
from fleet.resource_kinds import APPLICATIONS, STACKS
from fleet.stack_objects.history import group_events
from tui.pages.application_tables import DEPLOYED_TABLE, RESOURCE_TABLE, DeployedRow, ResourceRow, deployed, resources
from tui.pages.application_text import ApplicationPageContent, application_lines
from tui.pages.columned_page import ColumnedPage
from tui.pages.event_table import EVENT_TABLE, EventRow, newest_first, open_event
from tui.pages.fix_help import FixHelp
from tui.pages.live_verdict import LiveVerdict
from tui.pages.sections import PageSection, PageTable
from tui.shell.board_app import app_of
from tui.shell.navigation import KubectlReference, OpenDiagnosis, OpenFixes, OpenLogs, OpenStack, open_page
from tui.tables.stack_board import held_stacks_table
from tui.tables.table_spec import STACK_TABLE, application_ages, stack_ages
from tui.tables.table_widget import TableWidget
from tui.widgets.column_text import TextGroup
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_columns import ColumnedLines
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker
from views.columns import in_order
from views.tones import health_tone

_COMPUTE_FOR = 0.008
"""seconds of a frame for what is found for its Stacks"""


class ApplicationPage(ColumnedPage):
    """An Application and its Stacks. The cursor is in the Stacks; the text over them scrolls with shift and arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "F", "fix", "Fix", "application.fix", "What stands in its way, and what can be done; nothing is sent yet."
        ),
        bind("d", "diagnose", "Diagnose", "application.diagnose", "All that is found of it, and of its Stacks."),
        bind("y", "yaml", "YAML", "application.yaml", "The Application as the cluster has it."),
        bind("l", "logs", "Logs", "application.logs", "The logs of all Stacks that it holds, or of the marked ones."),
        bind("u", "go('Resources')", "Resources", "application.resources", "What it manages, and the results."),
        bind("i", "go('History')", "History", "application.history", "What it has deployed, newest first."),
        bind("e", "go('Events')", "Events", "application.events", "Events about it, newest first."),
        bind("J,shift+down", "text(1)", "Text down", "application.text_down", "Scroll the text.", show=False),
        bind("K,shift+up", "text(-1)", "Text up", "application.text_up", "Scroll the text back.", show=False),
    ]

    def __init__(self, fleet: Fleet, key: Key, section: str = "") -> None:
        self.stacks_table: PageTable[StackRow] = PageTable(held_stacks_table(self._known), "stacks")
        self.resources_table: PageTable[ResourceRow] = PageTable(RESOURCE_TABLE, "resources")
        self.history_table: PageTable[DeployedRow] = PageTable(DEPLOYED_TABLE, "history")
        self.events_table: PageTable[EventRow] = PageTable(EVENT_TABLE, "events")
        super().__init__(fleet, key, section)
        self.application_watch = ApplicationWatch(fleet, key)
        self._verdict: LiveVerdict | None = None
        self._argo_cd: tuple[Key, ArgoCDVerdictWatch] | None = None
        """what its Argo CD makes of a Stack in trouble, where it looks better than that"""
        self._last_row: AppRow | None = None
        self._exists = False

    def sections(self) -> list[PageSection]:
        return [
            PageSection("Stacks", (self.text_view, self.stacks_table.table)),
            PageSection("Resources", (self.resources_table.table,)),
            PageSection("History", (self.history_table.table,)),
            PageSection("Events", (self.events_table.table,)),
        ]

    def start_watching(self) -> None:
        start_worker(
            self, self.application_watch.run, group="application", description="follow what is around an Application"
        )

    # What is the matter with it

    @property
    def verdict(self) -> LiveVerdict:
        if self._verdict is None:
            self._verdict = LiveVerdict(self.fleet, app_of(self).board_findings, self.key, "Application")
        return self._verdict

    def _known(self, key: Key) -> BoardFinding | None:
        return app_of(self).board_findings.known(key)

    def _explain_held(self, now: float) -> None:
        """Have the board know why its Stacks aren't fine; those that there is no time for come with the next frame."""
        findings, ends = app_of(self).board_findings, time.perf_counter() + _COMPUTE_FOR
        for stack in self._held_stacks():
            findings.finding(stack.key, now)
            if time.perf_counter() >= ends:
                return

    def refresh_if_changed(self) -> None:
        now = self.fleet.clock()
        if self.is_current and self.fleet.board.app(self.key) is not None and self.verdict.is_due(now):
            self.verdict.begin()
            start_worker(self, self.verdict.take, group="look", description="look closely at an Application")
        super().refresh_if_changed()

    def _ask_argo_cd(self) -> None:
        """Ask what its Argo CD makes of the first of the Stacks that we judge otherwise."""
        row = self._row()
        differ = judged_otherwise(row, self._held_stacks()) if row is not None else []
        if not differ or (self._argo_cd is not None and self._argo_cd[0] in [each.key for each in differ]):
            return
        watch = ArgoCDVerdictWatch(self.fleet, differ[0].key)
        self._argo_cd = (differ[0].key, watch)
        start_worker(self, watch.run, group="argocd", description="ask what Argo CD makes of a Stack", exclusive=True)

    def _judged(self) -> str:
        """Why its Argo CD judges its Stacks otherwise than we do; empty while that isn't known."""
        key, watch = self._argo_cd if self._argo_cd is not None else (None, None)
        stack = self.fleet.board.stacks.get(key) if key is not None else None
        verdict = watch.of(stack) if watch is not None and stack is not None else None
        if stack is None or verdict is None:
            return ""
        deleting = stack.stack.metadata.deletion_timestamp is not None
        why = why_differs(verdict, stack.health, deleting=deleting)
        return why.title if why is not None else ""

    # What is shown

    def page_version(self) -> tuple[object, ...]:
        argo_cd = self._argo_cd[1].version if self._argo_cd is not None else 0
        return (*super().page_version(), self.application_watch.version, self.verdict.version, argo_cd)

    def refresh_page(self) -> None:
        self._ask_argo_cd()
        super().refresh_page()
        board, now, context = self.fleet.board, self.fleet.clock(), self.key.context
        stale, detail = application_ages(board.contexts.values(), now), self.application_watch.detail
        nothing = (
            f"It can't be read: {why}" if (why := self.application_watch.why_no_detail) else "Asking the cluster ..."
        )
        if self.section == "Stacks":
            self._explain_held(now)
            held = in_order(self._held_stacks(), STACK_TABLE.order, STACK_TABLE.identity)
            self.stacks_table.show(
                held, now, stack_ages(board.contexts.values(), now), "It holds no Stack that can be seen."
            )
        elif self.section == "Resources":
            rows = resources(detail, context) if detail is not None else []
            self.resources_table.show(rows, now, stale, "It manages nothing." if detail is not None else nothing)
        elif self.section == "History":
            entries = deployed(detail, context) if detail is not None else []
            self.history_table.show(entries, now, stale, "Nothing yet." if detail is not None else nothing)
        elif self.section == "Events":
            why = self.application_watch.why_no_events
            none = f"The events can't be read: {why}" if why else "There are no Events."
            self.events_table.show(newest_first(group_events(self.application_watch.events), context), now, stale, none)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        row = self._row()
        where = HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 3)
        name = HeaderPiece(f"Application {self.key.name}", "head")
        if row is None or not self._exists:
            return [name, HeaderPiece("gone", "odd"), where]
        return [name, HeaderPiece(row.sync, "", 1), HeaderPiece(row.health, health_tone(row.health), 1), where]

    def columned_lines(self, now: float) -> ColumnedLines:
        row = self._row()
        if row is None:
            return ColumnedLines((TextLine("This Application isn't there any more.", tone="odd"),))
        facts = ApplicationPageContent(
            row,
            self.fleet.board.contexts.get(self.key.context),
            list(self._held_stacks()),
            self.application_watch.detail,
            self.verdict.of_application(now) if self._exists else None,
            self._judged(),
            deleted=not self._exists,
        )
        return application_lines(facts, now)

    def _row(self) -> AppRow | None:
        row = self.fleet.board.app(self.key)
        self._exists = row is not None
        self._last_row = row or self._last_row
        return self._last_row

    def _held_stacks(self) -> Iterator[StackRow]:
        row = self._row()
        for key in row.holds if row else ():
            stack = self.fleet.board.stacks.get(key)
            if stack is not None:
                yield stack

    # Keys

    def action_text(self, direction: int) -> None:
        self.text_view.action_page(direction)

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if self.section == "Stacks" and isinstance(event.key, Key):
            open_page(self, OpenStack(event.key))
        elif (stack := self._stack_under_cursor()) is not None:
            open_page(self, OpenStack(stack))
        elif (event_row := self.events_table.row_under_cursor) is not None:
            open_event(self, event_row.event)

    def _stack_under_cursor(self) -> Key | None:
        """The Stack under the cursor of the resources, if it can be seen."""
        row = self.resources_table.row_under_cursor
        if row is None or row.name[1] != "Stack":
            return None
        return next((each.key for each in self._held_stacks() if each.key[1:] == row.name[2:]), None)

    def references(self) -> list[KubectlReference]:
        """The Stack under the cursor of the resources; otherwise the Application."""
        if (stack := self._stack_under_cursor()) is not None:
            return [KubectlReference(stack, STACKS.resource)]
        return [KubectlReference(self.key, APPLICATIONS.resource)]

    def action_diagnose(self) -> None:
        open_page(self, OpenDiagnosis(self.key, "Application"))

    def action_fix(self) -> None:
        open_page(self, OpenFixes((self.key,), "Application"))

    async def fix_help(self) -> Sequence[TextGroup]:
        return await FixHelp(self.fleet, app_of(self).board_findings).of_application(self.key)

    def action_logs(self) -> None:
        held = [row.key for row in in_order(self._held_stacks(), STACK_TABLE.order, STACK_TABLE.identity)]
        marks = self.stacks_table.model.window.marks
        if held:
            open_page(self, OpenLogs(tuple([key for key in held if key in marks] or held)))
        else:
            self.notify("It holds no Stack that can be seen", markup=False)
