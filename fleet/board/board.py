"""The board: a row for every Stack and Application of every context, with health, phase and who holds whom.

Feeds put records in (`apply_*`, `put_*`, `set_*`, and `recompute_due` as time passes), front ends read rows out, and
`version` moves exactly when there is something new to draw. Nothing here waits or looks at a clock; `now` comes in with
every call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from msgspec import structs

from cluster.watch.store import ObjectKey, changes
from cluster.watch.watch_events import WatchEvent
from fleet.board.context_state import ContextFacts, ContextState, KindVisibility
from fleet.board.relations import ApplicationIndex, DestinationMap, HolderIndex, StackRelations, prerequisites
from fleet.board.rows import AppRow, Key, StackRow, run_name
from fleet.board.stack_health import judge
from health.result import Health
from stacks.argocd_tracking import normalised
from stacks.operator import UNKNOWN_OPERATOR, OperatorState
from stacks.phases.phase import PhaseEvidence, PhaseThresholds
from stacks.phases.rules import phase
from stacks.records.application import Application
from stacks.records.kubernetes import Pod
from stacks.records.stack import Stack, interned
from stacks.records.workspace import Update, Workspace


class Board:
    """The rows of all Stacks and Applications. `long_lived`: takes time to keep once what many Stacks have alike."""

    def __init__(
        self,
        thresholds: PhaseThresholds | None = None,
        destinations: DestinationMap | None = None,
        health_check: Callable[[Stack], Health] = judge,
        *,
        long_lived: bool = False,
    ) -> None:
        self.version = 0
        self.thresholds = thresholds or PhaseThresholds()
        self._health_check = health_check
        self._long_lived = long_lived
        self._holders = HolderIndex(destinations or DestinationMap())
        self._stacks: dict[Key, StackRow] = {}
        self._apps = ApplicationIndex(self._stacks)
        self._relations = StackRelations()
        self._related: dict[Key, PhaseEvidence] = {}
        self._recheck_at: dict[Key, float] = {}
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
        return self._apps.row(key)

    def apps(self) -> list[AppRow]:
        """A row for every Application, in no order; the one of before where nothing about it may differ."""
        return self._apps.rows()

    def related_objects(self, key: Key) -> PhaseEvidence:
        return self._related.get(key, PhaseEvidence())

    # Contexts

    def open(self, context: str) -> None:
        """Add a context that is going to be watched; until something is seen of it, it is connecting."""
        self._contexts[context] = ContextState(context)
        self.version += 1

    def set_server(self, context: str, server: str, now: float) -> None:
        """Set the URL of a context's API server, by which Applications elsewhere may mean this context."""
        destinations = self._holders.destinations
        self.set_context_fields(context, server=server)
        self._set_destinations(
            replace(destinations, servers={**destinations.servers, context: normalised(server)}), now
        )

    def set_context_fields(self, context: str, **facts: object) -> None:
        """Set fields of a context's `ContextState`."""
        before = self._contexts.get(context)
        if before is None:
            return
        after = replace(before, **facts)  # type: ignore[arg-type]
        if after == before:
            return
        self._contexts[context] = after
        self.version += 1

    def add_cluster_servers(self, clusters: Mapping[tuple[str, str], str], now: float) -> None:
        """Add the servers of clusters that an Argo CD knows: (context of the Argo CD, name of the cluster) -> URL."""
        destinations = self._holders.destinations
        self._set_destinations(replace(destinations, clusters={**destinations.clusters, **clusters}), now)

    def _set_destinations(self, destinations: DestinationMap, now: float) -> None:
        """Use another map of destinations. Every Stack may have another holder by it."""
        if destinations == self._holders.destinations:
            return
        self._holders.destinations = destinations
        self._recompute(list(self._stacks), now, find_holder=True)

    def apply_survey(self, context: str, found: ContextFacts, now: float) -> None:
        """Apply what was found out about a context itself and what runs there."""
        facts = vars(found).copy()
        self.set_operator(context, facts.pop("operator"), now)
        self.set_context_fields(context, surveyed=True, **facts)

    def set_operator(self, context: str, operator: OperatorState, now: float) -> None:
        """Set the state of a context's operator, and recompute its rows: the version decides when retries come."""
        before = self._contexts.get(context)
        if before is None or before.operator == operator:
            return
        self._contexts[context] = replace(before, operator=operator)
        self.version += 1
        self._recompute([key for key in self._stacks if key.context == context], now)

    def close(self, context: str) -> None:
        """Remove a context that isn't watched any more, with all its rows."""
        self._contexts.pop(context, None)
        for key in [key for key in self._stacks if key.context == context]:
            self._drop_stack(key, now=0.0)
        for key in [key for key in self._apps if key.context == context]:
            self._drop_app(key, now=0.0)
        self.version += 1

    # Applying what is seen

    def apply_stack_event(self, context: str, event: WatchEvent[Stack], now: float) -> None:
        self._update_visibility(context, "stacks", event, now)
        for (namespace, name), stack in changes(event, _within(context, self._stacks)):
            if stack is not None:
                self.put_stack(context, stack, now)
            else:
                self._drop_stack(Key(context, namespace, name), now)

    def apply_application_event(self, context: str, event: WatchEvent[Application], now: float) -> None:
        self._update_visibility(context, "applications", event, now)
        for (namespace, name), app in changes(event, _within(context, self._apps)):
            if app is not None:
                self.put_app(context, app, now)
            else:
                self._drop_app(Key(context, namespace, name), now)

    def put_stack(self, context: str, stack: Stack, now: float) -> None:
        """Add or replace a Stack, and recompute its row. A Stack that is as it was changes nothing."""
        key = Key(context, stack.metadata.namespace, stack.metadata.name)
        before = self._stacks.get(key)
        if before is not None and before.stack == stack:
            return
        if self._long_lived:
            stack = interned(stack)
        related_anew = self._relations.put(key, before.stack if before else None, stack)
        self._forget_outdated(key, before, stack)
        self._recompute_row(key, stack, now, find_holder=related_anew)

    def put_app(self, context: str, app: Application, now: float) -> None:
        """Add or replace an Application, and recompute the rows of the Stacks that it may hold."""
        key = Key(context, app.metadata.namespace, app.metadata.name)
        if self._apps.get(key) == app:
            return
        self._apps.put(key, app)
        affected = self._holders.put(key, app)
        self.version += 1
        self._recompute(self._relations.of_application(key.name, affected), now, find_holder=True)

    def set_related_objects(
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
        """Apply what was read around a Stack. Without `update_gone` the Update stays, without `pod_known` the pod."""
        row = self._stacks.get(key)
        if row is None:
            return
        known = self.related_objects(key)
        if update_gone is not None:
            known = structs.replace(known, update=update, update_gone=update_gone)
        if workspace is not None:
            known = structs.replace(known, workspace=workspace)
        if pod_known:
            known = structs.replace(known, pod=pod)
        self._related[key] = known
        self._recompute_row(key, row.stack, now)

    def recompute_due(self, now: float, contexts: Iterable[str] | None = None) -> None:
        """Recompute the rows whose phase changes by time alone, of all contexts or of these.

        Where a context can't be seen, nobody knows how.
        """
        wanted = None if contexts is None else set(contexts)
        stale = {n for n, state in self._contexts.items() if state.stale(now) or not (wanted is None or n in wanted)}
        due = [key for key, at in self._recheck_at.items() if at <= now and key.context not in stale]
        self._recompute(due, now)

    # Recomputing

    def _recompute_row(self, key: Key, stack: Stack, now: float, *, find_holder: bool = False) -> None:
        """Compute the row of a Stack, and replace the one of before if it differs.

        The Application that holds it is looked for only with `find_holder`, where a relation may have changed. Stacks
        that wait for this one are recomputed too if it became hopeless, or has got over it.
        """
        before = self._stacks.get(key)
        context = self._contexts.get(key.context)
        operator = context.operator if context else UNKNOWN_OPERATOR
        health = before.health if before is not None and before.stack is stack else self._health_check(stack)
        related = self._related_to(key, stack, operator)
        current = phase(stack, related, now, self.thresholds)
        holder = self._holders.holder(key, stack) if find_holder or before is None else before.holder
        key = key if before is None else before.key  # the same object: what compares two rows is done with it at once
        row = StackRow(key, stack, health, current, current.urgency(now), holder, operator.version)
        if current.recheck_at is not None:
            self._recheck_at[key] = current.recheck_at
        else:
            self._recheck_at.pop(key, None)
        if before is not None and before.stack is stack and row == before:
            return
        self._stacks[key] = row
        self.version += 1
        self._apps.stack_changed(before, row)
        if before is None or _hopeless(before) != _hopeless(row):
            self._recompute(self._relations.waiting_for(key), now)

    def _recompute(self, keys: Iterable[Key], now: float, *, find_holder: bool = False) -> None:
        for key in keys:
            if key in self._stacks:
                self._recompute_row(key, self._stacks[key].stack, now, find_holder=find_holder)

    def _related_to(self, key: Key, stack: Stack, operator: OperatorState) -> PhaseEvidence:
        known = self._related.get(key)
        broken: dict[str, str] = {}
        for prerequisite in prerequisites(key, stack):
            other = self._stacks.get(prerequisite)
            if other is not None and (why := _hopeless(other)):
                broken[prerequisite.name] = why
        if known is None:
            return PhaseEvidence(operator=operator, broken=broken)
        return PhaseEvidence(known.update, known.update_gone, known.workspace, known.pod, operator, broken)

    def _forget_outdated(self, key: Key, before: StackRow | None, stack: Stack) -> None:
        """Forget the related objects of another run, or of a Stack of the same name that was deleted."""
        if key not in self._related or before is None:
            return
        if run_name(before.stack) != run_name(stack) or before.stack.metadata.uid != stack.metadata.uid:
            del self._related[key]

    def _drop_stack(self, key: Key, now: float) -> None:
        row = self._stacks.pop(key, None)
        if row is None:
            return
        self._relations.drop(key, row.stack)
        self._apps.stack_changed(row, None)
        self._related.pop(key, None)
        self._recheck_at.pop(key, None)
        self.version += 1
        self._recompute(self._relations.waiting_for(key), now)

    def _drop_app(self, key: Key, now: float) -> None:
        if not self._apps.drop(key):
            return
        affected = self._holders.drop(key)
        self.version += 1
        self._recompute(self._relations.of_application(key.name, affected), now, find_holder=True)
        self._apps.forget(key)

    def _update_visibility(self, context: str, kind: str, event: object, now: float) -> None:
        state = self._contexts.get(context)
        if state is None:
            return
        before = state.visibility.get(kind, KindVisibility())
        after = before.after(event, now)
        self._contexts[context] = replace(state, visibility={**state.visibility, kind: after})
        if _seen(before) != _seen(after):
            self.version += 1


def _seen(visibility: KindVisibility) -> tuple[object, ...]:
    """What of it is drawn; the time of the last event and their number move all the time."""
    return visibility.lost, visibility.synced, visibility.restricted, visibility.unreadable


def _within(context: str, rows: Iterable[Key]) -> Iterator[ObjectKey]:
    """The (namespace, name) of each of these that is in this context."""
    return ((key.namespace, key.name) for key in rows if key.context == context)


def _hopeless(row: StackRow) -> str:
    """Why a Stack won't be ready without help; empty while it may be."""
    return row.phase.name if row.phase.kind.hopeless else ""
