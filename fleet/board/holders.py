"""Which Application holds which Stack, also across clusters.

The Stack carries a tracking annotation or label that names its Application, and the Application's status lists
what it holds. Neither is unique over many Argo CDs, so the Application's destination has to be the Stack's cluster.
Only the contexts on the board count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from fleet.board.rows import Holder, Key
from stacks.argocd_tracking import IN_CLUSTER, TrackingClaim, claim, lists, normalised
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
    """An index from Stacks to the Applications that may hold them."""

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
        """How sure it is that this Application holds the Stack; 0: it doesn't. From `_CERTAIN` on its cluster is known.

        An Application that lists the Stack counts more than one that the Stack only names.
        """
        app = self._apps[candidate]
        named = claimed is not None and claimed.name == candidate.name
        if claimed is not None and claimed.namespace is not None:
            named = named and claimed.namespace == candidate.namespace
        listed = lists(app, key.namespace, key.name)
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
