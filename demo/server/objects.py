"""Objects as the server keeps them: looking into one, and times as Kubernetes writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stacks import times

Obj = dict[str, Any]
"""An object of the Kubernetes API, or a part of one, as JSON has it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(seconds: float) -> str:
    """RFC 3339 in whole seconds, the form of every `metav1.Time`."""
    return (_EPOCH + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_fraction(seconds: float, digits: int) -> str:
    """RFC 3339 with parts of a second: 3 digits as zap's encoder writes it, 6 as Leases carry it, 9 as log lines do."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f000")[: 20 + digits] + "Z"


def moment(text: str) -> float:
    """The reverse of all of them; ValueError for anything else."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def age(seconds: float) -> str:
    """How long ago, as the AGE column has it; a second of clock skew is forgiven."""
    return "<invalid>" if int(seconds) < -1 else times.kubectl_age(seconds)


def dig(obj: object, *steps: str) -> Any:
    """The value at the end of `steps`, or None wherever the path breaks off."""
    for step in steps:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(step)
    return obj


def without_empty(obj: Obj) -> Obj:
    """The object without the fields that hold nothing, as Go leaves them out."""
    return {key: value for key, value in obj.items() if value}
