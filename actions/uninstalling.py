"""The plan to take our checks out again: exactly what is ours, and what was taken over goes back.

Where nothing has to go back, it is an apply that doesn't name the keys any more. Otherwise one JSON patch
does both, so that there is no moment with neither value, and under the name of whoever had the key before:
their next apply meets no conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actions import argocd_resource
from actions.config_map import Holds, Spared, others, owned, path_of, preconditions, target_of
from actions.plans import MANAGER, Nothing, Plan, Planned, Proof, Risk, TakenOver
from actions.preflight import preflight
from cluster.apply import Change, apply, json_patch, pointer
from fleet.argocd.instances import CONFIG_MAP, Instance
from fleet.argocd.keepers import ARGOCDS
from health.checks import version
from health.kinds import KINDS
from health.settings.advice import split_key

RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on it judges these objects by what it has itself, and up to "
    "3.5 that is nothing: waves don't wait",
)


def uninstall(instance: Instance, kinds: Sequence[str] = (), kept: Mapping[str, TakenOver] | None = None) -> Planned:
    """What has to be sent so that nothing of ours is left, of these kinds or of all.

    `kept` are the values that were taken over, by key.
    """
    if blocked := preflight(instance):
        return blocked
    wanted = {split_key(kind) for kind in kinds or KINDS}
    ours = {key: how for key, how in owned(instance).items() if key in wanted}
    if ours:
        return _plan(instance, ours, {key: value for key, value in (kept or {}).items() if key in ours})
    if instance.keeper is not None and instance.keeper.resource == ARGOCDS:
        return argocd_resource.uninstall(instance, instance.keeper, kinds or KINDS, kept or {})
    left = tuple(_left(instance, wanted))
    return Nothing("; ".join((f"{instance}: nothing there is ours, and nothing to do", *left)))


def _left(instance: Instance, wanted: set[str]) -> Iterator[str]:
    """Checks that look like ours, and that somebody else has put there or changed."""
    for key in sorted(wanted & instance.data.keys()):
        if version(instance.data[key]) is not None:
            who = " and ".join(others(key, instance)) or "somebody"
            yield f"{key} is a check of ours that {who} put there; take it out where it came from"


def _plan(instance: Instance, ours: Mapping[str, str], back: Mapping[str, TakenOver]) -> Plan:
    shared = {key for key in ours if others(key, instance) and key not in back}
    values: dict[str, str | None] = {key: back[key].value if key in back else None for key in ours if key not in shared}
    applied = all(how == "Apply" for how in ours.values()) and not back
    path = path_of(instance)
    request = _let_go(instance, path, set(ours)) if applied else _give_back(instance, path, values, back)
    return Plan(
        title=f"take the checks of {MANAGER} out of {instance}",
        context=instance.context,
        target=target_of(instance),
        requests=(request,),
        preconditions=preconditions(instance),
        risk=RISK,
        kubectl=_kubectl(instance, values),
        proof=Proof(
            "read back twice: the keys are gone or as they once were, and all else is as it was, byte by byte",
            path,
            holds=Holds(instance.uid, values).lacks,
            spared=Spared(instance.config_map or {}, frozenset(values)).differs,
        ),
        differences=tuple((key, instance.data[key], value or "") for key, value in values.items()),
        notes=tuple(_notes(instance, shared, back)),
    )


def _let_go(instance: Instance, path: str, keys: set[str]) -> Change:
    metadata = {
        "name": CONFIG_MAP,
        "namespace": instance.namespace,
        "uid": instance.uid,
        "resourceVersion": instance.resource_version,
    }
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    staying = {key: instance.data[key] for key, how in owned(instance).items() if key not in keys and how == "Apply"}
    return apply(path, body | ({"data": staying} if staying else {}), MANAGER)


def _give_back(
    instance: Instance, path: str, values: Mapping[str, str | None], back: Mapping[str, TakenOver]
) -> Change:
    operations: list[dict[str, Any]] = [
        {"op": "test", "path": pointer("metadata", "uid"), "value": instance.uid},
        {"op": "test", "path": pointer("metadata", "resourceVersion"), "value": instance.resource_version},
    ]
    for key, value in values.items():
        place = pointer("data", key)
        operations.append({"op": "test", "path": place, "value": instance.data[key]})
        operations.append({"op": "remove", "path": place} if value is None else _replaced(place, value))
    before = next((name for value in back.values() for name in value.managers), MANAGER)
    return json_patch(path, operations, before)


def _replaced(place: str, value: str) -> dict[str, Any]:
    return {"op": "replace", "path": place, "value": value}


def _kubectl(instance: Instance, values: Mapping[str, str | None]) -> tuple[str, ...]:
    patch = f"kubectl --context {instance.context} -n {instance.namespace} patch configmap {CONFIG_MAP} --type json -p"
    return tuple(
        f'{patch} \'[{{"op":"remove","path":"{pointer("data", key)}"}}]\''
        for key, value in values.items()
        if value is None
    )


def _notes(instance: Instance, shared: set[str], back: Mapping[str, TakenOver]) -> Iterator[str]:
    for key in sorted(shared):
        yield f"{key} stays, since {' and '.join(others(key, instance))} wants the same; only our name goes"
    for key, value in back.items():
        yield f"{key} gets the value back that {' and '.join(value.managers) or 'somebody'} had given it"
