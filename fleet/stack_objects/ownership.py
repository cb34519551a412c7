"""Which objects are a Stack's, by their owner references: pod, StatefulSet, Workspace, Stack.

Names and labels only say where to look: anybody can make a pod with another's labels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container

from cluster.errors import Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import fetch
from cluster.resources import ResourceKind
from fleet.resource_kinds import STATEFULSETS, WORKSPACES
from stacks.records.base import OwnedMetadata, OwnerOnly, controller_of, tidy_owner_only
from stacks.records.kubernetes import Event, WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import WORKSPACE_NAME, workspace_set_of
from stacks.times import instant

_WORKSPACES = ResourceKind(WORKSPACES.resource, OwnerOnly, tidy_owner_only)
_SETS = ResourceKind(STATEFULSETS.resource, OwnerOnly, tidy_owner_only)


class PodOwnership:
    """Knows whose a pod is, in one context. What was found out about an object holds as long as it lives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._owners: dict[str, tuple[str, str, str]] = {}
        self.hidden = ""
        """why owners couldn't be checked, so that names had to do"""

    async def stack_of(self, pod: WorkspacePod) -> str:
        """The name of the Stack whose workspace pod this is; empty if it is nobody's. Raises ClusterError."""
        workspace, namespace = claimed_workspace(pod), pod.metadata.namespace
        if not workspace:
            return ""
        _, name, uid = controller_of(pod.metadata)
        ahead = None
        if uid not in self._owners:  # beside the StatefulSet: by its label the Workspace is known already
            ahead = asyncio.ensure_future(self._learn_controller(_WORKSPACES, namespace, workspace))
        try:
            kind, name, uid = await self._controller(_SETS, namespace, name, uid)
            if kind == "Workspace":
                if ahead is not None:
                    await asyncio.wait({ahead})
                kind, name, uid = await self._controller(_WORKSPACES, namespace, name, uid)
        except Forbidden as error:
            self.hidden = str(error)
            return workspace
        except NotFound:
            # Owners go before what they own: a pod that is on its way out may be the last to know.
            return workspace if pod.metadata.deletion_timestamp else ""
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
        return name if kind == "Stack" else ""

    async def _controller(
        self, kind: ResourceKind[OwnerOnly], namespace: str, name: str, uid: str
    ) -> tuple[str, str, str]:
        """Kind, name and uid of what controls the object of this uid; empty if that isn't there."""
        if uid not in self._owners:
            await self._learn_controller(kind, namespace, name)
        return self._owners.get(uid, ("", "", ""))  # there may be another object of that name

    async def _learn_controller(self, kind: ResourceKind[OwnerOnly], namespace: str, name: str) -> None:
        found = await fetch(self._connection, kind, namespace, name)
        self._owners[found.metadata.uid] = controller_of(found.metadata)


def claimed_workspace(pod: WorkspacePod) -> str:
    """The Workspace that the pod says it is of, by label and controller; empty if none. Its owners may deny it."""
    kind, name, _ = controller_of(pod.metadata)
    labelled = (pod.metadata.labels or {}).get(WORKSPACE_NAME, "")
    return labelled if kind == "StatefulSet" and name == workspace_set_of(labelled) else ""


def update_order(metadata: OwnedMetadata) -> tuple[str, str]:
    """What Updates are sorted by: creation, and within a second the number in the name."""
    return metadata.creation_timestamp, metadata.name


def is_of_stack(metadata: OwnedMetadata, uid: str) -> bool:
    """Whether a Workspace or Update is of the Stack with this uid, or names none: then its label has to do."""
    owners = [owner.uid for owner in metadata.owner_references or () if owner.kind == "Stack" and owner.uid]
    return not owners or not uid or uid in owners


TELLING_KINDS = ("Stack", "Workspace", "Update", "StatefulSet", "Pod")


def is_event_of(event: Event, stack: Stack, known: Container[str]) -> bool:
    """Whether an Event about something of the right name tells of this Stack. `known`: the uids of what is there.

    Other kinds may have the same name, and the Stack a namesake that is gone: what was last said before this
    one was made is about that one's objects.
    """
    about = event.involved_object
    if about.kind not in TELLING_KINDS:
        return False
    if about.kind == "Stack" and about.uid and stack.metadata.uid:
        return about.uid == stack.metadata.uid
    if not about.uid or about.uid in known:
        return True
    said, made = instant(said_last(event)), instant(stack.metadata.creation_timestamp)
    return said is None or made is None or said >= made


def said_last(event: Event) -> str:
    """When an Event was said last, as it stands there."""
    series = event.series.last_observed_time if event.series else ""
    return series or event.last_timestamp or event.event_time or event.metadata.creation_timestamp
