"""Who owns which field: server-side apply, and the `managedFields` it reads and writes.

Only leaves are tracked that somebody here applies: the entries of a ConfigMap's `data`, labels and
annotations. Everything else of an applied object is merged, and belongs to nobody.
"""

from __future__ import annotations

from typing import Any

from demo.server.objects import Obj, dig, stamp
from demo.server.patches import merge
from demo.server.refusals import apply_conflict

Path = tuple[str, ...]
Owner = tuple[str, str, str]  # manager, operation (Apply or Update), subresource
Owners = dict[Owner, set[Path]]

_MAPS: tuple[Path, ...] = (("data",), ("metadata", "labels"), ("metadata", "annotations"))


def _leaves(obj: Obj) -> dict[Path, Any]:
    return {
        (*path, key): value
        for path in _MAPS
        if isinstance(values := dig(obj, *path), dict)
        for key, value in values.items()
    }


def _owners(obj: Obj | None) -> Owners:
    owners: Owners = {}
    for entry in dig(obj, "metadata", "managedFields") or []:
        fields = entry.get("fieldsV1") or {}
        paths: set[Path] = set()
        for path in _MAPS:
            holder = dig(fields, *(f"f:{step}" for step in path)) or {}
            paths.update((*path, key[2:]) for key in holder if key.startswith("f:"))
        owners[_owner(entry)] = paths
    return owners


def _owner(entry: Obj) -> Owner:
    return entry.get("manager", ""), entry.get("operation", ""), entry.get("subresource", "")


def _fields(paths: set[Path]) -> Obj:
    fields: Obj = {}
    for path in sorted(paths):
        holder = fields
        for step in path:
            holder = holder.setdefault(f"f:{step}", {})
    return fields


def _write(obj: Obj, owners: Owners, me: Owner, old: Obj | None, now: float) -> None:
    """Put the owners into `obj`; whoever's fields are as before keeps the time of their entry."""
    before = {_owner(entry): entry for entry in dig(old, "metadata", "managedFields") or []}
    was = _owners(old)
    entries = []
    for owner, paths in owners.items():
        if owner in before and was[owner] == paths:
            entries.append(before[owner])
            continue
        if not paths and owner != me:
            continue
        manager, operation, subresource = owner
        entry: Obj = {
            "manager": manager,
            "operation": operation,
            "apiVersion": obj["apiVersion"],
            "time": stamp(now),
            "fieldsType": "FieldsV1",
            "fieldsV1": _fields(paths),
        }
        entries.append(entry | ({"subresource": subresource} if subresource else {}))
    if entries:
        obj["metadata"]["managedFields"] = entries
    else:
        obj["metadata"].pop("managedFields", None)


def note_update(old: Obj | None, new: Obj, manager: str, subresource: str, now: float) -> None:
    """An ordinary write: what it changed is its manager's now, and nobody else's.

    A write that brings other `managedFields` than there were means them: kubectl hands ownership over this way.
    """
    if dig(new, "metadata", "managedFields") == [{}]:
        new["metadata"].pop("managedFields")  # the documented way to have all managers forgotten
        return
    before, after = _leaves(old or {}), _leaves(new)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    owners = _owners(new if dig(new, "metadata", "managedFields") else old)
    for paths in owners.values():
        paths -= changed
        paths &= after.keys()
    me = (manager, "Update", subresource)
    if changed or me not in owners:
        owners[me] = owners.get(me, set()) | changed
    _write(new, owners, me, old, now)


def apply(old: Obj | None, body: Obj, manager: str, force: bool, now: float) -> Obj:
    """Server-side apply. Refusal 409 where others own a field that would change, unless forced."""
    live, wanted = _leaves(old or {}), _leaves(body)
    # What an object without managers has belongs, from its first apply on, to one of this name.
    owners = _owners(old) or ({("before-first-apply", "Update", ""): set(live)} if live else {})
    me = (manager, "Apply", "")
    mine = owners.get(me, set())
    differing = {path for path, value in wanted.items() if path in live and live[path] != value}
    rivals = [
        (f'"{owner[0]}"' + (f" using {body['apiVersion']}" if owner[1] == "Update" else ""), f".{'.'.join(path)}")
        for owner, paths in owners.items()
        if owner != me
        for path in sorted(paths & differing)
    ]
    if rivals and not force:
        raise apply_conflict(rivals)
    for owner, paths in owners.items():
        if owner != me:
            paths -= differing
    new: Obj = merge(old or {}, {key: value for key, value in body.items() if value is not None})
    owned_elsewhere = set().union(*(paths for owner, paths in owners.items() if owner != me), set())
    for path in mine - wanted.keys() - owned_elsewhere:
        _drop(new, path)
    owners[me] = set(wanted)
    _write(new, owners, me, old, now)
    return new


def _drop(obj: Obj, path: Path) -> None:
    holder = dig(obj, *path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
        if not holder:
            parent = dig(obj, *path[:-2]) if len(path) > 2 else obj
            parent.pop(path[-2], None)
