"""The page of one Stack. It stays open, and says so, when the Stack goes away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet
from fleet.page_watches.argocd_verdict_watch import ArgoCDVerdictWatch
from fleet.page_watches.live_pages import StackWatch
from fleet.page_watches.stack_lint import StackLint
from fleet.resource_kinds import STACKS, UPDATES
from fleet.stack_objects.history import UpdateRun, group_events, update_history
from fleet.stack_objects.object_tree import build_tree
from fleet.stack_objects.watched_kinds import StackObjects
from stacks.phases.phase import READY
from stacks.times import kubectl_age
from tui.pages.columned_page import ColumnedPage
from tui.pages.event_table import EVENT_TABLE, EventRow, newest_first, open_event
from tui.pages.fix_help import FixHelp
from tui.pages.live_verdict import LiveVerdict
from tui.pages.sections import PageSection, PageTable
from tui.pages.stack_tables import FOLD, RUN_TABLE, TREE_TABLE, RunRow, TreeRow, run_lines, tree_rows
from tui.pages.stack_text import StackPageContent, output_lines, stack_lines
from tui.shell.board_app import app_of
from tui.shell.navigation import (
    KubectlReference,
    OpenApplication,
    OpenDiagnosis,
    OpenFixes,
    OpenLogs,
    OpenRun,
    browse,
    open_page,
)
from tui.tables.table_spec import stack_ages
from tui.tables.table_widget import TableWidget
from tui.widgets.column_text import TextGroup
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_columns import ColumnedLines
from tui.widgets.text_view import TextLine, TextView
from tui.widgets.workers import start_worker
from views.columns import health_shown
from views.tones import health_tone

_KEYS: list[BindingType] = [
    bind("F", "fix", "Fix", "stack.fix", "What stands in its way, and what can be done; nothing is sent yet."),
    bind("d", "diagnose", "Diagnose", "stack.diagnose", "All that is found of it, and what that rests on."),
    bind("t", "go('Tree')", "Tree", "stack.tree", "The objects around the Stack, as a tree."),
    bind("u", "go('Updates')", "Updates", "stack.updates", "Its runs, the newest first."),
    bind("e", "go('Events')", "Events", "stack.events", "Events of all objects around it, newest first."),
    bind("v", "go('Outputs')", "Outputs", "stack.outputs", "The names of its outputs; x shows values."),
    bind("x", "values", "Values", "stack.values", "Show the outputs' values, but for secret ones."),
    bind("l", "logs", "Logs", "stack.logs", "What its workspace pod prints, run by run."),
    bind("y", "yaml", "YAML", "stack.yaml", "The object under the cursor, or the Stack, in YAML."),
    bind("o", "browse", "Pulumi", "stack.browse", "Open the run in the browser; else the last one."),
    bind("a", "application", "App", "stack.application", "The page of the Application that holds it."),
]


class StackPage(ColumnedPage):
    """Everything about a Stack, watched while the page is open: only what belongs to this Stack is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = _KEYS

    def __init__(self, fleet: Fleet, key: Key, section: str = "") -> None:
        self.tree_table: PageTable[TreeRow] = PageTable(TREE_TABLE, "tree")
        self.updates_table: PageTable[RunRow] = PageTable(RUN_TABLE, "updates")
        self.events_table: PageTable[EventRow] = PageTable(EVENT_TABLE, "events")
        self.outputs_view = TextView()
        super().__init__(fleet, key, section)
        self.stack_watch = StackWatch(fleet, key)
        self.verdict_watch = ArgoCDVerdictWatch(fleet, key)
        holder = row.holder if (row := fleet.board.stacks.get(key)) is not None else None
        self.lint = StackLint(fleet, key, holder.key if holder is not None else None)
        self._verdict: LiveVerdict | None = None
        self._last_row: StackRow | None = None
        self._deleted_at: float | None = None
        self._replaced_at: float | None = None
        self._all_updates = False
        self._show_values = False

    def sections(self) -> list[PageSection]:
        return [
            PageSection("Overview", (self.text_view,)),
            PageSection("Tree", (self.tree_table.table,)),
            PageSection("Updates", (self.updates_table.table,)),
            PageSection("Events", (self.events_table.table,)),
            PageSection("Outputs", (self.outputs_view,)),
        ]

    def start_watching(self) -> None:
        start_worker(self, self.stack_watch.run, group="stack", description="follow what is around a Stack")
        start_worker(self, self.verdict_watch.run, group="verdict", description="ask what Argo CD makes of a Stack")
        start_worker(self, self.lint.run, group="lint", description="lint a Stack")

    # What is known

    def page_version(self) -> tuple[object, ...]:
        return (
            *super().page_version(),
            self.stack_watch.version,
            self.verdict_watch.version,
            self.verdict.version,
            self.lint.version,
        )

    @property
    def verdict(self) -> LiveVerdict:
        if self._verdict is None:
            self._verdict = LiveVerdict(self.fleet, app_of(self).board_findings, self.key, "Stack")
        return self._verdict

    def refresh_if_changed(self) -> None:
        row = self.fleet.board.stacks.get(self.key)
        troubled = row is not None and row.phase.kind is not READY
        if self.is_current and troubled and self.verdict.is_due(self.fleet.clock()):
            self.verdict.begin()
            start_worker(self, self.verdict.take, group="look", description="look closely at a Stack")
        super().refresh_if_changed()

    def row(self, now: float) -> StackRow | None:
        """The Stack's row, or the last one that was seen of it."""
        row, last = self.fleet.board.stacks.get(self.key), self._last_row
        if row is not None:
            if last is not None and last.stack.metadata.uid != row.stack.metadata.uid:
                self._replaced_at = now
            self._last_row, self._deleted_at = row, None
        elif last is not None and self._deleted_at is None:
            self._deleted_at = now
        return self._last_row

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        row = self.row(now)
        name = HeaderPiece(f"Stack {self.key.name}", "head")
        where = HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 4)
        if row is None:
            return [name, where]
        if self._deleted_at is not None:
            return [name, HeaderPiece("deleted", "odd"), where]
        health = health_shown(row)
        verdict = HeaderPiece(health, health_tone(health), 1)
        old = [HeaderPiece(words, "odd", 3)] if (words := self._why_stale(now)) else []
        return [name, verdict, HeaderPiece(row.phase.words(now), "", 2), *old, where]

    def _why_stale(self, now: float) -> str:
        """Why what is shown may not be true any more, and how old it is; empty if it is current."""
        context = self.fleet.board.contexts.get(self.key.context)
        if context is None:
            return "not watched any more"
        if context.stale(now):
            heard = context.data_age(now)
            return f"{'' if heard is None else f'{kubectl_age(heard)} old: '}{context.reason(now)}"
        lost = self.stack_watch.lost
        return f"{kubectl_age(now - lost.since)} old in part: {lost.reason}" if lost is not None else ""

    def _stale(self, now: float) -> dict[str, str]:
        found = stack_ages(self.fleet.board.contexts.values(), now)
        if self.key.context not in found and (lost := self.stack_watch.lost) is not None:
            found[self.key.context] = kubectl_age(now - lost.since)
        return found

    # What is shown

    def refresh_page(self) -> None:
        now = self.fleet.clock()
        parts = self.stack_watch.refresh()  # before the text: the board may know the phase better then
        super().refresh_page()
        row = self.row(now)
        if parts is None or row is None:
            return
        if self.section == "Tree":
            root = build_tree(parts, row, now, all_updates=self._all_updates)
            self.tree_table.show(tree_rows(root, self.key.context), now, self._stale(now))
        elif self.section == "Updates":
            rows = [RunRow(place, self.key.context, run) for place, run in enumerate(self._runs(parts))]
            self.updates_table.show(rows, now, self._stale(now), _notice(parts, "updates", "No update has run yet."))
        elif self.section == "Events":
            event_rows = newest_first(group_events(parts.events), self.key.context)
            self.events_table.show(event_rows, now, self._stale(now), _notice(parts, "events", "There are no Events."))
        elif self.section == "Outputs":
            self.outputs_view.show(list(output_lines(self.stack_watch.detail(), values=self._show_values)))

    def columned_lines(self, now: float) -> ColumnedLines:
        row, board = self.row(now), self.fleet.board
        if row is None:
            return ColumnedLines((TextLine("This Stack isn't there any more.", tone="odd"),))
        gone = self._deleted_at if self.key.context in board.contexts else None
        prerequisites = [p.name for p in row.stack.spec.prerequisites or ()]
        parts, detail = self.stack_watch.parts, self.stack_watch.detail()
        facts = StackPageContent(
            row,
            board.contexts.get(self.key.context),
            app=board.app(row.holder.key) if row.holder else None,
            around=board.related_objects(self.key),
            prerequisites={
                name: board.stacks.get(Key(self.key.context, self.key.namespace, name)) for name in prerequisites
            },
            detail=detail.records[0] if detail.records else None,
            verdict=self.verdict_watch.of(row),
            no_verdict=self.verdict_watch.why_not,
            hidden=(parts.hidden if parts is not None else {}) | ({"details": detail.why} if detail.why else {}),
            found=self.verdict.of_stack(now) if self._deleted_at is None else None,
            deleted_at=gone,
            problems=self.lint.problems(),
            replaced_at=self._replaced_at,
        )
        return stack_lines(facts, now)

    def _runs(self, parts: StackObjects) -> list[UpdateRun]:
        return update_history(parts.stack, parts.updates)

    def text(self) -> str:
        if self.section == "Outputs":
            return self.outputs_view.text
        return super().text()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.section == "Outputs" if action == "values" else super().check_action(action, parameters)

    def action_values(self) -> None:
        self._show_values = not self._show_values
        self.refresh_page()

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        if (tree_row := self.tree_table.row_under_cursor) is not None:
            self._open_tree_row(tree_row)
        elif (run := self.updates_table.row_under_cursor) is not None:
            self._open_run(run.run)
        elif (event_row := self.events_table.row_under_cursor) is not None:
            open_event(self, event_row.event)

    def _open_tree_row(self, tree_row: TreeRow) -> None:
        """Open what says most of a line of the tree: its logs or its page; its YAML where it has neither."""
        found = tree_row.kubernetes_object
        if tree_row.node.kind == FOLD:
            self._all_updates = not self._all_updates
            self.refresh_page()
        elif tree_row.log[0]:
            self.action_logs()
        elif run := self._run(tree_row):
            self._open_run(run)
        elif tree_row.node.kind == "Application" and found is not None:
            open_page(self, OpenApplication(found[1]))
        elif found is not None:
            self.action_yaml()

    def _run(self, tree_row: TreeRow) -> UpdateRun | None:
        parts = self.stack_watch.parts
        runs = self._runs(parts) if parts is not None and tree_row.node.kind == "Update" else []
        return next((run for run in runs if run.name == tree_row.node.name), None)

    def _open_run(self, run: UpdateRun) -> None:
        def lines(now: float) -> list[TextLine]:
            parts = self.stack_watch.refresh()  # this page is covered, and doesn't
            runs = self._runs(parts) if parts is not None else []
            return list(run_lines(next((each for each in runs if each.name == run.name), None), now))

        update = (KubectlReference(self._key_of(run.name), UPDATES.resource),) if run.kept else ()
        open_page(self, OpenRun(self.key, run.name, lines, update))

    def _key_of(self, name: str) -> Key:
        return Key(self.key.context, self.key.namespace, name)

    def references(self) -> list[KubectlReference]:
        """The object under the cursor, where there is one; otherwise the Stack."""
        tree_row, run = self.tree_table.row_under_cursor, self.updates_table.row_under_cursor
        if tree_row is not None and tree_row.kubernetes_object is not None:
            resource, key = tree_row.kubernetes_object
            return [KubectlReference(key, resource)]
        if run is not None and run.run.kept:
            return [KubectlReference(self._key_of(run.run.name), UPDATES.resource)]
        return [KubectlReference(self.key, STACKS.resource)]

    def copy_text(self) -> str:
        return self.references()[0].key.name

    def action_logs(self) -> None:
        tree_row, run = self.tree_table.row_under_cursor, self.updates_table.row_under_cursor
        pod = container = update = ""
        if tree_row is not None:
            pod, container = tree_row.log
            update = tree_row.node.name if tree_row.node.kind == "Update" else ""
        elif run is not None:
            update = run.run.name
        open_page(self, OpenLogs((self.key,), pod, container, update))

    def action_diagnose(self) -> None:
        open_page(self, OpenDiagnosis(self.key))

    def action_fix(self) -> None:
        open_page(self, OpenFixes((self.key,)))

    async def fix_help(self) -> Sequence[TextGroup]:
        return await FixHelp(self.fleet, app_of(self).board_findings).of_rows(self.key)

    def action_browse(self) -> None:
        tree_row, run = self.tree_table.row_under_cursor, self.updates_table.row_under_cursor
        link = self._last_row.permalink if self._last_row else ""
        if tree_row is not None and tree_row.node.link:
            link = tree_row.node.link
        elif run is not None:
            link = run.run.permalink
        browse(self.app, link, f"{self.key.name} has no link to Pulumi Cloud")

    def action_application(self) -> None:
        if self._last_row is None or self._last_row.holder is None:
            self.notify("No Application that can be seen holds this Stack", markup=False)
        else:
            open_page(self, OpenApplication(self._last_row.holder.key))


def _notice(parts: StackObjects, what: str, none: str) -> str:
    """What is shown where a table of the page has no rows; `what` is its kind of objects."""
    if what in parts.hidden:
        return f"The {what} can't be read: {parts.hidden[what]}"
    return "Asking the cluster ..." if what in parts.pending else none
