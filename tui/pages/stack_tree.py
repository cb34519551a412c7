"""The tree of a Stack as lines of a table: one for each object, container and remark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.resources import Resource
from fleet.belonging import STATEFULSETS
from fleet.columns import Column
from fleet.kinds import APPLICATIONS, PODS, STACKS, UPDATES, WORKSPACES
from fleet.query import Subject
from fleet.rows import Key
from fleet.tree import Node
from stacks.text import one_line
from stacks.times import span
from tui.tables.faces import Extent, Face

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
class Branch:
    """One line of the tree. `place` is its number, `over` the node that it grows from."""

    place: int
    path: tuple[str, ...]
    drawn: str
    context: str
    node: Node
    over: Node | None

    @property
    def whole(self) -> tuple[Resource, Key] | None:
        """The object that this line is, or is a part of; None for a remark."""
        node = self.over if self.node.kind in CONTAINERS else self.node
        if node is None or node.kind not in RESOURCES or not node.name:
            return None
        return RESOURCES[node.kind], Key(node.context or self.context, node.namespace, node.name)

    @property
    def log(self) -> tuple[str, str]:
        """The pod and the container whose log this line has; empty for all of them, or none."""
        if self.node.kind in CONTAINERS and self.over is not None:
            return self.over.name, self.node.name
        return (self.node.name, "") if self.node.kind == "Pod" else ("", "")


def branches(root: Node, context: str) -> list[Branch]:
    """The lines of a tree from the top."""
    return [
        Branch(place, path, drawn, context, node, over)
        for place, (path, drawn, node, over) in enumerate(_walk(root, (), "", "", None))
    ]


def _walk(
    node: Node, path: tuple[str, ...], first: str, rest: str, over: Node | None
) -> Iterator[tuple[tuple[str, ...], str, Node, Node | None]]:
    here = (*path, f"{node.kind}/{node.name}")
    yield here, f"{first}{' '.join(word for word in (node.kind, node.name) if word)}", node, over
    for place, child in enumerate(node.children):
        last = place == len(node.children) - 1
        yield from _walk(child, here, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), node)


def _tone(row: Branch, column: str) -> str:
    if column == "state":
        return row.node.mood or ("odd" if row.node.state == "hidden" else "")
    if column == "object":
        return "name" if row.node.kind in ("Application", "Stack") else ""
    return "bad" if column == "text" and row.node.mood == "bad" else "dim" if column in ("age", "took") else ""


def _age(row: Branch, now: float) -> str:
    return "" if row.node.since is None else span(now - row.node.since)


def _took(row: Branch, now: float) -> str:
    return "" if row.node.lasted is None else span(row.node.lasted)


TREE_FACE: Face[Branch] = Face(
    noun="Tree",
    columns=(
        Column("object", "OBJECT", lambda row, now: row.drawn, lambda row: row.place),
        Column("state", "STATE", lambda row, now: row.node.state, lambda row: row.place),
        Column("age", "AGE", _age, lambda row: row.place),
        Column("took", "TOOK", _took, lambda row: row.place),
        Column("text", "WHAT IT SAYS", lambda row, now: one_line(row.node.text), lambda row: row.place),
    ),
    extents={
        "object": Extent(0, 24, 70),
        "state": Extent(0, 12, 26),
        "age": Extent(2, 6, 8),
        "took": Extent(3, 4, 10),
        "text": Extent(1, 18, 4000),
    },
    identity=lambda row: row.path,
    context=lambda row: row.context,
    namespace=lambda row: row.node.namespace,
    tone=_tone,
    order=lambda row: row.place,
    order_name="place",
    subject=lambda row: Subject(row.drawn.lower()),
    broken=lambda row: row.node.mood == "bad",
    aging="age",
    aging_else="state",
)
