"""Deletion: what goes at once, and what is only marked because something still holds it."""

from __future__ import annotations

from typing import Any

from demo.server.object_storage import ObjectStorage
from demo.server.printer_columns import dig
from demo.server.refusals import method_not_allowed
from demo.server.served_kinds import NAMESPACES, PODS, ServedKind
from demo.server.timestamps import stamp
from demo.server.write_rules import Write, check_preconditions, found

Obj = dict[str, Any]


def nothing_holds(kind: ServedKind, obj: Obj) -> bool:
    if obj["metadata"].get("finalizers"):
        return False
    if kind is NAMESPACES:
        return not dig(obj, "spec", "finalizers")
    return not obj["metadata"].get("deletionGracePeriodSeconds")


def delete(store: ObjectStorage, write: Write, options: Obj) -> tuple[Obj, bool]:
    """DELETE: the object, and whether it is gone or only marked (something still holds it)."""
    if write.subresource:
        raise method_not_allowed()
    _, old = found(store, write)
    check_preconditions(write, old["metadata"], options.get("preconditions") or {})
    grace = _grace(write.kind, old, options)
    held = not nothing_holds(write.kind, {**old, "metadata": {**old["metadata"], "deletionGracePeriodSeconds": grace}})
    if not held:
        if not write.dry:
            store.commit(write.collection, old, "DELETED")
        return old, True
    marked = _mark(store, write.kind, old, grace)
    if marked is None or write.dry:
        return marked or old, False
    return store.commit(write.collection, marked, "MODIFIED").obj(), False


def _grace(kind: ServedKind, old: Obj, options: Obj) -> int:
    """Seconds a pod gets to leave; a pod that runs nowhere, and everything else, gets none."""
    if kind is not PODS or not dig(old, "spec", "nodeName") or dig(old, "status", "phase") in ("Failed", "Succeeded"):
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(asked if asked is not None else dig(old, "spec", "terminationGracePeriodSeconds") or 30)


def _mark(store: ObjectStorage, kind: ServedKind, old: Obj, grace: int) -> Obj | None:
    """The object with its deletion noted; None if it was noted before."""
    metadata = old["metadata"]
    if metadata.get("deletionTimestamp") and metadata.get("deletionGracePeriodSeconds", 0) <= grace:
        return None
    marked = {**old, "metadata": {**metadata, "deletionTimestamp": stamp(store.clock() + grace)}}
    marked["metadata"]["deletionGracePeriodSeconds"] = grace
    if metadata.get("generation") and not metadata.get("deletionTimestamp"):
        marked["metadata"]["generation"] += 1
    if kind is NAMESPACES:
        marked["status"] = {"phase": "Terminating"}
        marked["metadata"].pop("deletionGracePeriodSeconds")
    return marked
