"""Where in a cell the filter's words are, so that a reader sees why a row is listed."""

from __future__ import annotations

from dataclasses import dataclass

from views.filter import Filter


@dataclass(frozen=True)
class FilterMatches:
    """The texts to be looked for in every cell, and the letters to be looked for in names; in lower case."""

    needles: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Filter) -> FilterMatches:
        """What this filter can show of itself."""
        return cls(query.needles, query.letters)

    def __bool__(self) -> bool:
        return bool(self.needles or self.letters)

    def spans(self, text: str, *, name: bool = False) -> list[tuple[int, int]]:
        """(start, end) of everything that matches, from the left, without overlaps."""
        lower = text.lower()
        if len(lower) != len(text):  # a few letters get longer when they are lowered: places would be wrong
            return []
        places: set[int] = set()
        for needle in self.needles:
            start = lower.find(needle)
            while start >= 0:
                places.update(range(start, start + len(needle)))
                start = lower.find(needle, start + len(needle))
        for letters in self.letters if name else ():
            places.update(_letters(lower, letters))
        return _runs(sorted(places))


NO_MATCHES = FilterMatches()


def _letters(text: str, letters: str) -> list[int]:
    """The places of these letters in this order; none if they aren't all there."""
    places: list[int] = []
    at = -1
    for letter in letters:
        at = text.find(letter, at + 1)
        if at < 0:
            return []
        places.append(at)
    return places


def _runs(places: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
