"""How Stacks are related: the prerequisites that one waits for, and the Application that it names."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.board.rows import Key
from stacks.argocd_tracking import claim
from stacks.records.stack import Stack


class StackRelations:
    """Finds the Stacks that wait for a Stack, and those that an Application may hold."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], set[Key]] = {}
        self._claiming: dict[str, set[Key]] = {}
        self._waiting: dict[Key, set[Key]] = {}

    def put(self, key: Key, before: Stack | None, after: Stack) -> bool:
        """Remember the relations of a Stack; returns whether they differ from those that it had."""
        if before is not None and _same(before, after):
            return False
        if before is not None:
            self.drop(key, before)
        self._at.setdefault((key.namespace, key.name), set()).add(key)
        if named := claim(after):
            self._claiming.setdefault(named.name, set()).add(key)
        for other in prerequisites(key, after):
            self._waiting.setdefault(other, set()).add(key)
        return True

    def drop(self, key: Key, stack: Stack) -> None:
        """Forget the relations of a Stack."""
        self._at.get((key.namespace, key.name), set()).discard(key)
        if named := claim(stack):
            self._claiming.get(named.name, set()).discard(key)
        for other in prerequisites(key, stack):
            self._waiting.get(other, set()).discard(key)

    def of_application(self, name: str, listed: Iterable[tuple[str, str]]) -> set[Key]:
        """The Stacks that an Application of this name may hold: that name it, or that it lists (namespace, name)."""
        return {key for place in listed for key in self._at.get(place, ())} | self._claiming.get(name, set())

    def waiting_for(self, key: Key) -> list[Key]:
        """The Stacks that have this one as a prerequisite, without itself."""
        return [other for other in self._waiting.get(key, ()) if other != key]


def prerequisites(key: Key, stack: Stack) -> list[Key]:
    """The Stacks that this one waits for: always in its own namespace."""
    return [Key(key.context, key.namespace, p.name) for p in stack.spec.prerequisites or () if p.name]


def _same(one: Stack, other: Stack) -> bool:
    return (
        one.metadata.annotations == other.metadata.annotations
        and one.metadata.labels == other.metadata.labels
        and one.spec.prerequisites == other.spec.prerequisites
    )
