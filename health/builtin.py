"""What Argo CD 3.6 and later say of a Stack where nobody has installed a check: a twin of the rule that it ships.

Written from the rule's description; that it says the same is proven on Argo CD's own VM. It is as exact about
objects nobody would write, for those tell whether a script raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from health.result import NO_OPINION, ArgoCDVersion, Health, ScriptError

SINCE = ArgoCDVersion(3, 6)
"""The first release that ships a check for Stacks; none ships one for the other kinds."""

NOT_OBSERVED = "Waiting for the operator to observe the latest spec change"
NOT_RECONCILED = "Waiting for the stack to be reconciled"
_VERDICTS = {"Stalled": "Degraded", "Reconciling": "Progressing", "Ready": "Healthy"}


def judge(stack: Mapping[str, Any]) -> Health:
    """The built-in check's answer for a Stack. Raises ScriptError where it would."""
    status = stack.get("status")
    if status is None:
        return Health("Progressing", NOT_OBSERVED)
    if not _same(_field(status, "observedGeneration"), _field(stack.get("metadata"), "generation")):
        return Health("Progressing", NOT_OBSERVED)
    conditions = _field(status, "conditions")
    for condition in _items(conditions) if conditions is not None else ():
        kind = _field(condition, "type")
        verdict = _VERDICTS.get(kind) if isinstance(kind, str) else None
        if verdict is not None and _field(condition, "status") == "True":
            return _told(verdict, _field(condition, "message"))
    return Health("Progressing", NOT_RECONCILED)


def _told(status: str, message: Any) -> Health:
    if message is None:
        return Health(status)
    return Health(status, message) if isinstance(message, str) else NO_OPINION


def _field(value: Any, key: str) -> Any:
    """What Lua finds under a key. A list has no such keys, and a text has methods."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list | str):
        return None
    raise ScriptError(f"attempt to index a non-table object({_type(value)}) with key '{key}'")


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return [item for item in value if item is not None]
    if isinstance(value, Mapping):
        return ()
    raise ScriptError(f"bad argument #1 to ipairs (table expected, got {_type(value)})")


def _same(one: Any, other: Any) -> bool:
    """Lua's equality: a table is only itself, and true is not 1."""
    if isinstance(one, list | Mapping) or isinstance(other, list | Mapping):
        return False
    return (type(one) is type(other) or (_is_number(one) and _is_number(other))) and one == other


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    return "number" if _is_number(value) else "string"
