"""JSON patches and merge patches: what becomes of a plain value by one."""

from __future__ import annotations

import copy
from typing import Any

from demo.server.objects import Obj


class PatchError(Exception):
    """A test that didn't hold, or a path that isn't there."""


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def merge_strategic(target: Any, patch: Any) -> Any:
    """What of strategic merge kubectl uses on the kinds we serve: lists of named things merge by
    name, directives (`$setElementOrder/…`, `$retainKeys`) only matter for order and are left out."""
    if isinstance(patch, list) and isinstance(target, list) and _named(patch) and _named(target):
        return _merge_named(target, patch)
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            field = key.partition("/")[2]
            merged[field] = [item for item in merged.get(field, []) if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_strategic(merged.get(key), value)
    return merged


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and "name" in item for item in items)


def _merge_named(target: list[Obj], patch: list[Obj]) -> list[Obj]:
    merged = {item["name"]: item for item in target}
    for item in patch:
        if item.get("$patch") == "delete":
            merged.pop(item["name"], None)
        else:
            merged[item["name"]] = merge_strategic(merged.get(item["name"]), item)
    return list(merged.values())


def apply_json_patch(target: Obj, operations: list[Obj]) -> Obj:
    """RFC 6902 on a copy of `target`."""
    document: Any = copy.deepcopy(target)
    for operation in operations:
        document = _operate(document, operation)
    if not isinstance(document, dict):
        raise PatchError("the patched document is not an object")
    return document


def _operate(document: Any, operation: Obj) -> Any:
    try:
        verb, path = operation["op"], operation["path"]
    except (KeyError, TypeError):
        raise PatchError("an operation needs op and path") from None
    match verb:
        case "add" | "replace" | "remove":
            return _set(document, _steps(path), verb, operation.get("value"))
        case "test":
            if _read(document, _steps(path), absent_is_none=True) != operation.get("value"):
                raise PatchError(f"testing value {path} failed")
            return document
        case "copy" | "move":
            value = copy.deepcopy(_read(document, _steps(operation["from"])))
            if verb == "move":
                document = _set(document, _steps(operation["from"]), "remove", None)
            return _set(document, _steps(path), "add", value)
    raise PatchError(f"unexpected kind: {verb}")


def _steps(path: str) -> list[str]:
    if path == "":
        return []
    return [step.replace("~1", "/").replace("~0", "~") for step in path.removeprefix("/").split("/")]


def _read(document: Any, steps: list[str], absent_is_none: bool = False) -> Any:
    for place, step in enumerate(steps):
        try:
            document = document[_index(document, step)] if isinstance(document, list) else document[step]
        except (KeyError, IndexError, TypeError, ValueError):
            # A test against null holds where the last step is missing: guards like Argo CD's count on it.
            if absent_is_none and place == len(steps) - 1 and isinstance(document, dict):
                return None
            raise PatchError(f"missing value at {'/'.join(steps)}") from None
    return document


def _index(items: list[Any], step: str, end: bool = False) -> int:
    if step == "-" and end:
        return len(items)
    index = int(step)
    if not 0 <= index < len(items) + end:
        raise IndexError(step)
    return index


def _set(document: Any, steps: list[str], verb: str, value: Any) -> Any:
    if not steps:
        return value
    holder, last = _read(document, steps[:-1]), steps[-1]
    try:
        if isinstance(holder, list):
            _set_item(holder, last, verb, value)
        elif verb != "add" and last not in holder:
            raise KeyError(last)
        elif verb == "remove":
            del holder[last]
        else:
            holder[last] = value
    except (KeyError, IndexError, TypeError, ValueError):
        raise PatchError(f"{verb} operation does not apply: doc is missing path: /{'/'.join(steps)}") from None
    return document


def _set_item(items: list[Any], step: str, verb: str, value: Any) -> None:
    match verb:
        case "add":
            items.insert(_index(items, step, end=True), value)
        case "replace":
            items[_index(items, step)] = value
        case _:
            del items[_index(items, step)]
