"""An argocd-cm that is going to be changed: whose its keys are, and what may not change with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from actions.plan import MANAGER, Obj, Precondition
from fleet.argocd.instances import CONFIG_MAP, CONFIG_MAPS, ArgoCDInstance
from fleet.argocd.raw_objects import field, texts
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE, entries, managers
from health.argocd_cm.key_advice import split_key

LARGEST = 1 << 20
"""bytes of values that a ConfigMap may hold"""


def path_of(instance: ArgoCDInstance) -> str:
    """Where its argocd-cm is in the API."""
    return CONFIG_MAPS.path(instance.namespace, CONFIG_MAP)


def target_of(instance: ArgoCDInstance) -> str:
    """Its argocd-cm in words."""
    return f"ConfigMap {instance.namespace}/{CONFIG_MAP}"


def keyed(scripts: Mapping[str, str]) -> dict[str, str]:
    """The scripts by key of argocd-cm instead of by kind."""
    return {split_key(kind): script for kind, script in scripts.items()}


def preconditions(instance: ArgoCDInstance) -> tuple[Precondition, ...]:
    """It is still that ConfigMap, and nobody wrote to it since."""
    version = Precondition("resourceVersion", instance.resource_version, moving=True)
    return Precondition("uid", instance.uid), version


def body(instance: ArgoCDInstance, data: Mapping[str, str]) -> dict[str, Any]:
    """What an apply of these keys sends: for that very ConfigMap, as it was read."""
    metadata = {
        "name": CONFIG_MAP,
        "namespace": instance.namespace,
        "uid": instance.uid,
        "resourceVersion": instance.resource_version,
    }
    found = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return found | ({"data": dict(sorted(data.items()))} if data else {})


def others(key: str, instance: ArgoCDInstance) -> tuple[str, ...]:
    """The field managers of a key, ourselves apart."""
    found = managers(_metadata(instance)).get(key, ())
    return tuple(dict.fromkeys(name for name in found if name != MANAGER))


def owned(instance: ArgoCDInstance) -> dict[str, str]:
    """The keys of `data` that are ours, each with how they became so: ``Apply`` or ``Update``."""
    found: dict[str, str] = {}
    for entry in entries(_metadata(instance)):
        if field(entry, "manager") == MANAGER:
            fields = field(entry, "fieldsV1", "f:data")
            names = (name.removeprefix("f:") for name in (fields if isinstance(fields, Mapping) else ()))
            found |= {name: str(field(entry, "operation") or "") for name in names if name in instance.data}
    return found


@dataclass(frozen=True)
class UntouchedRest:
    """An argocd-cm as it was, but for the keys that were to be changed."""

    before: Obj
    keys: frozenset[str]

    def differs(self, after: Obj) -> str:
        """What else is different in `after`, or nothing."""
        return next(self._differences(after), "")

    def _differences(self, after: Obj) -> Iterator[str]:
        for what, path in (
            ("data", ("data",)),
            ("binaryData", ("binaryData",)),
            ("label", ("metadata", "labels")),
            ("annotation", ("metadata", "annotations")),
        ):
            old, new = texts(self.before, *path), texts(after, *path)
            spared = (old.keys() | new.keys()) - (self.keys if what == "data" else set())
            for key in sorted(spared):
                if old.get(key) != new.get(key):
                    yield f"the write changed {what} {key}, which it shouldn't have"


@dataclass(frozen=True)
class HoldsKeys:
    """What is to be found in an argocd-cm from now on: these values, or (None) no such key, and its label."""

    uid: str
    values: Mapping[str, str | None]

    def lacks(self, found: Obj) -> str:
        """What isn't so, or nothing."""
        if field(found, "metadata", "uid") != self.uid:
            return "argocd-cm was deleted and made anew meanwhile"
        if texts(found, "metadata", "labels").get(LABEL) != LABEL_VALUE:
            return f"the label {LABEL}={LABEL_VALUE} is gone: Argo CD doesn't see argocd-cm any more"
        data = texts(found, "data")
        for key, value in self.values.items():
            if data.get(key) != value:
                who = " and ".join(managers(_of(found)).get(key, ())) or "somebody"
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
    return _of(instance.config_map or {})


def _of(obj: Obj) -> Obj:
    found = field(obj, "metadata")
    return found if isinstance(found, Mapping) else {}
