"""Where a list that comes in pages has to end, whatever its server says of there being more."""

from __future__ import annotations

from collections.abc import Iterable

from cluster.errors import Garbled
from cluster.resources import Resource

MOST_OBJECTS = 250_000
"""of one kind in one context; a cluster's own store is full long before"""
MOST_PAGES = MOST_OBJECTS // 500
FUTILE_PAGES = 10
"""pages in a row without an object that hadn't come before"""


class ListBounds:
    """What has come of one list so far. Raises Garbled when it can't be the list of an API server any more."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self.keys: set[tuple[str, str]] = set()
        """(namespace, name) of every object that has come"""
        self._tokens: set[int] = set()
        self._futile = 0

    def note(self, continue_token: str, keys: Iterable[tuple[str, str]]) -> None:
        """A page with these objects has come, and the token that asks for the next (empty: it is the last)."""
        before = len(self.keys)
        self.keys.update(keys)
        if len(self.keys) > MOST_OBJECTS:
            raise Garbled(f"there are more than {MOST_OBJECTS:,} {self._resource}; so many aren't read")
        if not continue_token:
            return
        self._futile = 0 if len(self.keys) > before else self._futile + 1
        if hash(continue_token) in self._tokens or self._futile >= FUTILE_PAGES or len(self._tokens) >= MOST_PAGES:
            raise Garbled(f"the list of {self._resource} has no end: its server goes on sending pages")
        self._tokens.add(hash(continue_token))
