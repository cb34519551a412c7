"""Which Application holds which Stack, also across clusters, and which Stacks wait for which.

The Stack carries a tracking annotation or label that names its Application, and the Application's status lists
what it holds. Neither is unique over many Argo CDs, so the Application's destination has to be the Stack's cluster.
Only the contexts on the board count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from fleet.board.rows import AppRow, Holder, Key, StackRow
from fleet.board.stack_health import tally
from stacks.argocd_tracking import IN_CLUSTER, TrackingClaim, claim, normalised
from stacks.records.application import Application, Destination
from stacks.records.stack import Stack

IndexKey = TypeVar("IndexKey")


@dataclass(frozen=True)
class DestinationMap:
    """How destinations of Applications map to contexts.

    `servers` are the normalised API server URLs of the contexts. `mapping` is what the
    user configured, and beats everything: a destination's server or name -> context. `clusters` is what Argo CD's own
    cluster Secrets say, where reading them was allowed: (hub context, server or name) -> server.
    """

    servers: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def contexts(self, hub: str, destination: Destination) -> frozenset[str] | None:
        """The contexts that this destination means, seen from the hub; None if nobody can tell."""
        for word in (destination.name, destination.server):
            if word and word in self.mapping:
                return frozenset({self.mapping[word]})
        if destination.name == "in-cluster" or normalised(destination.server) == normalised(IN_CLUSTER):
            return self._same_server(self.servers[hub]) if hub in self.servers else frozenset({hub})
        server = self.clusters.get((hub, destination.name)) or destination.server
        found = self._same_server(normalised(server)) if server else frozenset()
        if found:
            return found
        return frozenset({destination.name}) if destination.name in self.servers else None

    def _same_server(self, server: str) -> frozenset[str]:
        return frozenset(context for context, other in self.servers.items() if other == server)


class HolderIndex:
    def __init__(self, destinations: DestinationMap) -> None:
        self.destinations = destinations
        self._listing: dict[tuple[str, str], set[Key]] = {}
        self._named: dict[str, set[Key]] = {}
        self._apps: dict[Key, Application] = {}

    def put(self, key: Key, app: Application) -> set[tuple[str, str]]:
        """Remember the Application; returns the (namespace, name) of all Stacks whose holder may have changed."""
        before = self.drop(key)
        self._apps[key] = app
        self._named.setdefault(key.name, set()).add(key)
        now = _held(app)
        for stack in now:
            self._listing.setdefault(stack, set()).add(key)
        return before | now

    def drop(self, key: Key) -> set[tuple[str, str]]:
        """Forget the Application; returns the (namespace, name) of the Stacks that it listed."""
        app = self._apps.pop(key, None)
        if app is None:
            return set()
        _discard(self._named, key.name, key)
        held = _held(app)
        for stack in held:
            _discard(self._listing, stack, key)
        return held

    def holder(self, key: Key, stack: Stack) -> Holder | None:
        """The Application that holds this Stack, the surest one where several may; None if there is none."""
        claimed = claim(stack)
        candidates = set(self._listing.get((key.namespace, key.name), ()))
        if claimed is not None:
            candidates |= self._named.get(claimed.name, set())
        best: tuple[int, Key] | None = None
        for candidate in candidates:
            confidence = self._confidence(candidate, key, claimed)
            if confidence > 0 and (best is None or (confidence, candidate) > best):
                best = (confidence, candidate)
        if best is None:
            return None
        app = self._apps[best[1]]
        sync = app.status.sync.status if app.status else ""
        health = app.status.health.status if app.status else ""
        return Holder(best[1], sync, health, certain=best[0] >= _CERTAIN)

    def _confidence(self, candidate: Key, key: Key, claimed: TrackingClaim | None) -> int:
        """How sure it is that this Application holds the Stack; 0: it doesn't. From `_CERTAIN` on, in its cluster."""
        app = self._apps[candidate]
        named = claimed is not None and claimed.name == candidate.name
        if claimed is not None and claimed.namespace is not None:
            named = named and claimed.namespace == candidate.namespace
        listed = candidate in self._listing.get((key.namespace, key.name), ())
        targets = self.destinations.contexts(candidate.context, app.spec.destination)
        if targets is not None and key.context not in targets:
            return 0
        if targets is None and (candidate.context == key.context or not (listed and named)):
            return 0
        if claimed is not None and claimed.certain and not named:
            return 0
        if not listed and not (named and claimed is not None and claimed.certain):
            return 0
        return (_CERTAIN if targets is not None else 1) + 2 * listed + named


_CERTAIN = 10


def _held(app: Application) -> set[tuple[str, str]]:
    return {(r.namespace, r.name) for r in (app.status.resources if app.status else None) or ()}


def _discard(index: dict[IndexKey, set[Key]], at: IndexKey, key: Key) -> None:
    keys = index.get(at)
    if keys is not None:
        keys.discard(key)
        if not keys:
            del index[at]


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


class ApplicationIndex:
    """Applications by key. A row is made when it is asked for, and is the same object until it may differ."""

    def __init__(self, stacks: Mapping[Key, StackRow]) -> None:
        self._stacks = stacks
        self._apps: dict[Key, Application] = {}
        self._holds: dict[Key, set[Key]] = {}
        self._rows: dict[Key, AppRow] = {}

    def __iter__(self) -> Iterator[Key]:
        return iter(self._apps)

    def get(self, key: Key) -> Application | None:
        return self._apps.get(key)

    def row(self, key: Key) -> AppRow | None:
        row = self._rows.get(key)
        if row is None and (app := self._apps.get(key)) is not None:
            holds = tuple(sorted(self._holds.get(key, ())))
            verdicts = tally(self._stacks[stack].health.status for stack in holds)
            row = self._rows[key] = AppRow(key, app, holds, verdicts)
        return row

    def rows(self) -> list[AppRow]:
        """A row for every Application, in no order."""
        return [row for key in self._apps if (row := self.row(key)) is not None]

    def put(self, key: Key, app: Application) -> None:
        self._apps[key] = app
        self._rows.pop(key, None)

    def drop(self, key: Key) -> bool:
        """Remove an Application; says whether it was known. `forget` follows once its Stacks' rows are recomputed."""
        self._rows.pop(key, None)
        return self._apps.pop(key, None) is not None

    def forget(self, key: Key) -> None:
        """Forget which Stacks were held by an Application that was dropped."""
        self._holds.pop(key, None)

    def stack_changed(self, before: StackRow | None, after: StackRow | None) -> None:
        """Keep up with a Stack's row that was added (no `before`), removed (no `after`) or replaced."""
        old = before.holder.key if before is not None and before.holder is not None else None
        new = after.holder.key if after is not None and after.holder is not None else None
        if old == new and before is not None and after is not None and before.health.status == after.health.status:
            return
        if old is not None and before is not None:
            self._rows.pop(old, None)
            self._holds.get(old, set()).discard(before.key)
        if new is not None and after is not None:
            self._rows.pop(new, None)
            self._holds.setdefault(new, set()).add(after.key)
