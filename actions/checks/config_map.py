"""argocd-cm as a change sees it: whether it may be written, which keys are ours, what is sent, and how it is proven."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from actions.plan import MANAGER, Obj, PlanBlocked, Precondition, kubectl
from diagnosis.argocd_obstacles import broken_keys
from fleet.argocd.instances import CONFIG_MAP, CONFIG_MAPS, ArgoCDInstance
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE, entries, managers
from health.builtin import SINCE
from health.check_kinds import config_map_key
from stacks.fields import field, texts

PROVEN = "read back twice, and everything else is as it was"
"""the result of the proof of every change of checks"""
LARGEST = 1 << 20
"""bytes of values that a ConfigMap may hold"""


def path_of(instance: ArgoCDInstance) -> str:
    return CONFIG_MAPS.path(instance.namespace, CONFIG_MAP)


def target_of(instance: ArgoCDInstance) -> str:
    return f"ConfigMap {instance.namespace}/{CONFIG_MAP}"


def by_key(scripts: Mapping[str, str]) -> dict[str, str]:
    return {config_map_key(kind): script for kind, script in scripts.items()}


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


def side_effect(before: Obj, keys: Collection[str], after: Obj) -> str:
    """The first thing in argocd-cm, but for `keys`, that differs from `before` and shouldn't; empty if nothing does."""
    for what, path in (
        ("data", ("data",)),
        ("binaryData", ("binaryData",)),
        ("label", ("metadata", "labels")),
        ("annotation", ("metadata", "annotations")),
    ):
        old, new = texts(before, *path), texts(after, *path)
        for key in sorted((old.keys() | new.keys()) - set(keys if what == "data" else ())):
            if old.get(key) != new.get(key):
                return f"the write changed {what} {key}, which it shouldn't have"
    return ""


def missing(uid: str, values: Mapping[str, str | None], found: Obj) -> str:
    """What isn't as expected in argocd-cm, and who wrote it; empty if all is.

    Expected are the uid, the label, and of each key in `values` that value, or (None) no such key.
    """
    if field(found, "metadata", "uid") != uid:
        return "argocd-cm was deleted and made anew meanwhile"
    if texts(found, "metadata", "labels").get(LABEL) != LABEL_VALUE:
        return f"the label {LABEL}={LABEL_VALUE} is gone: Argo CD doesn't see argocd-cm any more"
    data = texts(found, "data")
    for key, value in values.items():
        if data.get(key) != value:
            who = " and ".join(managers(_metadata_of(found)).get(key, ())) or "somebody"
            if value is None:
                return f"{key} is there again, written by {who}"
            if key not in data:
                return f"{key} is gone again: somebody keeps argocd-cm as it was"
            return f"{key} has another value, written by {who}"
    return ""


def _metadata(instance: ArgoCDInstance) -> Obj:
    return _metadata_of(instance.config_map or {})


def _metadata_of(obj: Obj) -> Obj:
    found = field(obj, "metadata")
    return found if isinstance(found, Mapping) else {}


def preflight(instance: ArgoCDInstance) -> PlanBlocked | None:
    """Why nothing may be written, and what to mend first; None if it may."""
    where = f"{instance}: {CONFIG_MAP}"
    if instance.unread:
        return PlanBlocked(f"{where} may not be read: {instance.unread}", unseen=True)
    if instance.config_map is None:
        return PlanBlocked(
            f"{instance} has no {CONFIG_MAP}: install Argo CD's own first; one made here would miss its keys"
        )
    if field(instance.config_map, "metadata", "deletionTimestamp"):
        return PlanBlocked(f"{where} is being deleted")
    if field(instance.config_map, "immutable") is True:
        return PlanBlocked(f"{where} is immutable: make it anew without that, Argo CD can't be configured otherwise")
    if reasons := tuple(_broken(instance)):
        return PlanBlocked(f"{instance} is broken, so nothing is changed before it is mended", reasons)
    return None


def _broken(instance: ArgoCDInstance) -> Iterator[str]:
    if not instance.labelled:
        label = f"{LABEL}={LABEL_VALUE}"
        mends = kubectl(instance.context, instance.namespace, "label", "configmap", CONFIG_MAP, label)
        yield f"the label {label} is missing, so Argo CD doesn't see {target_of(instance)}; {mends}"
    for broken in broken_keys(instance.settings):
        yield f"{broken.subject}: {broken.title}; {broken.next_step}"


def install_notes(instance: ArgoCDInstance, kinds: Sequence[str]) -> Iterator[str]:
    """Notes for somebody who installs checks of these kinds: what they replace, and what they won't reach."""
    settings = instance.settings
    for kind in kinds:
        name = kind.rpartition("/")[2]
        if settings.resources.excludes(kind):
            yield f"resource.exclusions leaves out {kind}: Argo CD doesn't watch it, so the check is never asked"
        override = settings.in_force(kind).override
        if override.script and str(override.script_from) != config_map_key(kind):
            yield f"so far {override.script_from} judges {name}; it stays where it is, and no longer counts"
        if kind == "pulumi.com/Stack" and not override.script:
            if instance.release < SINCE:
                yield f"Argo CD {instance.version} has no check for Stacks: from now on waves wait for pulumi up"
            elif instance.workloads.version:
                yield f"it replaces the check that Argo CD {instance.version} has for Stacks"
            else:
                yield "which Argo CD it is isn't known: it replaces the check for Stacks that 3.6 and later have"
    if instance.core:
        yield "there is no argocd-server (a core install): the controller has to be restarted to see all of it"
    if instance.owner.added_key != "keeps":
        yield f"{instance.owner.who} keeps argocd-cm ({instance.owner.evidence}): {instance.owner.consequence}"
