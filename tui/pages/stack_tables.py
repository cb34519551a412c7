"""The tree of a Stack and its runs as tables: the rows of each, and the page of one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.resources import Resource
from fleet.board.rows import Key, short_commit
from fleet.resource_kinds import APPLICATIONS, PODS, STACKS, STATEFULSETS, UPDATES, WORKSPACES
from fleet.stack_objects.history import UpdateRun
from fleet.stack_objects.object_tree import TreeNode
from stacks.messages import without_outputs
from stacks.text import one_line
from stacks.times import kubectl_age, prose_span
from tui.tables.table_spec import TableSpec, page_column
from tui.widgets.text_view import TextLine, filled, moment
from views.filter import FilterFields
from views.tones import RUN, tree_tone

RESOURCES: dict[str, Resource] = {
    "Application": APPLICATIONS.resource,
    "Stack": STACKS.resource,
    "Workspace": WORKSPACES.resource,
    "StatefulSet": STATEFULSETS.resource,
    "Pod": PODS.resource,
    "Update": UPDATES.resource,
}
CONTAINERS = ("container", "init container")
FOLD = "Updates"
"""the kind of the line that stands for older Updates"""


@dataclass(frozen=True)
class TreeRow:
    """One line of the tree. `place` is its number from the top, `drawn` its text behind the branches of the tree."""

    place: int
    path: tuple[str, ...]
    drawn: str
    context: str
    node: TreeNode
    parent: TreeNode | None

    @property
    def kubernetes_object(self) -> tuple[Resource, Key] | None:
        """The object that this line is, or is a part of; None for a remark."""
        node = self.parent if self.node.kind in CONTAINERS else self.node
        if node is None or node.kind not in RESOURCES or not node.name:
            return None
        return RESOURCES[node.kind], Key(node.context or self.context, node.namespace, node.name)

    @property
    def log(self) -> tuple[str, str]:
        """The pod and the container whose log this line has; empty for all of them, or none."""
        if self.node.kind in CONTAINERS and self.parent is not None:
            return self.parent.name, self.node.name
        return (self.node.name, "") if self.node.kind == "Pod" else ("", "")


def tree_rows(root: TreeNode, context: str) -> list[TreeRow]:
    return [
        TreeRow(place, path, drawn, context, node, parent)
        for place, (path, drawn, node, parent) in enumerate(_walk(root, (), "", "", None))
    ]


def _walk(
    node: TreeNode, path: tuple[str, ...], first: str, rest: str, parent: TreeNode | None
) -> Iterator[tuple[tuple[str, ...], str, TreeNode, TreeNode | None]]:
    here = (*path, f"{node.kind}/{node.name}")
    yield here, f"{first}{' '.join(word for word in (node.kind, node.name) if word)}", node, parent
    for place, child in enumerate(node.children):
        last = place == len(node.children) - 1
        yield from _walk(child, here, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), node)


def _node_age(row: TreeRow, now: float) -> str:
    return "" if row.node.since is None else prose_span(now - row.node.since)


def _node_took(row: TreeRow, now: float) -> str:
    return "" if row.node.lasted is None else prose_span(row.node.lasted)


TREE_TABLE: TableSpec[TreeRow] = TableSpec(
    noun="Tree",
    columns=(
        page_column(
            "object",
            "OBJECT",
            lambda row, now: row.drawn,
            (0, 24, 70),
            lambda row: "name" if row.node.kind in ("Application", "Stack") else "",
        ),
        page_column("state", "STATE", lambda row, now: row.node.state, (0, 12, 26), lambda row: tree_tone(row.node)),
        page_column("age", "AGE", _node_age, (2, 6, 8), lambda row: "dim"),
        page_column("took", "TOOK", _node_took, (3, 4, 10), lambda row: "dim"),
        page_column(
            "text",
            "WHAT IT SAYS",
            lambda row, now: one_line(row.node.text),
            (1, 18, 4000),
            lambda row: "bad" if tree_tone(row.node) == "bad" else "",
        ),
    ),
    identity=lambda row: row.path,
    namespace=lambda row: row.node.namespace,
    order_name="place",
    filter_fields=lambda row: FilterFields(row.drawn.lower()),
    broken=lambda row: tree_tone(row.node) == "bad",
    stale_age_column="age",
    stale_age_fallback="state",
)


@dataclass(frozen=True)
class RunRow:
    """A run, its place in the history, and where it ran."""

    place: int
    context: str
    run: UpdateRun


def _run_began(row: RunRow, now: float) -> str:
    return "" if row.run.began is None else kubectl_age(now - row.run.began)


def _run_took(row: RunRow, now: float) -> str:
    run = row.run
    if run.lasted is not None:
        return prose_span(run.lasted)
    return f"{prose_span(now - run.began)} so far" if run.state == "running" and run.began is not None else ""


def summary_of(run: UpdateRun) -> str:
    """A run on one line: its error, why it was started, and whether its Update is gone."""
    gone = "" if run.kept else "its Update has gone; the Stack tells"
    return "; ".join(words for words in (run.error, run.reason, gone) if words)


RUN_TABLE: TableSpec[RunRow] = TableSpec(
    noun="Updates",
    columns=(
        page_column(
            "state",
            "RESULT",
            lambda row, now: f"{row.run.type} {row.run.state}".strip(),
            (0, 12, 18),
            lambda row: RUN.get(row.run.state, ""),
        ),
        page_column("began", "BEGAN", _run_began, (0, 5, 8)),
        page_column("took", "TOOK", _run_took, (2, 5, 14)),
        page_column("commit", "COMMIT", lambda row, now: short_commit(row.run.commit), (3, 7, 10)),
        page_column("name", "UPDATE", lambda row, now: row.run.name, (4, 16, 60)),
        page_column(
            "said",
            "WHAT IT SAYS",
            lambda row, now: summary_of(row.run),
            (1, 36, 4000),
            lambda row: "bad" if row.run.error else "",
        ),
    ),
    identity=lambda row: row.run.name or f"at {row.run.began}",
    order_name="age",
    filter_fields=lambda row: FilterFields(row.run.name.lower()),
    broken=lambda row: row.run.state == "failed",
    stale_age_column="began",
    stale_age_fallback="state",
)


def run_lines(run: UpdateRun | None, now: float) -> Iterator[TextLine]:
    """The lines of the page of one run; None where nothing tells of it any more."""
    if run is None:
        yield TextLine("Nothing tells of this run any more.", tone="odd")
        return
    yield TextLine(f"{run.type or 'update'} {run.state}", "Result", RUN.get(run.state, ""))
    yield TextLine(run.name or "unknown", "Update")
    gone = "" if run.kept else "The Update has gone; this is what the Stack's status keeps."
    yield from filled(
        TextLine(moment(run.began, now), "Began"),
        TextLine(moment(run.ended, now), "Ended"),
        TextLine(prose_span(run.lasted) if run.lasted is not None else "", "Took"),
        TextLine(run.reason, "Started for"),
        TextLine(run.commit or "PKO kept none", "Commit"),
        TextLine(run.permalink, "Pulumi Cloud"),
        TextLine(gone, "Kept by", "odd"),
    )
    if run.error:
        yield TextLine()
        yield TextLine(run.error, tone="bad")
    if run.state == "failed" and not run.message:
        yield TextLine()
        yield TextLine("It left no message: the operator gave it up, or somebody stopped it.", tone="odd")
    if run.message and run.state == "failed":
        yield TextLine()
        yield TextLine("WHAT IT SAID", tone="head")
        yield TextLine(without_outputs(run.message).strip("\n"))
