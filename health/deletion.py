"""What Argo CD shows for an object, which is not what its check says where the object is being deleted.

Up to 3.5 nothing is asked then. Since 3.6 the check is, but its verdict counts only with a `deletionMessage`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from health.result import LATEST, ArgoCDVersion, Health

ASKED_SINCE = ArgoCDVersion(3, 6)
_HOOK = "argocd.argoproj.io/hook-finalizer"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$")


def shown(
    obj: Mapping[str, Any], judge: Callable[[Mapping[str, Any]], Health], release: ArgoCDVersion = LATEST
) -> Health:
    """The health of the object as this release of Argo CD shows it. Raises ScriptError where the check does."""
    metadata = obj.get("metadata")
    deleted = _is_deleted(metadata) and _HOOK not in _finalizers(metadata)
    if deleted and release < ASKED_SINCE:
        return Health("Progressing", "Pending deletion")
    found = judge(obj)
    if not deleted:
        return Health(found.status, found.message, given=found.given)
    if found.deletion_message:
        return Health(found.status, found.deletion_message)
    left = _finalizers(metadata)
    text = f"Pending deletion; blocked by finalizers: {', '.join(left)}" if left else "Pending deletion"
    return Health("Progressing", text)


def _is_deleted(metadata: Any) -> bool:
    stamp = metadata.get("deletionTimestamp") if isinstance(metadata, Mapping) else None
    if not isinstance(stamp, str) or _TIME.match(stamp) is None:
        return False
    try:
        datetime.fromisoformat(stamp[:19])
    except ValueError:
        return False
    return True


def _finalizers(metadata: Any) -> list[str]:
    found = metadata.get("finalizers") if isinstance(metadata, Mapping) else None
    whole = isinstance(found, list) and all(isinstance(item, str) for item in found)
    return list(found) if whole and found else []
