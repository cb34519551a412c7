"""Taking one finalizer off one object: by JSON patch, and only if it stands where it stood."""

from __future__ import annotations

from actions.plan import MANAGER
from cluster.apply import WriteRequest, json_patch
from cluster.resources import Resource, pointer
from stacks.fields import Obj, strings, text


def without_finalizer(resource: Resource, obj: Obj, finalizer: str) -> WriteRequest:
    """The request that removes this finalizer, which the object has. All others stay, whoever added one meanwhile."""
    place = pointer("metadata", "finalizers", str(strings(obj, "metadata", "finalizers").index(finalizer)))
    operations = [
        {"op": "test", "path": pointer("metadata", "uid"), "value": text(obj, "metadata", "uid")},
        {"op": "test", "path": place, "value": finalizer},
        {"op": "remove", "path": place},
    ]
    path = resource.path(text(obj, "metadata", "namespace"), text(obj, "metadata", "name"))
    return json_patch(path, operations, MANAGER)
