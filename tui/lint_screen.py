"""What lint finds in the watched contexts: a line for each problem, the worst first."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType

from fleet.argocd.instances import CONFIG_MAPS
from fleet.fleet import Fleet
from fleet.live_lint.cluster_objects import resource_of
from manifests.catalogue import RULES_BY_ID
from manifests.problem import Problem, Severity
from stacks.times import kubectl_age
from tui.shell.navigation import KubectlReference, OpenApplication, OpenInstance, OpenStack, OpenYaml, open_page
from tui.tables.detail_strip import BELOW, BRIEF, NOTHING, DetailLine, DetailStrip, RowDetail
from tui.tables.detailed_table import DetailedTable
from tui.tables.table_header import HeaderFacts
from tui.tables.table_keys import sort_keys
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.workers import start_worker
from views.lint_table import LINT_COLUMNS, LintRow, by_problem_severity, lint_filter_fields
from views.tones import PROBLEM_SEVERITY

LINT_TABLE: TableSpec[LintRow] = TableSpec(
    noun="Lint",
    columns=LINT_COLUMNS,
    identity=lambda row: row.identity,
    context=lambda row: row.context,
    namespace=lambda row: row.key.namespace,
    order=by_problem_severity,
    order_name="severity",
    filter_fields=lint_filter_fields,
    groupings={
        "rule": lambda row: row.problem.rule,
        "severity": lambda row: row.problem.severity.value,
        "object": lambda row: f"{row.context} {row.problem.object}",
    },
    broken=lambda row: row.problem.severity is Severity.ERROR,
)
_DETAILS_FROM = 22
"""lines of a terminal in which the details have nine"""


class LintScreen(DetailedTable[LintRow]):
    """While it is there, the watched contexts are read and checked, and again every two minutes."""

    arrives_in_bulk = False
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "again", "Look again", "lint.again", "Read the clusters and check them again now."),
        bind("y", "yaml", "YAML", "lint.yaml", "The object as the cluster has it, secrets masked."),
        bind("i", "details", "Details", "lint.details", "Say all of the problem under the cursor, or don't."),
        *sort_keys(LINT_COLUMNS),
    ]

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, LINT_TABLE, DetailStrip(wraps=True))
        self.lint_watch = fleet.lint_watch
        self._rows: dict[Hashable, LintRow] = {}
        self._of: object = None

    def on_mount(self) -> None:
        following = partial(self.lint_watch.follow, lambda: list(self.fleet.board.contexts))
        start_worker(self, following, group="lint", description="lint all contexts")

    # Rows

    @property
    def rows_version(self) -> int:
        return super().rows_version + self.lint_watch.version  # both only grow

    def all_rows(self) -> Iterable[LintRow]:
        found = self.lint_watch.found
        if found is not self._of:
            rows = map(LintRow, found.problems if found is not None else ())
            self._of, self._rows = found, {row.identity: row for row in rows}
        return [row for row in self._rows.values() if row.context in self.fleet.board.contexts]

    def find(self, key: Hashable) -> LintRow | None:
        return self._rows.get(key)

    def as_json(self, row: LintRow, now: float) -> dict[str, Any]:
        from manifests.reports.json_report import problem_objects  # not before somebody saves the table

        return problem_objects([row.problem])[0]

    def references(self) -> list[KubectlReference]:
        rows = (self.find(key) for key in self.model.window.chosen())
        found = ((row.key, resource_of(row.kind)) for row in rows if row is not None)
        return [KubectlReference(key, resource) for key, resource in found if resource is not None]

    # What is said of them

    def header_lines(self, facts: HeaderFacts, now: float) -> tuple[list[HeaderPiece], list[HeaderPiece]]:
        first, second = super().header_lines(facts, now)
        return [first[0], *self._standing(now), *first[1:]], second

    def _standing(self, now: float) -> Iterator[HeaderPiece]:
        watch = self.lint_watch
        if watch.found is not None:
            yield HeaderPiece(f"{kubectl_age(now - watch.looked_at)} old", "dim", 2)
            if watch.found.unseen:
                yield HeaderPiece(f"{', '.join(watch.found.unseen)} couldn't be read", "odd", 1)
            partly = {kind for kinds in watch.found.unread.values() for kind in kinds}
            if partly:
                yield HeaderPiece(f"without {', '.join(f'{kind}s' for kind in sorted(partly))}", "odd", 3)
        if watch.looking:
            yield HeaderPiece("looking ...", "busy", 1)

    def notice(self, facts: HeaderFacts, now: float) -> str:
        found = self.lint_watch.found
        if self.model.window.total:
            return super().notice(facts, now)
        if found is None:
            return "Reading what the clusters hold ..."
        if found.unseen:
            context, why = next(iter(found.unseen.items()))
            return f"{context} couldn't be read: {why}"
        return "Nothing is wrong in what the clusters hold."

    def form(self) -> str:
        """What is wrong, and how it is written right, are sentences: they need more room than other details."""
        found = super().form()
        return BELOW if found == BRIEF and self.app.size.height >= _DETAILS_FROM else found

    def detail(self, now: float) -> RowDetail:
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        return NOTHING if row is None else _detail(row.problem)

    # Where they lead

    def _row(self) -> LintRow | None:
        key = self.model.window.key
        return self.find(key) if key is not None else None

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        row = self.find(event.key)
        if row is None:
            return
        if row.kind == "Stack":
            open_page(self, OpenStack(row.key))
        elif row.kind == "Application":
            open_page(self, OpenApplication(row.key))
        elif row.kind == CONFIG_MAPS.kind:
            open_page(self, OpenInstance(row.key))
        else:
            self._open_yaml(row)

    def action_yaml(self) -> None:
        if (row := self._row()) is not None:
            self._open_yaml(row)

    def _open_yaml(self, row: LintRow) -> None:
        resource = resource_of(row.kind)
        if resource is None:
            self.notify(f"{row.problem.object} can't be shown here", markup=False, severity="warning")
        else:
            open_page(self, OpenYaml(row.key, resource))

    def action_again(self) -> None:
        self.lint_watch.refresh()
        self.notify("Looking again", markup=False, timeout=2)


def _detail(problem: Problem) -> RowDetail:
    rule = RULES_BY_ID.get(problem.rule)
    said = f"{problem.rule}: {rule.title}" if rule is not None else problem.rule
    tone = PROBLEM_SEVERITY[problem.severity.value]
    lines = [DetailLine(problem.severity.value, said, tone), DetailLine("Does", problem.message)]
    for place, line in enumerate(problem.fix.splitlines()):
        lines.append(DetailLine("Right" if place == 0 else "", line))
    name = f"{problem.object}   {problem.file}"
    return RowDetail(name, tuple(lines), DetailLine("Right", problem.fix.partition("\n")[0]))
