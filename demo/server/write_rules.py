"""What a write may not do: the checks that stand before anything is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from demo.server.object_storage import Collection, ObjectStorage
from demo.server.objects import Obj, dig, without_empty
from demo.server.refusals import Refusal, bad_request, conflict, invalid, invalid_options, modified, not_found
from demo.server.served_kinds import NAMESPACES, ServedKind

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


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
    def kind(self) -> ServedKind:
        return self.collection.kind


def is_dry(options: str, asked: object) -> bool:
    """Whether nothing is to be kept; a Refusal for any word but All. `asked` is a word, or a list of them."""
    words = [asked] if isinstance(asked, str) else list(asked) if isinstance(asked, list) else []
    if any(word != "All" for word in words):
        shown = ", ".join(f'"{word}"' for word in words)
        why = f'Unsupported value: [{shown}]: supported values: "All"'
        raise invalid_options(options, "", "dryRun", why, "FieldValueNotSupported")
    return bool(words)


def same_kind(kind: ServedKind, obj: Obj) -> Obj:
    """The object with its apiVersion and kind in front; a Refusal if it is of another kind."""
    version, word = obj.get("apiVersion", kind.api_version), obj.get("kind", kind.kind)
    if version != kind.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({kind.api_version})"
        )
    if word != kind.kind:
        why = f'Invalid value: "{word}": must be {kind.kind}'
        raise invalid(replace(kind, kind=word), (obj.get("metadata") or {}).get("name", ""), "kind", why)
    return {"apiVersion": version, "kind": word} | obj


def check_name(kind: ServedKind, name: str) -> None:
    if not _NAME.fullmatch(name):
        why = f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case '
        why += "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        why += f"(e.g. 'example.com', regex used for validation is '{_NAME.pattern}')"
        raise invalid(kind, name, "metadata.name", why)


def need_living_namespace(store: ObjectStorage, kind: ServedKind, namespace: str, name: str) -> None:
    if not kind.namespaced:
        return
    found = store.get(str(NAMESPACES), "", namespace)
    if found is None:
        raise not_found(NAMESPACES, namespace)
    if dig(found, "status", "phase") == "Terminating":
        text = f'{kind} "{name}" is forbidden: unable to create new content in namespace {namespace} '
        details = without_empty({"name": name, "kind": kind.plural, "group": kind.group})
        cause = {"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated"}
        details["causes"] = [cause | {"field": "metadata.namespace"}]
        raise Refusal(403, "Forbidden", text + "because it is being terminated", details)


def found(write: Write) -> Obj:
    """The object that is to be written, as it is now."""
    if write.subresource and not (write.subresource == "status" and write.kind.status):
        raise not_found(write.kind, write.name)
    entry = write.collection.entries.get((write.namespace, write.name))
    if entry is None:
        raise not_found(write.kind, write.name)
    return entry.obj()


def check_shape(content_type: str, body: Any) -> None:
    """A JSON patch is a list, the others are objects; Go says so in its own way."""
    is_list, should_be_list = isinstance(body, list), content_type == JSON_PATCH
    if is_list != should_be_list:
        found, into = ("array", "map[string]interface {}") if is_list else ("object", "[]handlers.jsonPatchOp")
        raise bad_request(f"error decoding patch: json: cannot unmarshal {found} into Go value of type {into}")


def misnamed(write: Write, name: str) -> Refusal:
    return bad_request(f"the name of the object ({name}) does not match the name on the URL ({write.name})")


def wrong_uid(write: Write, said: str, is_: str) -> Refusal:
    """A PUT that names the uid of another object."""
    place = "/".join(part for part in (write.kind.group, write.kind.plural, write.namespace, write.name) if part)
    why = f"Precondition failed: UID in precondition: {said}, UID in object meta: {is_}"
    storage = f"StorageError: invalid object, Code: 4, Key: /registry/{place}, ResourceVersion: 0"
    return conflict(write.kind, write.name, f"{storage}, AdditionalErrorMsg: {why}")


def check_identity(write: Write, past: Obj, metadata: Obj) -> None:
    name = metadata.setdefault("name", write.name)
    if name != write.name:
        raise misnamed(write, name)
    if write.kind.namespaced:
        metadata.setdefault("namespace", write.namespace)
    version = metadata.get("resourceVersion")
    if version and version != past["resourceVersion"]:
        raise modified(write.kind, write.name)
    uid = metadata.get("uid") or past["uid"]
    if uid != past["uid"]:
        raise invalid(write.kind, write.name, "metadata.uid", f'Invalid value: "{uid}": field is immutable')


def check_finalizers(kind: ServedKind, name: str, past: Obj, metadata: Obj) -> None:
    fresh = set(metadata.get("finalizers") or []) - set(past.get("finalizers") or [])
    if past.get("deletionTimestamp") and fresh:
        listed = ", ".join(f'"{f}"' for f in sorted(fresh))
        why = (
            "Forbidden: no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{listed}}}"
        )
        raise invalid(kind, name, "metadata.finalizers", why, "FieldValueForbidden")


def check_preconditions(write: Write, metadata: Obj, wanted: Obj) -> None:
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
            raise Refusal(409, "Conflict", text, without_empty(details))
