"""The rules of writing through the API: what a client may set, what raises a generation, when an object goes.

The controllers that `demo.play` plays write to the store directly; whoever comes over HTTP comes through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.columns import dig
from demo.kinds import NAMESPACES, PODS, Kind
from demo.ownership import apply as apply_fields
from demo.ownership import note_update
from demo.patches import PatchError, apply_json_patch, merge, merge_strategic
from demo.refusals import (
    Refusal,
    already_exists,
    bad_request,
    conflict,
    invalid,
    method_not_allowed,
    modified,
    not_found,
    unprocessable,
    unsupported_patch,
)
from demo.store import Collection, Entry, Store
from demo.times import stamp

Obj = dict[str, Any]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_SYSTEM = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


@dataclass(frozen=True, slots=True)
class Write:
    """Where a write goes, and how it wants to be done."""

    collection: Collection
    namespace: str
    name: str
    subresource: str = ""
    manager: str = ""
    dry: bool = False
    force: bool = False

    @property
    def kind(self) -> Kind:
        return self.collection.kind


def create(store: Store, write: Write, body: Obj) -> Obj:
    kind = write.kind
    obj = _same_kind(kind, dict(body))
    metadata = obj["metadata"] = dict(obj.get("metadata") or {})
    if kind.namespaced and metadata.setdefault("namespace", write.namespace) != write.namespace:
        raise bad_request(
            f"the namespace of the provided object does not match the namespace sent on the request: "
            f'"{metadata["namespace"]}" vs "{write.namespace}"'
        )
    if not metadata.get("name"):
        if not metadata.get("generateName"):
            raise invalid(
                kind, "", "metadata.name", "Required value: name or generateName is required", "FieldValueRequired"
            )
        metadata["name"] = metadata["generateName"] + store.suffix()
    _need_living_namespace(store, kind, write.namespace, metadata["name"])
    if store.entry(write.collection, write.namespace, metadata["name"]):
        raise already_exists(kind, metadata["name"])
    for field in (*_SYSTEM, "resourceVersion", "managedFields"):
        metadata.pop(field, None)
    metadata |= {"uid": store.uid(), "creationTimestamp": stamp(store.clock())}
    if kind.generated:
        metadata["generation"] = 1
    if kind.status:
        obj.pop("status", None)
    _default(kind, obj)
    note_update(None, obj, write.manager, "", store.clock())
    return obj if write.dry else store.commit(write.collection, obj, "ADDED").obj()


def _same_kind(kind: Kind, obj: Obj) -> Obj:
    said = (obj.get("apiVersion", kind.api_version), obj.get("kind", kind.kind))
    if said != (kind.api_version, kind.kind):
        raise bad_request(
            f"{said[1]} in version {said[0]!r} cannot be handled as a {kind.kind}: "
            f"no kind {said[1]!r} is registered for version {said[0]!r}"
        )
    return {"apiVersion": kind.api_version, "kind": kind.kind} | obj


def _need_living_namespace(store: Store, kind: Kind, namespace: str, name: str) -> None:
    if not kind.namespaced:
        return
    found = store.get(str(NAMESPACES), "", namespace)
    if found is None:
        raise not_found(NAMESPACES, namespace)
    if dig(found, "status", "phase") == "Terminating":
        text = f'{kind} "{name}" is forbidden: unable to create new content in namespace {namespace} '
        details = {"name": name, "kind": kind.plural} | ({"group": kind.group} if kind.group else {})
        cause = {"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated"}
        details["causes"] = [cause | {"field": "metadata.namespace"}]  # type: ignore[assignment]
        raise Refusal(403, "Forbidden", text + "because it is being terminated", details)


def _default(kind: Kind, obj: Obj) -> None:
    """What the real server fills in at birth, as far as somebody looks at it."""
    if kind is NAMESPACES:
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
        obj["spec"] = {"finalizers": ["kubernetes"]}
        obj["status"] = {"phase": "Active"}
    elif kind is PODS:
        obj["status"] = {"phase": "Pending", "qosClass": "BestEffort"}


def update(store: Store, write: Write, body: Obj) -> Obj:
    """PUT: the whole object, or with subresource `status` its status."""
    entry, old = _found(store, write)
    new = _same_kind(write.kind, dict(body))
    new["metadata"] = dict(new.get("metadata") or {})
    uid = new["metadata"].get("uid")
    if uid and uid != old["metadata"]["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
        raise conflict(write.kind, write.name, f"StorageError: invalid object, Code: 4, AdditionalErrorMsg: {why}")
    return _settle(store, write, entry, old, new)


def patch(store: Store, write: Write, content_type: str, body: Any) -> tuple[int, Obj]:
    """PATCH in any of its four forms; the code is 201 if an apply created the object."""
    accepted = [JSON_PATCH, MERGE_PATCH, *([] if write.kind.custom else [STRATEGIC_PATCH]), APPLY_PATCH]
    if content_type not in accepted:
        raise unsupported_patch(accepted)
    if content_type == APPLY_PATCH:
        return _apply(store, write, body)
    entry, old = _found(store, write)
    try:
        match content_type:
            case "application/json-patch+json":
                new = apply_json_patch(old, body if isinstance(body, list) else [])
            case "application/merge-patch+json":
                new = merge(old, body)
            case _:
                new = merge_strategic(old, body)
    except PatchError:
        raise unprocessable() from None
    new.setdefault("metadata", {})
    return 200, _settle(store, write, entry, old, _same_kind(write.kind, new))


def _apply(store: Store, write: Write, body: Any) -> tuple[int, Obj]:
    if not isinstance(body, dict):
        raise bad_request("error decoding YAML: the patch is not an object")
    if not write.manager:
        raise bad_request(
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
        )
    body = _same_kind(write.kind, body)
    metadata = body.get("metadata") or {}
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    entry = store.entry(write.collection, write.namespace, write.name)
    old = entry.obj() if entry else None
    if old is None and metadata.get("uid"):
        why = f"uid mismatch: the provided object specified uid {metadata['uid']}, and no existing object was found"
        raise conflict(write.kind, write.name, why)
    if (
        old
        and metadata.get("resourceVersion", old["metadata"]["resourceVersion"]) != old["metadata"]["resourceVersion"]
    ):
        raise modified(write.kind, write.name)
    new = apply_fields(old, body, write.manager, write.force, store.clock())
    new["metadata"]["name"] = write.name
    if entry is None or old is None:
        return 201, _applied_into_being(store, write, new)
    return 200, _settle(store, write, entry, old, new, noted=True)


def _applied_into_being(store: Store, write: Write, new: Obj) -> Obj:
    owners = new["metadata"].get("managedFields")
    made = create(store, Write(write.collection, write.namespace, write.name, manager=write.manager, dry=True), new)
    made["metadata"]["managedFields"] = owners
    return made if write.dry else store.commit(write.collection, made, "ADDED").obj()


def _found(store: Store, write: Write) -> tuple[Entry, Obj]:
    if write.subresource and not (write.subresource == "status" and write.kind.status):
        raise not_found(write.kind, write.name)
    entry = store.entry(write.collection, write.namespace, write.name)
    if entry is None:
        raise not_found(write.kind, write.name)
    return entry, entry.obj()


def _settle(store: Store, write: Write, entry: Entry, old: Obj, new: Obj, noted: bool = False) -> Obj:
    """Make of `new` what the rules leave of it, and store it unless nothing is different."""
    kind, past = write.kind, old["metadata"]
    _check_identity(write, past, new["metadata"])
    if write.subresource == "status":
        new = {**old, "status": new.get("status")}
        if new["status"] is None:
            del new["status"]
        new["metadata"] = dict(past)
    elif kind.status and "status" in old:
        new["status"] = old["status"]
    elif kind.status:
        new.pop("status", None)
    _carry_on(past, new["metadata"])
    _check_finalizers(kind, write.name, past, new["metadata"])
    if kind.generated and _content(kind, new) != _content(kind, old):
        new["metadata"]["generation"] = past.get("generation", 0) + 1
    if not noted:
        note_update(old, new, write.manager, write.subresource, store.clock())
    if _essence(new) == _essence(old):
        return old
    if write.dry:
        return new
    if past.get("deletionTimestamp") and _nothing_holds(kind, new):
        # The watch shows the object as it was last stored: the write that let it go was never kept.
        store.commit(write.collection, old, "DELETED")
        return new
    return store.commit(write.collection, new, "MODIFIED").obj()


def _check_identity(write: Write, past: Obj, metadata: Obj) -> None:
    name = metadata.setdefault("name", write.name)
    if name != write.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({write.name})")
    if write.kind.namespaced:
        metadata.setdefault("namespace", write.namespace)
    version = metadata.get("resourceVersion")
    if version and version != past["resourceVersion"]:
        raise modified(write.kind, write.name)
    uid = metadata.get("uid") or past["uid"]
    if uid != past["uid"]:
        raise invalid(write.kind, write.name, "metadata.uid", f'Invalid value: "{uid}": field is immutable')


def _carry_on(past: Obj, metadata: Obj) -> None:
    for field in (*_SYSTEM, "resourceVersion"):
        if field in past:
            metadata[field] = past[field]
        else:
            metadata.pop(field, None)
    if not metadata.get("finalizers"):
        metadata.pop("finalizers", None)


def _check_finalizers(kind: Kind, name: str, past: Obj, metadata: Obj) -> None:
    fresh = set(metadata.get("finalizers") or []) - set(past.get("finalizers") or [])
    if past.get("deletionTimestamp") and fresh:
        listed = ", ".join(f'"{f}"' for f in sorted(fresh))
        why = (
            "Forbidden: no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{listed}}}"
        )
        raise invalid(kind, name, "metadata.finalizers", why, "FieldValueForbidden")


def _content(kind: Kind, obj: Obj) -> Obj:
    """What counts for the generation: of custom resources everything but metadata (and a guarded status)."""
    if not kind.custom:
        return {"spec": obj.get("spec")}
    left_out = ("metadata", "status") if kind.status else ("metadata",)
    return {key: value for key, value in obj.items() if key not in left_out}


def _essence(obj: Obj) -> Obj:
    """Everything but the times at which managers wrote, which don't make a write worth keeping."""
    managed = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in obj["metadata"].get("managedFields") or []
    ]
    return {**obj, "metadata": {**obj["metadata"], "managedFields": managed}}


def _nothing_holds(kind: Kind, obj: Obj) -> bool:
    if obj["metadata"].get("finalizers"):
        return False
    if kind is NAMESPACES:
        return not dig(obj, "spec", "finalizers")
    return not obj["metadata"].get("deletionGracePeriodSeconds")


def delete(store: Store, write: Write, options: Obj) -> tuple[Obj, bool]:
    """DELETE: the object, and whether it is gone or only marked (something still holds it)."""
    if write.subresource:
        raise method_not_allowed()
    _, old = _found(store, write)
    _check_preconditions(write, old["metadata"], options.get("preconditions") or {})
    grace = _grace(write.kind, old, options)
    held = not _nothing_holds(write.kind, {**old, "metadata": {**old["metadata"], "deletionGracePeriodSeconds": grace}})
    if not held:
        if not write.dry:
            store.commit(write.collection, old, "DELETED")
        return old, True
    marked = _mark(store, write.kind, old, grace)
    if marked is None or write.dry:
        return marked or old, False
    return store.commit(write.collection, marked, "MODIFIED").obj(), False


def _check_preconditions(write: Write, metadata: Obj, wanted: Obj) -> None:
    owner = f"{write.kind.kind}.{write.kind.group}" if write.kind.group else write.kind.kind
    for field, title, why in (
        ("uid", "UID", "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "modified"),
    ):
        if wanted.get(field) and wanted[field] != metadata[field]:
            text = (
                f'Operation cannot be fulfilled on {owner} "{write.name}": the {title} in the precondition '
                f"({wanted[field]}) does not match the {title} in record ({metadata[field]}). "
                f"The object might have been {why}"
            )
            details = {"name": write.name, "group": write.kind.group, "kind": write.kind.kind}
            raise Refusal(409, "Conflict", text, {key: value for key, value in details.items() if value})


def _grace(kind: Kind, old: Obj, options: Obj) -> int:
    """Seconds a pod gets to leave; a pod that runs nowhere, and everything else, gets none."""
    if kind is not PODS or not dig(old, "spec", "nodeName") or dig(old, "status", "phase") in ("Failed", "Succeeded"):
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(asked if asked is not None else dig(old, "spec", "terminationGracePeriodSeconds") or 30)


def _mark(store: Store, kind: Kind, old: Obj, grace: int) -> Obj | None:
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
