"""Things by the namespaces that they may be in, so that those near an object are found without looking at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class NamespaceIndex(Generic[Thing]):
    """Namespaces are given as `Repository.namespaces` tells them: none stands for any."""

    def __init__(self) -> None:
        self._places: dict[str, dict[int, Thing]] = defaultdict(dict)
        self._all: dict[int, Thing] = {}

    def add(self, thing: Thing, namespaces: frozenset[str]) -> None:
        number = len(self._all)
        self._all[number] = thing
        for namespace in namespaces or ("",):
            self._places[namespace][number] = thing

    def near(self, namespaces: frozenset[str]) -> Iterator[Thing]:
        """Those that may share a namespace with something that may be in these, in the order in which they came."""
        if not namespaces:
            yield from self._all.values()
            return
        found: dict[int, Thing] = {}
        for namespace in ("", *namespaces):
            found.update(self._places.get(namespace, {}))
        for number in sorted(found):
            yield found[number]
