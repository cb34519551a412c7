"""The board: every Stack and Application of every context, judged and joined.

Feeds put records in, front ends read rows out, and `version` moves exactly when there is something
new to draw. Nothing here waits or looks at a clock; `now` comes in with every call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from cluster.watch.store import ObjectKey, changes
from cluster.watch.watch_events import WatchEvent
from fleet.board.application_index import ApplicationIndex
from fleet.board.context_state import ContextFacts, ContextState, KindVisibility
from fleet.board.holders import DestinationMap, HolderIndex
from fleet.board.relations import StackRelations, prerequisites
from fleet.board.rows import AppRow, Key, StackRow, run_name
from fleet.board.verdicts import judge
from health.result import Health
from stacks.argocd_tracking import normalised
from stacks.phases.phase import UNKNOWN_OPERATOR, OperatorState, PhaseThresholds, RelatedObjects
from stacks.phases.rules import phase
from stacks.records.application import Application
from stacks.records.pod import Pod
from stacks.records.stack import Stack
from stacks.records.update import Update
from stacks.records.workspace import Workspace


class Board:
    """All rows, by key. `judge` says the health of a Stack."""

    def __init__(
        self,
        patience: PhaseThresholds | None = None,
        places: DestinationMap | None = None,
        judge: Callable[[Stack], Health] = judge,
    ) -> None:
        self.version = 0
        self.patience = patience or PhaseThresholds()
        self._judge = judge
        self._joins = HolderIndex(places or DestinationMap())
        self._stacks: dict[Key, StackRow] = {}
        self._apps = ApplicationIndex(self._stacks)
        self._bonds = StackRelations()
        self._surroundings: dict[Key, RelatedObjects] = {}
        self._look_again: dict[Key, float] = {}
        self._contexts: dict[str, ContextState] = {}

    # Reading

    @property
    def stacks(self) -> Mapping[Key, StackRow]:
        """Every Stack's row. Another row is another object, and the same object says the same."""
        return MappingProxyType(self._stacks)

    @property
    def contexts(self) -> Mapping[str, ContextState]:
        return MappingProxyType(self._contexts)

    def app(self, key: Key) -> AppRow | None:
        """The row of one Application."""
        return self._apps.row(key)

    def apps(self) -> list[AppRow]:
        """A row for every Application, in no order; the one of before where nothing about it may differ."""
        return self._apps.rows()

    def surroundings(self, key: Key) -> RelatedObjects:
        """What is known of the objects around a Stack."""
        return self._surroundings.get(key, RelatedObjects())

    # Contexts

    def open(self, context: str) -> None:
        """A context is going to be watched."""
        self._contexts[context] = ContextState(context)
        self.version += 1

    def address(self, context: str, server: str, now: float) -> None:
        """The API server of a context, by which Applications elsewhere may mean it."""
        places = self._joins.places
        self.describe(context, server=server)
        self._settle(replace(places, servers={**places.servers, context: normalised(server)}), now)

    def describe(self, context: str, **facts: object) -> None:
        """Something about a context itself was found out (fields of ContextState)."""
        before = self._contexts.get(context)
        if before is None:
            return
        after = replace(before, **facts)  # type: ignore[arg-type]
        if after == before:
            return
        self._contexts[context] = after
        self.version += 1

    def place(self, clusters: Mapping[tuple[str, str], str], now: float) -> None:
        """A hub's Argo CD says which server its clusters have: (hub, name) -> server."""
        places = self._joins.places
        self._settle(replace(places, clusters={**places.clusters, **clusters}), now)

    def _settle(self, places: DestinationMap, now: float) -> None:
        """Where destinations lead is known better now: every Stack may have another holder."""
        if places == self._joins.places:
            return
        self._joins.places = places
        self._reconsider(list(self._stacks), now, rejoin=True)

    def survey(self, context: str, found: ContextFacts, now: float) -> None:
        """Somebody looked at what runs in a context."""
        self.describe(
            context,
            server_version=found.server_version,
            operator_namespace=found.operator_namespace,
            argocd_version=found.argocd_version,
            argocd_namespace=found.argocd_namespace,
            hidden=found.hidden,
            surveyed=True,
        )
        self.meet_operator(context, found.operator, now)

    def meet_operator(self, context: str, operator: OperatorState, now: float) -> None:
        """The operator of a context was looked at: its version decides what retries mean."""
        before = self._contexts.get(context)
        if before is None or before.operator == operator:
            return
        self._contexts[context] = replace(before, operator=operator)
        self.version += 1
        self._reconsider([key for key in self._stacks if key.context == context], now)

    def leave(self, context: str) -> None:
        """A context isn't watched any more: everything of it goes."""
        self._contexts.pop(context, None)
        for key in [key for key in self._stacks if key.context == context]:
            self._drop_stack(key, now=0.0)
        for key in [key for key in self._apps if key.context == context]:
            self._drop_app(key, now=0.0)
        self.version += 1

    # Feeding

    def take_stacks(self, context: str, event: WatchEvent[Stack], now: float) -> None:
        """What the follower of a context's Stacks said."""
        self._hear(context, "stacks", event, now)
        for (namespace, name), stack in changes(event, _within(context, self._stacks)):
            if stack is not None:
                self.put_stack(context, stack, now)
            else:
                self._drop_stack(Key(context, namespace, name), now)

    def take_apps(self, context: str, event: WatchEvent[Application], now: float) -> None:
        """What the follower of a context's Applications said."""
        self._hear(context, "applications", event, now)
        for (namespace, name), app in changes(event, _within(context, self._apps)):
            if app is not None:
                self.put_app(context, app, now)
            else:
                self._drop_app(Key(context, namespace, name), now)

    def put_stack(self, context: str, stack: Stack, now: float) -> None:
        """A Stack as it is now."""
        key = Key(context, stack.metadata.namespace, stack.metadata.name)
        before = self._stacks.get(key)
        if before is not None and before.stack == stack:
            return
        moved = self._bonds.put(key, before.stack if before else None, stack)
        self._forget_old_surroundings(key, before, stack)
        self._conclude(key, stack, now, rejoin=moved)

    def put_app(self, context: str, app: Application, now: float) -> None:
        """An Application as it is now."""
        key = Key(context, app.metadata.namespace, app.metadata.name)
        if self._apps.get(key) == app:
            return
        self._apps.put(key, app)
        affected = self._joins.put(key, app)
        self.version += 1
        self._reconsider(self._bonds.of_application(key.name, affected), now, rejoin=True)

    def look(
        self,
        key: Key,
        now: float,
        *,
        update: Update | None = None,
        update_gone: bool | None = None,
        workspace: Workspace | None = None,
        pod: Pod | None = None,
        pod_known: bool = False,
    ) -> None:
        """Somebody looked at the objects around a Stack. What isn't given stays as it was."""
        row = self._stacks.get(key)
        if row is None:
            return
        known = self.surroundings(key)
        if update_gone is not None:
            known = replace(known, update=update, update_gone=update_gone)
        if workspace is not None:
            known = replace(known, workspace=workspace)
        if pod_known:
            known = replace(known, pod=pod)
        self._surroundings[key] = known
        self._conclude(key, row.stack, now)

    def tick(self, now: float) -> None:
        """Think again about the Stacks whose phase changes by the passing of time alone.

        Where a context can't be seen, nobody knows what time has changed.
        """
        stale = {name for name, state in self._contexts.items() if state.stale(now)}
        due = [key for key, at in self._look_again.items() if at <= now and key.context not in stale]
        self._reconsider(due, now)

    # Concluding

    def _conclude(self, key: Key, stack: Stack, now: float, *, rejoin: bool = False) -> None:
        """Judge the Stack anew. Its holder is looked for only where a bond may have changed."""
        before = self._stacks.get(key)
        context = self._contexts.get(key.context)
        operator = context.operator if context else UNKNOWN_OPERATOR
        health = before.health if before is not None and before.stack is stack else self._judge(stack)
        around = self._around(key, stack, operator)
        what = phase(stack, around, now, self.patience)
        holder = self._joins.holder(key, stack) if rejoin or before is None else before.holder
        key = key if before is None else before.key  # the same object: what compares two rows is done with it at once
        row = StackRow(key, stack, health, what, what.urgency(now), holder, operator.version)
        if what.next_look is not None:
            self._look_again[key] = what.next_look
        else:
            self._look_again.pop(key, None)
        if before is not None and before.stack is stack and row == before:
            return
        self._stacks[key] = row
        self.version += 1
        self._apps.move(before, row)
        if before is None or _hopeless(before) != _hopeless(row):
            self._reconsider(self._bonds.waiting_for(key), now)

    def _reconsider(self, keys: Iterable[Key], now: float, *, rejoin: bool = False) -> None:
        for key in keys:
            if key in self._stacks:
                self._conclude(key, self._stacks[key].stack, now, rejoin=rejoin)

    def _around(self, key: Key, stack: Stack, operator: OperatorState) -> RelatedObjects:
        known = self._surroundings.get(key)
        broken: dict[str, str] = {}
        for prerequisite in prerequisites(key, stack):
            other = self._stacks.get(prerequisite)
            if other is not None and (why := _hopeless(other)):
                broken[prerequisite.name] = why
        if known is None:
            return RelatedObjects(operator=operator, broken=broken)
        return RelatedObjects(known.update, known.update_gone, known.workspace, known.pod, operator, broken)

    def _forget_old_surroundings(self, key: Key, before: StackRow | None, stack: Stack) -> None:
        """What was seen around another run, or around a namesake that is gone, says nothing about this one."""
        if key not in self._surroundings or before is None:
            return
        if run_name(before.stack) != run_name(stack) or before.stack.metadata.uid != stack.metadata.uid:
            del self._surroundings[key]

    def _drop_stack(self, key: Key, now: float) -> None:
        row = self._stacks.pop(key, None)
        if row is None:
            return
        self._bonds.drop(key, row.stack)
        self._apps.move(row, None)
        self._surroundings.pop(key, None)
        self._look_again.pop(key, None)
        self.version += 1
        self._reconsider(self._bonds.waiting_for(key), now)

    def _drop_app(self, key: Key, now: float) -> None:
        if not self._apps.drop(key):
            return
        affected = self._joins.drop(key)
        self.version += 1
        self._reconsider(self._bonds.of_application(key.name, affected), now, rejoin=True)
        self._apps.forget(key)

    def _hear(self, context: str, kind: str, event: object, now: float) -> None:
        state = self._contexts.get(context)
        if state is None:
            return
        before = state.sights.get(kind, KindVisibility())
        after = before.after(event, now)
        self._contexts[context] = replace(state, sights={**state.sights, kind: after})
        if (before.lost, before.synced, before.restricted) != (after.lost, after.synced, after.restricted):
            self.version += 1


def _within(context: str, rows: Iterable[Key]) -> Iterator[ObjectKey]:
    """The (namespace, name) of each of these that is in this context."""
    return ((key.namespace, key.name) for key in rows if key.context == context)


def _hopeless(row: StackRow) -> str:
    """Why a Stack won't be ready without help; empty while it may be."""
    return row.phase.name if row.phase.kind.hopeless else ""
