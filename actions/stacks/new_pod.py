"""Waiting for the pod that a StatefulSet makes in the place of a deleted one, and for the workspace in it."""

from __future__ import annotations

from dataclasses import dataclass

from actions.effects import EffectSeen
from cluster.apply import read
from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from diagnosis.facts.object_status import ObservedCondition, condition_of
from diagnosis.facts.quoted_parts import bare_reason, telling_line
from diagnosis.facts.stack_facts import INITIALIZED, StackFacts
from fleet.resource_kinds import PODS, STATEFULSETS, WORKSPACES
from stacks.fields import Obj, at, mappings, text, texts
from stacks.masked_objects import shown
from stacks.records.workspace import workspace_set_of


@dataclass
class NewPodLook:
    """Looks for the pod that follows the one with the uid `old_uid`, for `actions.effects`.

    `initialised`: whether the workspace's initialisation is waited for, too, since it had failed.
    """

    connection: Connection
    namespace: str
    workspace: str
    pod: str
    old_uid: str
    initialised: bool
    _begun_anew: bool = False
    """whether the Workspace was seen not to be stalled since: what it says then is of the new pod"""

    async def look(self) -> EffectSeen:
        """How far it is. Raises ClusterError."""
        try:
            pod = await read(self.connection, PODS.resource.path(self.namespace, self.pod))
        except NotFound:
            return await self._without_pod()
        if text(pod, "metadata", "uid") == self.old_uid:
            return EffectSeen("the old pod is ending")
        ready = condition_of(pod, "Ready")
        if ready is None or not ready.true:
            return EffectSeen(f"the new pod isn't ready yet{_why_not(pod)}")
        if not self.initialised:
            return EffectSeen("the new pod is ready", reached=True)
        return await self._initialisation(pod)

    async def _without_pod(self) -> EffectSeen:
        name = workspace_set_of(self.workspace)
        try:
            await read(self.connection, STATEFULSETS.resource.path(self.namespace, name))
        except NotFound:
            return EffectSeen(
                f"the old pod is gone, and so is the StatefulSet {name}: nobody makes a new one", lost=True
            )
        except ClusterError:
            pass  # the right to read it isn't needed for anything else
        return EffectSeen("the old pod is gone; the StatefulSet makes a new one")

    async def _initialisation(self, pod: Obj) -> EffectSeen:
        if texts(pod, "metadata", "annotations").get(INITIALIZED) == "true":
            return EffectSeen("the new pod is ready, and the workspace is initialised", reached=True)
        try:
            workspace = shown(await read(self.connection, WORKSPACES.resource.path(self.namespace, self.workspace)))
        except NotFound:
            return EffectSeen(f"the new pod is ready, and the Workspace {self.workspace} is gone", lost=True)
        stalled = condition_of(workspace, "Stalled")
        if stalled is None or not stalled.true:
            self._begun_anew = True
            return EffectSeen("the new pod is ready; the workspace is being initialised")
        if self._begun_anew or _is_of(stalled, pod):
            why = bare_reason(telling_line(stalled.message)) or stalled.reason
            return EffectSeen(f"the new pod is ready, and the workspace can't be initialised again: {why}", lost=True)
        return EffectSeen("the new pod is ready; the operator hasn't begun to initialise the workspace")


def _is_of(stalled: ObservedCondition, pod: Obj) -> bool:
    """Whether the Workspace got stalled with this pod, and not with the one before."""
    made = at(pod, "metadata", "creationTimestamp")
    return made is not None and stalled.time is not None and stalled.time > made


def _why_not(pod: Obj) -> str:
    """What a container of a pod waits for, in its own words."""
    for kind in ("initContainerStatuses", "containerStatuses"):
        for _, status in mappings(pod, "status", kind):
            if reason := text(status, "state", "waiting", "reason"):
                return f": {text(status, 'name')} waits ({reason})"
    return ""


def look_after(connection: Connection, facts: StackFacts, old_uid: str, *, initialised: bool) -> NewPodLook:
    """A look for the pod that follows the one with this uid in the Stack's workspace."""
    return NewPodLook(connection, facts.namespace, facts.workspace_name, facts.pod_name, old_uid, initialised)
