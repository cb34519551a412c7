"""Marked rows. A mark belongs to an object, wherever it is listed, and goes when that goes."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Sequence


class Marks:
    """The keys that are marked, and the one that a range would start from."""

    def __init__(self) -> None:
        self._keys: set[Hashable] = set()
        self._anchor: Hashable | None = None

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._keys)

    def toggle(self, keys: Sequence[Hashable]) -> None:
        """Mark these; if all of them are marked already, take their marks away."""
        if not keys:
            return
        if self._keys.issuperset(keys):
            self._keys.difference_update(keys)
            self._anchor = None
        else:
            self._keys.update(keys)
            self._anchor = keys[-1]

    def extend(self, lines: Sequence[Hashable], to: Sequence[Hashable]) -> None:
        """Mark all lines from the anchor to these; without an anchor just these."""
        if not to:
            return
        places = [lines.index(key) for key in (self._anchor, to[0], to[-1]) if key in lines]
        if self._anchor in lines and places:
            self._keys.update(lines[min(places) : max(places) + 1])
        self._keys.update(to)
        self._anchor = to[-1]

    def discard(self, key: Hashable) -> None:
        """Take one mark away."""
        self._keys.discard(key)

    def clear(self) -> None:
        """Take all marks away."""
        self._keys.clear()
        self._anchor = None

    def keep(self, there: Container[Hashable]) -> None:
        """Forget the marks of what isn't there any more."""
        if gone := [key for key in self._keys if key not in there]:
            self._keys.difference_update(gone)
