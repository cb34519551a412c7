"""Objects that were saved to files, such as with ``kubectl get -o yaml``, as a diagnosis takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from diagnosis.facts.context_objects import ContextObjects
from stacks.fields import Obj, text
from stacks.times import instant

KINDS = (
    "Stack", "Workspace", "Update", "StatefulSet", "Pod", "Event", "Lease", "Deployment", "Application", "Program",
)  # fmt: skip
"""kinds of which nothing is known where the files hold none"""
_EVERYTHING = {"Stack", "Pod", "Event", "Lease"}
"""kinds that somebody saves together who saves all"""


def context_of_files(name: str, objects: Iterable[Obj], now: float) -> ContextObjects:
    """The objects of files as those of one context. Of a kind that the files hold, they hold all that there are; and
    where they hold the operator's Lease, pods and Events they are a picture of everything."""
    found = ContextObjects(name, now)
    by_kind: dict[str, list[Obj]] = {}
    for obj in objects:
        by_kind.setdefault(text(obj, "kind"), []).append(obj)
    for kind in dict.fromkeys((*KINDS, *by_kind)):
        if kind == "Secret":
            found.put_refusal(kind, "Secrets aren't read")
        elif kind in by_kind or by_kind.keys() >= _EVERYTHING:
            found.put_list(kind, by_kind.get(kind, ()))
        else:
            found.put_refusal(kind, f"the files hold no {kind}")
    found.operator_namespace = next((namespace for namespace, _ in found.raw("Lease")), "")
    return found


_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_COPIED = 600.0
"""seconds between the newest time in a file and its own from which on the file is a copy of an older one"""


def saved_at(objects: Sequence[Obj], head: str, written: float) -> float:
    """When objects were saved, which is the time to judge them at: ages are counted from it.

    A comment in the first line of the file (`head`) may say it. Else it is when the file was `written`; unless the
    operator's Lease is among the objects and all times in it are much older: then the file is a copy, or the Lease of
    a healthy operator would count as that of a dead one.
    """
    if head.startswith("#") and (said := _TIME.search(head)) is not None:
        at = instant(said[0])
        return written if at is None else at
    if not any(text(each, "kind") == "Lease" for each in objects):
        return written
    times = {instant(each) for each in _TIME.findall(msgspec.json.encode(objects).decode())}
    newest = max((each for each in times if each is not None and each <= written), default=written)
    return newest if written - newest > _COPIED else written
