"""The logs of a context while they are written: Stacks, pods and containers come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from cluster.container_logs.log_stream import LogRefused, LogResumed, LogWaiting, LogWindow
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.watch.namespaces import follow_namespaces
from cluster.watch.reflector import follow
from cluster.watch.watch_events import Alive, Arrived, Lost, Removed, Synced
from fleet.board.rows import Key
from fleet.logs.listed_logs import no_such_container, read_by_name, read_operator
from fleet.logs.log_events import ContextSettled, LogNote, LogNotice, LogSource, StackChanged
from fleet.logs.log_session import LogSession
from fleet.logs.missing_log import PKO_1
from fleet.logs.open_log import OpenLog, say_farewell, start_reading
from fleet.resource_kinds import STACKS
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import WORKSPACE_PODS, PodOwnership, pods_selector
from stacks.phases.phase import RelatedObjects
from stacks.phases.rules import phase
from stacks.records.pod import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import workspace_of
from stacks.versions import is_pko_1

LATE = 0.5
"""seconds for which the logs of other contexts wait for one whose pods aren't known yet"""
_SINGLY = 20
"""names that are followed one by one; where more are meant, their namespaces are"""
_AGAIN = 2.0
"""seconds until a pod is asked again whose it is, where that couldn't be answered"""


async def follow_context(desk: LogSession, connection: Connection, who: StackSelector) -> None:
    """Follow the logs of all these Stacks' pods, of those that there are and of those to come."""
    waking = asyncio.get_running_loop().call_later(LATE, desk.merger.release, who.context)
    try:
        await _Context(desk, connection, who).run()
    finally:
        waking.cancel()
        desk.merger.release(who.context)


class _Context:
    """What is known of the Stacks and pods of one context."""

    def __init__(self, desk: LogSession, connection: Connection, who: StackSelector) -> None:
        self._desk = desk
        self._connection = connection
        self._who = who
        self._belonging = PodOwnership(connection)
        self._stacks: dict[Key, Stack] = {}
        self._pods: dict[tuple[str, str], WorkspacePod] = {}
        self._readings: dict[str, dict[str, OpenLog]] = {}
        self._seen: set[Key] = set()
        self._told: dict[object, object] = {}
        self._unsynced = 0
        self._settled = asyncio.Event()
        self._put_off = False
        self._hurry = asyncio.Event()
        self._began = False
        self._placing = 0
        self._refused = 0
        self._synced = False

    async def run(self) -> None:
        stacks = self._stack_followers()
        self._unsynced = len(stacks)
        for name, follower in stacks:
            self._desk.start(self._hear(follower, partial(self._take_stacks, name), "stacks"))
        await self._settled.wait()
        if self._refused == len(stacks):
            return  # whose Stacks may not be read, has none whose pods could be followed
        if self._desk.wish.operator and self._stacks:
            await read_operator(self._desk, self._connection, self._who.context, self._stacks, self._desk.wish.window)
        await self._hear(self._pod_follower(), self._take_pods, "pods")

    def _stack_followers(self) -> list[tuple[str, AsyncGenerator[Any, None]]]:
        """Each with the name that it knows of; empty for one that knows all."""
        who, connection = self._who, self._connection
        namespaces = who.namespaces or (None,)
        if who.names and len(who.names) * len(namespaces) <= _SINGLY:
            return [
                (name, follow(connection, STACKS, namespace, field_selector=f"metadata.name={name}", hurry=self._hurry))
                for namespace in namespaces
                for name in who.names
            ]
        own = (connection.target.namespace,)
        selector = who.label_selector
        return [
            ("", follow_namespaces(connection, STACKS, who.namespaces, own, label_selector=selector, hurry=self._hurry))
        ]

    def _pod_follower(self) -> AsyncGenerator[Any, None]:
        """All that may become the pods of these Stacks. With a selector new Stacks may come, with any workspace."""
        workspaces = [workspace_of(stack) for stack in self._stacks.values()]
        names = list(dict.fromkeys((*self._who.names, *workspaces))) if self._who.names else []
        own = (self._connection.target.namespace,)
        selector = pods_selector(names)
        return follow_namespaces(
            self._connection, WORKSPACE_PODS, self._who.namespaces, own, label_selector=selector, hurry=self._hurry
        )

    async def _hear(self, follower: AsyncGenerator[Any, None], take: Callable[[Any], None], what: str) -> None:
        """Believe what a follower says. That the cluster is lost is told once, and once that it is back."""
        context = self._who.context
        lost = False
        async with aclosing(follower) as events:
            async for event in events:
                if isinstance(event, Lost):
                    if event.forbidden or event.absent:
                        self._give_up(event, what)
                        return
                    lost = True
                    self._tell(context, LogWaiting(event.reason, lost=True))
                    self._settle_for_now()
                    continue
                if lost and isinstance(event, Synced | Alive):
                    lost = False
                    self._tell(context, LogResumed())
                take(event)

    def _give_up(self, lost: Lost, what: str) -> None:
        if what == "pods":
            self._desk.say(
                LogNotice(self._who.context, LogNote(f"pods may not be read ({lost.reason}); taken by usual name"))
            )
            read_by_name(self._desk, self._connection, self._stacks)
            self._desk.say(LogNotice(self._who.context, ContextSettled(pods=True)))
            return
        reason = "PKO's CRDs aren't installed there" if lost.absent else lost.reason
        self._refused += 1
        self._desk.say(LogNotice(self._who.context, LogRefused(reason, lost.code)))
        self._settle()

    def _settle(self) -> None:
        """What there was at first is known, or that it may not be."""
        if self._settled.is_set():
            return
        self._unsynced -= 1
        if self._unsynced <= 0:
            self._desk.say(LogNotice(self._who.context, ContextSettled()))
            self._settled.set()

    def _settle_for_now(self) -> None:
        """Nobody else is kept waiting for a cluster that can't be asked. Once it can, it settles once more."""
        if not (self._settled.is_set() or self._put_off):
            self._put_off = True
            self._desk.say(LogNotice(self._who.context, ContextSettled()))

    def _take_stacks(self, only: str, event: Any) -> None:
        match event:
            case Arrived(objects):
                for stack in objects:
                    self._take_stack(stack)
            case Removed(keys):
                for namespace, name in keys:
                    self._drop_stack(Key(self._who.context, namespace, name))
            case Synced(namespace, keys):
                for key in list(self._stacks):
                    known = only in ("", key.name) and namespace in (None, key.namespace)
                    if known and (key.namespace, key.name) not in keys:
                        self._drop_stack(key)
                self._settle()

    def _take_stack(self, stack: Stack) -> None:
        key = Key(self._who.context, stack.metadata.namespace, stack.metadata.name)
        if self._who.names and key.name not in self._who.names:
            return
        before = self._stacks.get(key)
        self._stacks[key] = stack
        if before is not None and before.metadata.uid != stack.metadata.uid:
            self._desk.say(LogNotice(key, LogNote("the Stack was deleted and created anew")))
        self._desk.say(StackChanged(key, stack))
        if before is None:
            for pod in self._pods.values():
                self._consider(pod)
        self._tell_what_it_waits_for(key)

    def _drop_stack(self, key: Key) -> None:
        if self._stacks.pop(key, None) is not None:
            self._desk.say(StackChanged(key, None))

    def _take_pods(self, event: Any) -> None:
        match event:
            case Arrived(objects):
                for pod in objects:
                    self._pods[pod.metadata.namespace, pod.metadata.name] = pod
                    self._consider(pod)
            case Removed(keys):
                for key in keys:
                    self._drop_pod(key)
            case Synced(namespace, keys):
                for key in [key for key in self._pods if namespace in (None, key[0]) and key not in keys]:
                    self._drop_pod(key)
                self._synced = True
                self._begin()

    def _begin(self) -> None:
        """Once it is known of all pods whose they are, what has none can be said to have none."""
        if self._placing:
            return
        if not self._began:
            self._began = True
            self._desk.merger.release(self._who.context)
            self._desk.say(LogNotice(self._who.context, ContextSettled(pods=True)))
        for stack in self._stacks:
            self._tell_what_it_waits_for(stack)

    def _consider(self, pod: WorkspacePod) -> None:
        self._placing += 1
        self._desk.start(self._placed(pod))

    async def _placed(self, pod: WorkspacePod) -> None:
        try:
            await self._place(pod)
        finally:
            self._placing -= 1
        if self._synced:
            self._begin()

    async def _place(self, pod: WorkspacePod) -> None:
        """Find out whose pod this is, and read what of it is wanted."""
        place = (pod.metadata.namespace, pod.metadata.name)
        while True:
            try:
                name = await self._belonging.stack_of(pod)
                break
            except ClusterError:
                await self._desk.sleep(_AGAIN)
                if self._pods.get(place) is not pod:
                    return  # by now there is a newer word of it
        if self._belonging.hidden:
            why = f"owners may not be read, so pods are taken by name ({self._belonging.hidden})"
            self._tell((self._who.context, "owners"), LogNote(why), self._who.context)
        key = Key(self._who.context, pod.metadata.namespace, name)
        if key in self._stacks and self._pods.get(place) is pod:
            self._read(key, pod)

    def _read(self, key: Key, pod: WorkspacePod) -> None:
        readings = self._readings.get(pod.metadata.uid)
        if readings is None:
            readings = self._readings[pod.metadata.uid] = {}
            if key in self._seen:
                self._desk.say(LogNotice(key, LogNote(f"pod {pod.metadata.name} was made anew")))
        later = key in self._seen
        wish = self._desk.wish
        chosen = wish.choose(pod)
        if not chosen:
            self._tell(pod.metadata.uid, no_such_container(wish.containers, pod), key)
        for container in chosen:
            if container not in readings:
                origin = LogSource(key, pod.metadata.name, container, pod.metadata.uid)
                window = LogWindow(follow=True) if later else wish.window
                readings[container] = start_reading(self._desk, self._connection, origin, window, back=self._hurry)
        self._seen.add(key)
        for reading in readings.values():
            reading.hurry.set()

    def _drop_pod(self, place: tuple[str, str]) -> None:
        pod = self._pods.pop(place, None)
        if pod is None:
            return
        for reading in self._readings.get(pod.metadata.uid, {}).values():
            self._desk.start(say_farewell(self._desk, reading))

    def _tell_what_it_waits_for(self, key: Key) -> None:
        """A Stack without a pod has no log yet; what keeps it from having one is in its phase."""
        stack = self._stacks.get(key)
        if not self._began or stack is None or key in self._seen:
            return
        if is_pko_1(stack):
            self._tell(key, LogRefused(PKO_1))
            return
        now = time.time()
        doing = phase(stack, RelatedObjects(), now)
        said = LogWaiting(f"there is no workspace pod yet (the stack: {doing.words(now)})")
        if self._told.get(key) != (doing.name, doing.detail):
            self._told[key] = (doing.name, doing.detail)
            self._desk.say(LogNotice(key, said))

    def _tell(self, about: Any, said: Any, whom: Any = None) -> None:
        """Say something, unless it was the last thing that was said about it."""
        if self._told.get(about) != said:
            self._told[about] = said
            self._desk.say(LogNotice(about if whom is None else whom, said))
