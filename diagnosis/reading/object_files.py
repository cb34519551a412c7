"""Objects that were saved to files, such as with ``kubectl get -o yaml``, as a diagnosis takes them."""

from __future__ import annotations

from collections.abc import Iterable

from diagnosis.facts.context_objects import ContextObjects
from stacks.fields import Obj, text

KINDS = (
    "Stack", "Workspace", "Update", "StatefulSet", "Pod", "Event", "Lease", "Deployment", "Application", "Program",
)  # fmt: skip
"""kinds of which nothing is known where the files hold none"""


def context_of_files(name: str, objects: Iterable[Obj], now: float) -> ContextObjects:
    """The objects of files as those of one context. Of a kind that the files hold, they hold all that there are."""
    found = ContextObjects(name, now)
    by_kind: dict[str, list[Obj]] = {}
    for obj in objects:
        by_kind.setdefault(text(obj, "kind"), []).append(obj)
    for kind in dict.fromkeys((*KINDS, *by_kind)):
        if kind == "Secret":
            found.put_refusal(kind, "Secrets aren't read")
        elif kind in by_kind:
            found.put_list(kind, by_kind[kind])
        else:
            found.put_refusal(kind, f"the files hold no {kind}")
    found.operator_namespace = next((namespace for namespace, _ in found.raw("Lease")), "")
    return found
