"""The logs of a context while they are written: Stacks, pods and containers come and go.

Stacks and pods are listed side by side, by the names that workspaces usually have, and a pod that says it is
one of these Stacks' has its log opened at once, while its owners are still asked. Not a line of it is shown
before they have answered that it is. So two requests in a row stand before the first line: the pods, the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from cluster.container_logs.container_status import ContainerInstance
from cluster.container_logs.log_stream import LogRefused, LogResumed, LogWaiting, LogWindow
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.resources import R
from cluster.watch.namespaces import follow_namespaces
from cluster.watch.reflector import follow
from cluster.watch.store import Store
from cluster.watch.watch_events import Alive, Arrived, Lost, Removed, Synced, WatchEvent
from fleet.board.rows import Key
from fleet.logs.log_events import About, ContextSettled, LogNote, Notice, StackChanged
from fleet.logs.log_session import LogSession
from fleet.logs.log_sources import workspace_source
from fleet.logs.missing_log import PKO_1
from fleet.logs.open_log import OpenLog
from fleet.logs.pod_logs import no_such_container, open_by_usual_names, open_operator_logs
from fleet.resource_kinds import STACKS, WORKSPACE_PODS
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import PodOwnership, claimed_workspace
from fleet.stack_objects.queries import pods_selector
from stacks.phases.phase import PhaseEvidence
from stacks.phases.rules import phase
from stacks.records.kubernetes import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import workspace_of
from stacks.versions import is_pko_1

LATE = 0.5
"""seconds for which the logs of other contexts wait for one whose pods aren't known yet"""
_SINGLY = 20
"""names that are followed one by one; where more are meant, their namespaces are"""
_RETRY = 2.0
"""seconds until the owners of a pod are asked again, where they couldn't be"""


async def follow_context(session: LogSession, connection: Connection, selector: StackSelector) -> None:
    """Follow the logs of all these Stacks' pods, of those that there are and of those to come."""
    release = asyncio.get_running_loop().call_later(LATE, session.merger.release, selector.context)
    try:
        await _FollowedContext(session, connection, selector).run()
    finally:
        release.cancel()
        session.merger.release(selector.context)


class _FollowedContext:
    """What is known of the Stacks and pods of one context, and the logs that are open."""

    def __init__(self, session: LogSession, connection: Connection, selector: StackSelector) -> None:
        self._session = session
        self._connection = connection
        self._selector = selector
        self._context = selector.context
        self._ownership = PodOwnership(connection)
        self._stacks: dict[Key, Stack] = {}
        self._workspaces: dict[tuple[str, str], Key] = {}
        """the Stacks by namespace and name of their Workspaces"""
        self._pods: Store[WorkspacePod] = Store()
        self._logs: dict[str, dict[str, OpenLog]] = {}
        """by the pod's uid and the container; of Stacks that are certain to be the pod's"""
        self._opened: set[Key] = set()
        """Stacks of which a log was opened"""
        self._opening_ahead: set[Key] = set()
        """Stacks of which a log is open before its owners have answered"""
        self._last_notices: dict[object, object] = {}
        self._retry_now = asyncio.Event()
        self._unlisted = 0
        """followers of Stacks whose first list hasn't come"""
        self._refused = 0
        """followers of Stacks that were refused"""
        self._stacks_known = asyncio.Event()
        self._announced_early = False
        self._operator_opened = False
        self._pods_listed = False
        self._pods_announced = False
        self._checks = 0
        """pods whose owners are being asked"""

    async def run(self) -> None:
        """Follow Stacks and pods until the session ends, or until it is clear that the Stacks may not be read."""
        stacks = self._stack_followers()
        self._unlisted = len(stacks)
        for follower in stacks:
            self._session.start_task(self._follow_stacks(follower))
        names = list(self._selector.names)
        pods = self._session.start_task(self._follow_pods(names))
        await self._stacks_known.wait()
        if self._refused == len(stacks):
            pods.cancel()  # whose Stacks may not be read, has none whose pods could be followed
            return
        if names and (others := [name for name in map(workspace_of, self._stacks.values()) if name not in names]):
            # Workspaces that aren't called like their Stack: their pods weren't among those that were listed.
            pods.cancel()
            self._pods, self._pods_listed = Store(), False
            pods = self._session.start_task(self._follow_pods([*names, *dict.fromkeys(others)]))
        if self._session.options.operator and self._stacks:
            window = self._session.options.window
            await open_operator_logs(self._session, self._connection, self._context, self._stacks, window)
        self._operator_opened = True
        self._announce_pods()
        await asyncio.wait({pods})

    # Stacks

    def _stack_followers(self) -> list[AsyncGenerator[WatchEvent[Stack], None]]:
        """One for each name, or one for all."""
        selector, connection = self._selector, self._connection
        namespaces = selector.namespaces or (None,)
        if selector.names and len(selector.names) * len(namespaces) <= _SINGLY:
            return [
                follow(connection, STACKS, namespace, field_selector=f"metadata.name={name}", retry_now=self._retry_now)
                for namespace in namespaces
                for name in selector.names
            ]
        own, labels = (connection.target.namespace,), selector.label_selector
        everything = follow_namespaces(
            connection, STACKS, selector.namespaces, own, label_selector=labels, retry_now=self._retry_now
        )
        return [everything]

    async def _follow_stacks(self, follower: AsyncGenerator[WatchEvent[Stack], None]) -> None:
        store: Store[Stack] = Store()
        async with aclosing(self._until_refused(follower)) as events:
            async for event in events:
                if isinstance(event, Lost):
                    self._stacks_refused(event)
                    return
                for change in store.apply(event):
                    key = Key(self._context, *change.key)
                    if change.after is not None:
                        self._put_stack(key, change.after)
                    elif (gone := self._stacks.pop(key, None)) is not None:
                        self._workspaces.pop((key.namespace, workspace_of(gone)), None)
                        self._session.deliver(StackChanged(key, None))
                if isinstance(event, Synced):
                    self._stacks_listed()

    def _stacks_refused(self, lost: Lost) -> None:
        reason = "PKO's CRDs aren't installed there" if lost.absent else lost.reason
        self._refused += 1
        self._session.notify(self._context, LogRefused(reason, lost.code))
        self._stacks_listed()

    def _stacks_listed(self) -> None:
        """One more follower has listed its Stacks, or may not."""
        if self._stacks_known.is_set():
            return
        self._unlisted -= 1
        if self._unlisted <= 0:
            self._session.notify(self._context, ContextSettled())
            self._stacks_known.set()

    def _put_stack(self, key: Key, stack: Stack) -> None:
        if self._selector.names and key.name not in self._selector.names:
            return
        before = self._stacks.get(key)
        self._stacks[key] = stack
        self._workspaces[key.namespace, workspace_of(stack)] = key
        if before is not None and before.metadata.uid != stack.metadata.uid:
            self._session.notify(key, LogNote("the Stack was deleted and created anew"))
        self._session.deliver(StackChanged(key, stack))
        if before is None and self._stacks_known.is_set():
            for pod in self._pods.objects.values():
                self._check_pod(pod)
        self._explain_missing_pod(key)

    def _explain_missing_pod(self, key: Key) -> None:
        """A Stack without a pod has no log yet; what keeps it from having one is in its phase."""
        stack = self._stacks.get(key)
        if not self._pods_announced or stack is None or key in self._opened:
            return
        if is_pko_1(stack):
            self._notify_once(key, LogRefused(PKO_1))
            return
        now = self._session.now()
        present = phase(stack, PhaseEvidence(), now)
        if self._last_notices.get(key) != (present.name, present.detail):
            self._last_notices[key] = (present.name, present.detail)
            reason = f"there is no workspace pod yet (the stack: {present.words(now)})"
            self._session.notify(key, LogWaiting(reason))

    # Pods

    async def _follow_pods(self, workspaces: list[str]) -> None:
        """Follow all that may become the pods of these Stacks. With a selector new Stacks may come, of any name."""
        store = self._pods
        follower = follow_namespaces(
            self._connection,
            WORKSPACE_PODS,
            self._selector.namespaces,
            (self._connection.target.namespace,),
            label_selector=pods_selector(workspaces),
            retry_now=self._retry_now,
        )
        async with aclosing(self._until_refused(follower)) as events:
            async for event in events:
                if isinstance(event, Lost):
                    await self._pods_refused(event)
                    return
                for change in store.apply(event):
                    if change.after is not None:
                        self._check_pod(change.after)
                    elif change.before is not None:
                        for log in self._logs.get(change.before.metadata.uid, {}).values():
                            self._session.start_task(log.finish())
                if isinstance(event, Synced):
                    self._pods_listed = True
                    self._announce_pods()

    async def _pods_refused(self, lost: Lost) -> None:
        await self._stacks_known.wait()
        if not self._stacks and self._refused:
            return
        self._session.notify(self._context, LogNote(f"pods may not be read ({lost.reason}); taken by usual name"))
        open_by_usual_names(self._session, self._connection, self._stacks)
        self._session.notify(self._context, ContextSettled(pods=True))

    def _announce_pods(self) -> None:
        """Once the owners of all pods are known, a Stack that has no pod can be said to have none."""
        if self._checks or not (self._pods_listed and self._operator_opened):
            return
        if not self._pods_announced:
            self._pods_announced = True
            self._session.merger.release(self._context)
            self._session.notify(self._context, ContextSettled(pods=True))
        for key in self._stacks:
            self._explain_missing_pod(key)

    def _check_pod(self, pod: WorkspacePod) -> None:
        self._checks += 1
        self._session.start_task(self._open_if_ours(pod))

    async def _open_if_ours(self, pod: WorkspacePod) -> None:
        """Find out whose pod this is, and open its logs if it is one of these Stacks'."""
        try:
            with self._opened_ahead(pod) as (guess, ahead):
                stack = await self._owner_of(pod)
                await self._stacks_known.wait()
                key = Key(self._context, pod.metadata.namespace, stack)
                if key in self._stacks and self._is_current(pod):
                    self._open_logs(key, pod, ahead if key == guess else {})
        finally:
            self._checks -= 1
        self._announce_pods()

    @contextmanager
    def _opened_ahead(self, pod: WorkspacePod) -> Iterator[tuple[Key | None, dict[str, OpenLog]]]:
        """The Stack that the pod says it is of, and its logs, silent so far; those left at the end are rejected."""
        ahead: dict[str, OpenLog] = {}
        guess = self._claimed_stack(pod)
        if guess is None or guess in self._opened or guess in self._opening_ahead or pod.metadata.uid in self._logs:
            yield None, ahead
            return
        self._opening_ahead.add(guess)
        try:
            for container in self._session.options.containers_of(pod):
                if self._session.has_free_slot:
                    known = _running_container(pod, container)
                    ahead[container] = self._open(guess, pod, container, later=False, known=known, confirmed=False)
            yield guess, ahead
        finally:
            self._opening_ahead.discard(guess)
            for log in ahead.values():
                log.reject()

    def _claimed_stack(self, pod: WorkspacePod) -> Key | None:
        """The Stack that the pod says it is of, if it is one of those that are meant, as far as is known."""
        workspace, namespace = claimed_workspace(pod), pod.metadata.namespace
        if not workspace:
            return None
        if (key := self._workspaces.get((namespace, workspace))) is not None:
            return key
        may_come = workspace in self._selector.names and not self._stacks_known.is_set()
        return Key(self._context, namespace, workspace) if may_come else None

    async def _owner_of(self, pod: WorkspacePod) -> str:
        """The name of the pod's Stack; empty if it has none, or if there is newer word of the pod by now."""
        while True:
            try:
                name = await self._ownership.stack_of(pod)
                break
            except ClusterError:
                await self._session.sleep(_RETRY)
                if not self._is_current(pod):
                    return ""
        if self._ownership.hidden:
            why = f"owners may not be read, so pods are taken by name ({self._ownership.hidden})"
            self._notify_once(self._context, LogNote(why), topic="owners")
        return name

    def _is_current(self, pod: WorkspacePod) -> bool:
        return self._pods.objects.get((pod.metadata.namespace, pod.metadata.name)) is pod

    def _open_logs(self, key: Key, pod: WorkspacePod, ahead: dict[str, OpenLog]) -> None:
        """Open those of the pod's logs that are wanted, and try again at once those that wait."""
        name, uid = pod.metadata.name, pod.metadata.uid
        later = key in self._opened
        if later and uid not in self._logs:
            self._session.notify(key, LogNote(f"pod {name} was made anew"))
        logs = self._logs.setdefault(uid, {})
        containers = self._session.options.containers_of(pod)
        if not containers:
            self._notify_once(key, no_such_container(self._session.options.containers, pod), topic=uid)
        for container in containers:
            if container in ahead:
                logs[container] = ahead.pop(container)
                logs[container].confirm()
            elif container not in logs:
                logs[container] = self._open(key, pod, container, later=later)
        self._opened.add(key)
        for log in logs.values():
            log.retry_now.set()

    def _open(
        self,
        key: Key,
        pod: WorkspacePod,
        container: str,
        *,
        later: bool,
        known: ContainerInstance | None = None,
        confirmed: bool = True,
    ) -> OpenLog:
        """Open one log. Of a pod that came `later` everything is wanted: nothing of it was there when we began."""
        return OpenLog(
            self._session,
            self._connection,
            workspace_source(key, pod.metadata.name, container, pod.metadata.uid),
            LogWindow(follow=True) if later else self._session.options.window,
            back=self._retry_now,
            known=known,
            confirmed=confirmed,
        )

    # Both

    async def _until_refused(
        self, follower: AsyncGenerator[WatchEvent[R], None]
    ) -> AsyncGenerator[WatchEvent[R], None]:
        """The follower's events that change what is known; one `Lost`, the last, only if the kind may not be read."""
        lost = False
        async with aclosing(follower) as events:
            async for event in events:
                if isinstance(event, Lost):
                    if event.forbidden or event.absent:
                        yield event
                        return
                    lost = True
                    self._notify_once(self._context, LogWaiting(event.reason, lost=True))
                    if not (self._stacks_known.is_set() or self._announced_early):
                        # Nobody else is kept waiting for a cluster that can't be asked. Once it can, it settles again.
                        self._announced_early = True
                        self._session.notify(self._context, ContextSettled())
                    continue
                if lost and isinstance(event, Synced | Alive):
                    lost = False
                    self._notify_once(self._context, LogResumed())
                if isinstance(event, Arrived | Removed | Synced):
                    yield event

    def _notify_once(self, about: About, notice: Notice, topic: object = None) -> None:
        """Notify, unless this was the last notice about it, or about the topic if there is one."""
        topic = about if topic is None else (about, topic)
        if self._last_notices.get(topic) != notice:
            self._last_notices[topic] = notice
            self._session.notify(about, notice)


def _running_container(pod: WorkspacePod, name: str) -> ContainerInstance | None:
    """The container as the pod says it is; None unless it runs."""
    life = pod.statuses_by_name.get(name)
    if life is None or life.state.running is None:
        return None
    return ContainerInstance(pod.metadata.uid, life.restart_count, running=True)
