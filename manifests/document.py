"""One object of a manifest, with the place of each of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from manifests.problem import FieldPath, Position


class Document:
    """An object as a file, a pipe or a cluster has it.

    `value` is what the API server would get of it: plain words mean what Go's YAML makes of them. An object of a
    ``List`` is a document of its own, with the list's node and its place in it as `base`.
    """

    def __init__(
        self, file: str, index: int, value: Mapping[str, Any], node: Any = None, base: FieldPath = (), text: str = ""
    ) -> None:
        self.file = file
        """the file as it is named in reports; for an object of a cluster, its context"""
        self.index = index
        """which document of the file it is, from 0"""
        self.value = value
        self.node = node
        """the YAML node of the whole document; None for an object that isn't in a file"""
        self.base = base
        self.text = text
        """the text of the whole file, for edits"""

    # What it is

    @cached_property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @cached_property
    def api_version(self) -> str:
        return self.word("apiVersion")

    @cached_property
    def kind(self) -> str:
        return self.word("kind")

    @cached_property
    def name(self) -> str:
        return self.word("metadata", "name")

    @cached_property
    def namespace(self) -> str:
        """The namespace that stands in it; empty where none does."""
        return self.word("metadata", "namespace")

    @cached_property
    def annotations(self) -> Mapping[str, Any]:
        return self.mapping("metadata", "annotations")

    @cached_property
    def labels(self) -> Mapping[str, Any]:
        return self.mapping("metadata", "labels")

    @property
    def title(self) -> str:
        """Such as ``Stack shop/web``, or ``Application web`` where no namespace stands in it."""
        name = self.name or self.word("metadata", "generateName") or "(unnamed)"
        return (
            f"{self.kind or 'object'} {self.namespace}/{name}" if self.namespace else f"{self.kind or 'object'} {name}"
        )

    @property
    def is_live(self) -> bool:
        """Whether it comes from a cluster."""
        return self.node is None

    def __repr__(self) -> str:
        return f"<{self.title} in {self.file}>"

    # Its fields

    def at(self, *path: str | int) -> Any:
        """What stands at a path; None where nothing does."""
        found: Any = self.value
        for step in path:
            if type(found) is dict:  # what is usual first: asking for any mapping takes ten times as long
                found = found.get(step)
            elif found is None:
                return None
            elif isinstance(found, Mapping):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found

    def has(self, *path: str | int) -> bool:
        """Whether there is a key or an item at a path, be its value null or not."""
        above = self.at(*path[:-1])
        if isinstance(above, Mapping):
            return path[-1] in above
        return isinstance(above, list) and isinstance(path[-1], int) and 0 <= path[-1] < len(above)

    def word(self, *path: str | int) -> str:
        """A text at a path; empty for anything else."""
        found = self.at(*path)
        return found if isinstance(found, str) else ""

    def mapping(self, *path: str | int) -> Mapping[str, Any]:
        """A mapping at a path; an empty one for anything else."""
        found = self.at(*path)
        return found if type(found) is dict or isinstance(found, Mapping) else {}

    def items(self, *path: str | int) -> list[Any]:
        """A list at a path; an empty one for anything else."""
        found = self.at(*path)
        return found if isinstance(found, list) else []

    def mappings(self, *path: str | int) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
        """The mappings in a list at a path, each with its own path."""
        for place, item in enumerate(self.items(*path)):
            if type(item) is dict or isinstance(item, Mapping):
                yield (*path, place), item

    # Where they stand

    def position(self, path: FieldPath, *, of_value: bool = False) -> Position | None:
        """Where the key of a mapping or the item of a list stands; with `of_value` where its value begins.

        A path that isn't there stands for the deepest part of it that is. None for an object that isn't in a file.
        """
        key, value = self.nodes(path)
        found = value if of_value or key is None else key
        return None if found is None else Position(found.start_mark.line + 1, found.start_mark.column + 1)

    def nodes(self, path: FieldPath) -> tuple[Any, Any]:
        """The YAML nodes of the key and of the value at the deepest part of a path; the key's is None for a list's
        item and for the document itself."""
        key, found = None, self.node
        for step in (*self.base, *path):
            if found is None:
                break
            below = _below(found, step)
            if below is None:
                break
            key, found = below
        return key, found


def _below(node: Any, step: str | int) -> tuple[Any, Any] | None:
    kind = node.id
    if kind == "sequence" and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    if kind != "mapping":
        return None
    last = None
    for key, value in node.value:  # of a key that stands there twice, the last one counts
        if key.id == "scalar" and key.value == step:
            last = (key, value)
    return last or next(
        (found for key, value in node.value if key.value == "<<" and (found := _merged(value, step))), None
    )


def _merged(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """A key that another mapping brings in with ``<<``."""
    each = node.value if node.id == "sequence" else [node]
    return next((found for one in each if (found := _below(one, step)) is not None), None)
