"""Which Application holds which Stack, over all contexts of a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from diagnosis.facts.application_facts import is_stack
from diagnosis.facts.context_objects import ContextObjects, Place
from fleet.board.relations import DestinationMap, HolderIndex
from fleet.board.rows import Holder, Key
from stacks.fields import Obj, field, mappings, text, texts
from stacks.records.application import Application, ApplicationSpec, ApplicationStatus, Destination, ResourceStatus
from stacks.records.base import ObjectMetadata, StackAnnotations
from stacks.records.stack import Stack

_TRACKING_ID = "argocd.argoproj.io/tracking-id"


class StackHolders:
    """Found out from what both sides say, once, and only where there are Applications at all."""

    def __init__(self, contexts: Mapping[str, ContextObjects], destinations: DestinationMap) -> None:
        self._contexts = contexts
        self._destinations = destinations

    def holder(self, key: Key) -> Holder | None:
        """The Application that holds a Stack; None where there is none, or the Stack isn't known."""
        objects = self._contexts.get(key.context)
        stack = objects.raw("Stack").get((key.namespace, key.name)) if objects is not None else None
        if stack is None or self._index is None:
            return None
        return self._index.holder(key, _tracking(stack, (key.namespace, key.name)))

    def held(self, application: Key) -> list[Key]:
        """The Stacks that an Application holds, as far as they are known."""
        return self._held.get(application, [])

    @cached_property
    def _index(self) -> HolderIndex | None:
        index = None
        for context, objects in self._contexts.items():
            for place, app in objects.raw("Application").items():
                index = index or HolderIndex(self._destinations)
                index.put(Key(context, *place), _holding(app, place))
        return index

    @cached_property
    def _held(self) -> dict[Key, list[Key]]:
        found: dict[Key, list[Key]] = {}
        for context, objects in self._contexts.items() if self._index is not None else ():
            for place in objects.raw("Stack"):
                key = Key(context, *place)
                if (holder := self.holder(key)) is not None:
                    found.setdefault(holder.key, []).append(key)
        return found


def _holding(app: Obj, place: Place) -> Application:
    """An Application's record with as much as tells which Stacks it holds."""
    held = [each for _, each in mappings(app, "status", "resources") if is_stack(each)]
    to = field(app, "spec", "destination")
    return Application(
        ObjectMetadata(place[1], place[0]),
        ApplicationSpec(destination=Destination(text(to, "server"), text(to, "name"), text(to, "namespace"))),
        ApplicationStatus(
            resources=[
                ResourceStatus("pulumi.com", "Stack", text(each, "namespace"), text(each, "name")) for each in held
            ]
        ),
    )


def _tracking(stack: Obj, place: Place) -> Stack:
    """A Stack's record with as much as tells which Application it names."""
    tracking_id = texts(stack, "metadata", "annotations").get(_TRACKING_ID, "")
    labels = texts(stack, "metadata", "labels")
    annotations = StackAnnotations(tracking_id=tracking_id) if tracking_id else None
    return Stack(ObjectMetadata(place[1], place[0], labels=labels or None, annotations=annotations))
