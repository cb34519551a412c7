"""The rules of writing through the API: what a client may set, what raises a generation, when an object goes.

The controllers of `demo.play.simulation` write to the store directly; whoever comes over HTTP comes through here.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from demo.server.field_ownership import apply as apply_fields
from demo.server.field_ownership import note_update
from demo.server.object_storage import ObjectStorage, content, namespace_object
from demo.server.objects import Obj, dig, stamp
from demo.server.patches import PatchError, apply_json_patch, merge, merge_strategic
from demo.server.refusals import (
    Refusal,
    bad_request,
    conflict,
    details_of,
    invalid,
    invalid_options,
    method_not_allowed,
    modified,
    unsupported_media_type,
)
from demo.server.served_kinds import NAMESPACES, PODS, SECRETS, ServedKind
from demo.server.write_rules import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    Write,
    check_finalizers,
    check_identity,
    check_name,
    check_preconditions,
    check_shape,
    found,
    misnamed,
    need_living_namespace,
    same_kind,
    wrong_uid,
)

_SYSTEM = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


def create(store: ObjectStorage, write: Write, body: Obj) -> Obj:
    kind = write.kind
    obj = same_kind(kind, dict(body))
    metadata = obj["metadata"] = dict(obj.get("metadata") or {})
    if kind.namespaced and metadata.setdefault("namespace", write.namespace) != write.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if not metadata.get("name"):
        if not metadata.get("generateName"):
            why = "Required value: name or generateName is required"
            raise invalid(kind, "", "metadata.name", why, "FieldValueRequired")
        metadata["name"] = metadata["generateName"] + store.suffix()
    need_living_namespace(store, kind, write.namespace, metadata["name"])
    check_name(kind, metadata["name"])
    if write.collection.entries.get((write.namespace, metadata["name"])):
        text = f'{kind} "{metadata["name"]}" already exists'
        raise Refusal(409, "AlreadyExists", text, details_of(kind, metadata["name"]))
    for field in (*_SYSTEM, "resourceVersion", "managedFields"):
        metadata.pop(field, None)
    metadata |= {"uid": store.uid(), "creationTimestamp": stamp(store.clock())}
    if kind.generated:
        metadata["generation"] = 1
    if kind.status:
        obj.pop("status", None)
    _default(kind, obj)
    _fold_texts(kind, obj)
    note_update(None, obj, write.manager, "", store.clock())
    return obj if write.dry else store.commit(write.collection, obj, "ADDED").obj()


def _default(kind: ServedKind, obj: Obj) -> None:
    """What the real server fills in when an object is created, as far as somebody looks at it."""
    if kind is NAMESPACES:
        made = namespace_object(obj["metadata"]["name"])
        obj["metadata"].setdefault("labels", {}).update(made["metadata"]["labels"])
        obj |= {"spec": made["spec"], "status": made["status"]}
    elif kind is PODS:
        obj["status"] = {"phase": "Pending", "qosClass": "BestEffort"}


def _fold_texts(kind: ServedKind, obj: Obj) -> None:
    """A Secret's `stringData` is for writing only: it is encoded into `data`."""
    if kind is SECRETS and (texts := obj.pop("stringData", None)):
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        obj["data"] = (obj.get("data") or {}) | encoded


def update(store: ObjectStorage, write: Write, body: Obj) -> Obj:
    """PUT: the whole object, or with subresource `status` its status."""
    old = found(write)
    new = same_kind(write.kind, dict(body))
    new["metadata"] = dict(new.get("metadata") or {})
    if new["metadata"].get("name", write.name) != write.name:
        raise misnamed(write, new["metadata"]["name"])
    uid = new["metadata"].get("uid")
    if uid and uid != old["metadata"]["uid"]:
        raise wrong_uid(write, uid, old["metadata"]["uid"])
    if write.kind.custom and not new["metadata"].get("resourceVersion"):
        why = "Invalid value: 0: must be specified for an update"
        raise invalid(replace(write.kind, kind=write.kind.plural), write.name, "metadata.resourceVersion", why)
    return _store_if_changed(store, write, old, new)


def patch(store: ObjectStorage, write: Write, content_type: str, body: Any) -> tuple[int, Obj]:
    """PATCH in any of its four forms; the code is 201 if an apply created the object."""
    accepted = [JSON_PATCH, MERGE_PATCH, *([] if write.kind.custom else [STRATEGIC_PATCH]), APPLY_PATCH]
    if content_type not in accepted:
        raise unsupported_media_type(accepted)
    if content_type == APPLY_PATCH:
        return _apply(store, write, body)
    old = found(write)
    check_shape(content_type, body)
    try:
        if content_type == JSON_PATCH:
            new = apply_json_patch(old, body)
        else:
            new = (merge if content_type == MERGE_PATCH else merge_strategic)(old, body)
    except PatchError:
        text = "the server rejected our request due to an error in our request"
        raise Refusal(422, "Invalid", text, {}) from None
    new.setdefault("metadata", {})
    return 200, _store_if_changed(store, write, old, same_kind(write.kind, new))


def _apply(store: ObjectStorage, write: Write, body: Any) -> tuple[int, Obj]:
    if not isinstance(body, dict):
        raise bad_request("error decoding YAML: the patch is not an object")
    if not write.manager:
        why = "Required value: is required for apply patch"
        raise invalid_options("PatchOptions", "", "fieldManager", why, "FieldValueRequired")
    body = same_kind(write.kind, body)
    metadata = body.get("metadata") or {}
    if metadata.get("name", write.name) != write.name:
        raise misnamed(write, metadata["name"])
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    entry = write.collection.entries.get((write.namespace, write.name))
    old = entry.obj() if entry else None
    if old is None and metadata.get("uid"):
        why = f"uid mismatch: the provided object specified uid {metadata['uid']}, and no existing object was found"
        raise conflict(write.kind, write.name, why)
    version = old["metadata"]["resourceVersion"] if old else ""
    if old and metadata.get("resourceVersion", version) != version:
        raise modified(write.kind, write.name)
    new = apply_fields(old, body, write.manager, write.force, store.clock())
    new["metadata"]["name"] = write.name
    if old is None:
        return 201, _create_applied(store, write, new)
    return 200, _store_if_changed(store, write, old, new, noted=True)


def _create_applied(store: ObjectStorage, write: Write, new: Obj) -> Obj:
    owners = new["metadata"].get("managedFields")
    made = create(store, Write(write.collection, write.namespace, write.name, manager=write.manager, dry=True), new)
    made["metadata"]["managedFields"] = owners
    return made if write.dry else store.commit(write.collection, made, "ADDED").obj()


def _store_if_changed(store: ObjectStorage, write: Write, old: Obj, new: Obj, noted: bool = False) -> Obj:
    """Apply the rules to `new`, and store the result unless it is the same as before."""
    kind, past = write.kind, old["metadata"]
    check_identity(write, past, new["metadata"])
    _fold_texts(kind, new)
    if write.subresource == "status":
        new = {**old, "status": new.get("status"), "metadata": dict(past)}
        if new["status"] is None:
            del new["status"]
    elif kind.status:
        new.pop("status", None)
        new |= {"status": old["status"]} if "status" in old else {}
    _keep_system_fields(past, new["metadata"])
    check_finalizers(kind, write.name, past, new["metadata"])
    if kind.generated and content(kind, new) != content(kind, old):
        new["metadata"]["generation"] = past.get("generation", 0) + 1
    if not noted:
        note_update(old, new, write.manager, write.subresource, store.clock())
    if _without_write_times(new) == _without_write_times(old):
        return old
    if write.dry:
        return new
    if past.get("deletionTimestamp") and nothing_holds(kind, new):
        # The watch shows the object as it was last stored: the write that let it go was never kept.
        store.commit(write.collection, old, "DELETED")
        return new
    return store.commit(write.collection, new, "MODIFIED").obj()


def _keep_system_fields(past: Obj, metadata: Obj) -> None:
    for field in (*_SYSTEM, "resourceVersion"):
        if field in past:
            metadata[field] = past[field]
        else:
            metadata.pop(field, None)
    if not metadata.get("finalizers"):
        metadata.pop("finalizers", None)


def _without_write_times(obj: Obj) -> Obj:
    """Everything but the times at which managers wrote, which don't make a write worth keeping."""
    managed = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in obj["metadata"].get("managedFields") or []
    ]
    return {**obj, "metadata": {**obj["metadata"], "managedFields": managed}}


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
    old = found(write)
    check_preconditions(write, old["metadata"], options.get("preconditions") or {})
    grace = _grace(write.kind, old, options)
    if nothing_holds(write.kind, {**old, "metadata": {**old["metadata"], "deletionGracePeriodSeconds": grace}}):
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
