"""argocd-cm as a change sees it: which keys are ours, what is sent, and how it is proven afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from actions.plan import MANAGER, Obj, Precondition
from fleet.argocd.instances import CONFIG_MAP, CONFIG_MAPS, ArgoCDInstance
from fleet.argocd.raw_objects import field, texts
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE, entries, managers
from health.check_kinds import split_key

PROVEN = "read back twice, and everything else is as it was"
"""the result of the proof of every change of checks"""
LARGEST = 1 << 20
"""bytes of values that a ConfigMap may hold"""


def path_of(instance: ArgoCDInstance) -> str:
    """The API path of its argocd-cm."""
    return CONFIG_MAPS.path(instance.namespace, CONFIG_MAP)


def target_of(instance: ArgoCDInstance) -> str:
    """Its argocd-cm, as a plan names it."""
    return f"ConfigMap {instance.namespace}/{CONFIG_MAP}"


def by_key(scripts: Mapping[str, str]) -> dict[str, str]:
    """Scripts by kind, as scripts by key of argocd-cm."""
    return {split_key(kind): script for kind, script in scripts.items()}


def preconditions(instance: ArgoCDInstance) -> tuple[Precondition, ...]:
    """It is still the same ConfigMap (uid), and nobody has written to it since it was read (resourceVersion)."""
    version = Precondition("resourceVersion", instance.resource_version, volatile=True)
    return Precondition("uid", instance.uid), version


def apply_body(instance: ArgoCDInstance, data: Mapping[str, str]) -> dict[str, Any]:
    """The body of a server-side apply of these keys, with uid and resourceVersion as preconditions."""
    metadata = {
        "name": CONFIG_MAP,
        "namespace": instance.namespace,
        "uid": instance.uid,
        "resourceVersion": instance.resource_version,
    }
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return applied | ({"data": dict(sorted(data.items()))} if data else {})


def other_managers(key: str, instance: ArgoCDInstance) -> tuple[str, ...]:
    """The field managers of a key but for our own."""
    found = managers(_metadata(instance)).get(key, ())
    return tuple(dict.fromkeys(name for name in found if name != MANAGER))


def own_keys(instance: ArgoCDInstance) -> dict[str, str]:
    """The keys of `data` that our field manager owns, each with the operation it owns them by: Apply or Update."""
    found: dict[str, str] = {}
    for entry in entries(_metadata(instance)):
        if field(entry, "manager") == MANAGER:
            fields = field(entry, "fieldsV1", "f:data")
            names = (name.removeprefix("f:") for name in (fields if isinstance(fields, Mapping) else ()))
            found |= {name: str(field(entry, "operation") or "") for name in names if name in instance.data}
    return found


@dataclass(frozen=True)
class UnchangedRest:
    """What a proof expects of everything in argocd-cm but `keys`: that it is as it was `before`."""

    before: Obj
    keys: frozenset[str]

    def side_effect(self, after: Obj) -> str:
        """The first thing that differs and shouldn't; empty if nothing does."""
        return next(self._differences(after), "")

    def _differences(self, after: Obj) -> Iterator[str]:
        for what, path in (
            ("data", ("data",)),
            ("binaryData", ("binaryData",)),
            ("label", ("metadata", "labels")),
            ("annotation", ("metadata", "annotations")),
        ):
            old, new = texts(self.before, *path), texts(after, *path)
            unchanged = (old.keys() | new.keys()) - (self.keys if what == "data" else set())
            for key in sorted(unchanged):
                if old.get(key) != new.get(key):
                    yield f"the write changed {what} {key}, which it shouldn't have"


@dataclass(frozen=True)
class ExpectedKeys:
    """What a proof expects in argocd-cm: its label, and of each key in `values` that value, or (None) no such key."""

    uid: str
    values: Mapping[str, str | None]

    def missing(self, found: Obj) -> str:
        """What isn't as expected, and who wrote it; empty if all is."""
        if field(found, "metadata", "uid") != self.uid:
            return "argocd-cm was deleted and made anew meanwhile"
        if texts(found, "metadata", "labels").get(LABEL) != LABEL_VALUE:
            return f"the label {LABEL}={LABEL_VALUE} is gone: Argo CD doesn't see argocd-cm any more"
        data = texts(found, "data")
        for key, value in self.values.items():
            if data.get(key) != value:
                who = " and ".join(managers(_metadata_of(found)).get(key, ())) or "somebody"
                if value is None:
                    return f"{key} is there again, written by {who}"
                if key not in data:
                    return f"{key} is gone again: somebody keeps argocd-cm as it was"
                return f"{key} has another value, written by {who}"
        return ""


def size(values: Iterable[str]) -> int:
    """Bytes of these values, as the API server counts them."""
    return sum(len(value.encode()) for value in values)


def _metadata(instance: ArgoCDInstance) -> Obj:
    return _metadata_of(instance.config_map or {})


def _metadata_of(obj: Obj) -> Obj:
    found = field(obj, "metadata")
    return found if isinstance(found, Mapping) else {}
