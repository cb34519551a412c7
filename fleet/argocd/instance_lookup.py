"""Which Argo CD judges an object: that of the Application that holds it, or that holds the Stack it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.argocd.applications import DeliveredApplication
from fleet.argocd.instances import ArgoCDInstance
from fleet.argocd.raw_objects import Obj, field, texts
from fleet.board.holders import DestinationMap, HolderIndex
from fleet.board.rows import Key
from health.check_kinds import KINDS
from stacks.records.base import ObjectMetadata, StackAnnotations
from stacks.records.stack import Stack
from stacks.records.workspace import STACK_NAME

STACK, PROGRAM, WORKSPACE, UPDATE = KINDS
_TRACKING = "argocd.argoproj.io/tracking-id"


class InstanceLookup:
    """Finds the Application of an object and the Argo CD of an Application, among those that were listed."""

    def __init__(
        self, apps: Iterable[DeliveredApplication], instances: Iterable[ArgoCDInstance], destinations: DestinationMap
    ) -> None:
        self.apps = {app.key: app for app in apps}
        self._instances = {(one.context, one.namespace): one for one in instances}
        self._only: dict[str, ArgoCDInstance | None] = {}
        for one in self._instances.values():
            self._only[one.context] = None if one.context in self._only else one
        self._holders = {STACK: HolderIndex(destinations), PROGRAM: HolderIndex(destinations)}
        for key, app in self.apps.items():
            for kind, record in app.records.items():
                self._holders[kind].put(key, record)

    def application(self, kind: str, context: str, obj: Obj) -> Key | None:
        """The Application that holds this object, or the Stack that it belongs to; None where there is none."""
        namespace = str(field(obj, "metadata", "namespace") or "")
        name = str(field(obj, "metadata", "name") or "")
        labels, tracking = texts(obj, "metadata", "labels"), texts(obj, "metadata", "annotations").get(_TRACKING, "")
        if kind in (WORKSPACE, UPDATE):
            # Argo CD shows it below its Stack, which is looked up by name; labels of its own say nothing.
            kind, name, labels, tracking = STACK, _stack_of(obj, labels), {}, ""
        annotations = StackAnnotations(tracking_id=tracking) if tracking else None
        record = Stack(ObjectMetadata(name, namespace, labels=labels or None, annotations=annotations))
        holder = self._holders[kind].holder(Key(context, namespace, name), record)
        return holder.key if holder else None

    def instance(self, application: Key) -> ArgoCDInstance | None:
        """The Argo CD that looks after this Application; None where it wasn't seen."""
        app = self.apps[application]
        return self._instances.get((application.context, app.controller)) or self._only.get(application.context)

    def only_one(self, context: str) -> ArgoCDInstance | None:
        """The one Argo CD of this context, for where Applications may not be read."""
        return self._only.get(context)


def _stack_of(obj: Obj, labels: Mapping[str, str]) -> str:
    owners = field(obj, "metadata", "ownerReferences")
    for owner in owners if isinstance(owners, list) else ():
        if field(owner, "kind") == "Stack":
            return str(field(owner, "name") or "")
    return labels.get(STACK_NAME, "")
