"""The tree of a Stack as lines of a table: one for each object, container and remark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.resources import Resource
from fleet.board.rows import Key
from fleet.resource_kinds import APPLICATIONS, PODS, STACKS, UPDATES, WORKSPACES
from fleet.stack_objects.object_tree import TreeNode
from fleet.stack_objects.ownership import STATEFULSETS
from stacks.text import one_line
from stacks.times import span
from tui.tables.table_spec import TableSpec
from views.columns import Column, ColumnWidth
from views.filter import FilterFields
from views.tones import tree_tone

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
    """A row for each line of the tree, from the top."""
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


def _age(row: TreeRow, now: float) -> str:
    return "" if row.node.since is None else span(now - row.node.since)


def _took(row: TreeRow, now: float) -> str:
    return "" if row.node.lasted is None else span(row.node.lasted)


TREE_TABLE: TableSpec[TreeRow] = TableSpec(
    noun="Tree",
    columns=(
        Column(
            "object",
            "OBJECT",
            lambda row, now: row.drawn,
            lambda row: row.place,
            width=ColumnWidth(0, 24, 70),
            tone=lambda row: "name" if row.node.kind in ("Application", "Stack") else "",
        ),
        Column(
            "state",
            "STATE",
            lambda row, now: row.node.state,
            lambda row: row.place,
            width=ColumnWidth(0, 12, 26),
            tone=lambda row: tree_tone(row.node),
        ),
        Column("age", "AGE", _age, lambda row: row.place, width=ColumnWidth(2, 6, 8), tone=lambda row: "dim"),
        Column("took", "TOOK", _took, lambda row: row.place, width=ColumnWidth(3, 4, 10), tone=lambda row: "dim"),
        Column(
            "text",
            "WHAT IT SAYS",
            lambda row, now: one_line(row.node.text),
            lambda row: row.place,
            width=ColumnWidth(1, 18, 4000),
            tone=lambda row: "bad" if row.node.mood == "bad" else "",
        ),
    ),
    identity=lambda row: row.path,
    context=lambda row: row.context,
    namespace=lambda row: row.node.namespace,
    order=lambda row: row.place,
    order_name="place",
    filter_fields=lambda row: FilterFields(row.drawn.lower()),
    broken=lambda row: row.node.mood == "bad",
    aging="age",
    aging_else="state",
)
