"""The plan to take our checks out again: exactly what is ours, and what was taken over goes back.

Where nothing has to go back, it is an apply that doesn't name the keys any more. Otherwise one JSON patch
does both, so that there is no moment with neither value, and under the name of whoever had the key before:
their next apply meets no conflict.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.checks import argocd_resource
from actions.checks.config_map import HoldsKeys, UntouchedRest, body, others, owned, path_of, preconditions, target_of
from actions.checks.preflight import preflight
from actions.kubectl_line import kubectl
from actions.plan import MANAGER, NothingToDo, Plan, PlanBlocked, Planned, Proof, Risk, TakenOver
from cluster.apply import WriteRequest, apply, json_patch, pointer
from fleet.argocd.config_owners import ARGOCDS
from fleet.argocd.instances import CONFIG_MAP, ArgoCDInstance
from health.argocd_cm.key_advice import split_key
from health.check_kinds import KINDS
from health.checks import version

RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on it judges these objects by what it has itself, and up to "
    "3.5 that is nothing: waves don't wait",
)


def uninstall(
    instance: ArgoCDInstance,
    kinds: Sequence[str] = (),
    kept: Mapping[str, TakenOver] | None = None,
    lost: Sequence[str] = (),
) -> Planned:
    """What has to be sent so that nothing of ours is left, of these kinds or of all.

    `kept` are the values that were taken over, by key; `lost` says where others may be, which can't be read.
    """
    planned = _uninstall(instance, kinds, kept or {})
    if isinstance(planned, Plan) and not all(after for _, _, after in planned.differences):
        return replace(planned, notes=(*planned.notes, *lost))
    return planned


def _uninstall(instance: ArgoCDInstance, kinds: Sequence[str], kept: Mapping[str, TakenOver]) -> Planned:
    if blocked := preflight(instance):
        return blocked
    wanted = {split_key(kind) for kind in kinds or KINDS}
    ours = {key: how for key, how in owned(instance).items() if key in wanted}
    if ours:
        return _plan(instance, ours, {key: value for key, value in kept.items() if key in ours}, wanted)
    if instance.keeper is not None and instance.keeper.resource == ARGOCDS:
        return argocd_resource.uninstall(instance, instance.keeper, kinds or KINDS, kept)
    left = tuple(_left(instance, wanted))
    if by_hand := [key for key in _ours_of_others(instance, wanted) if _is_by_hand(key, instance)]:
        values: dict[str, str | None] = dict.fromkeys(by_hand)
        return PlanBlocked(f"{instance}: {'; '.join(left)}: {_kubectl(instance, values, {})[0]}")
    return NothingToDo("; ".join((f"{instance}: nothing there is ours, and nothing to do", *left)))


def _left(instance: ArgoCDInstance, wanted: set[str]) -> Iterator[str]:
    """Checks that look like ours, and that somebody else has put there or changed."""
    for key in _ours_of_others(instance, wanted):
        who = " and ".join(others(key, instance)) or "somebody"
        way = "by hand" if _is_by_hand(key, instance) else "where it came from"
        yield f"{key} is a check of ours that {who} put there; take it out {way}"


def _ours_of_others(instance: ArgoCDInstance, wanted: set[str]) -> list[str]:
    """The keys whose check is ours by its first line, and that aren't ours by their field manager."""
    found = wanted & instance.data.keys() - owned(instance).keys()
    return sorted(key for key in found if version(instance.data[key]) is not None)


def _is_by_hand(key: str, instance: ArgoCDInstance) -> bool:
    """Whether kubectl put it there, and not from a manifest, which would put it there again."""
    who = others(key, instance)
    return bool(who) and all(name.startswith("kubectl-") and name != "kubectl-client-side-apply" for name in who)


def _plan(instance: ArgoCDInstance, ours: Mapping[str, str], back: Mapping[str, TakenOver], wanted: set[str]) -> Plan:
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
        kubectl=_kubectl(instance, values, back),
        proof=Proof(
            "read back twice: the keys are gone or as they once were, and all else is as it was, byte by byte",
            path,
            holds=HoldsKeys(instance.uid, values).lacks,
            spared=UntouchedRest(instance.config_map or {}, frozenset(values)).differs,
        ),
        differences=tuple((key, instance.data[key], value or "") for key, value in values.items()),
        notes=(*_notes(instance, shared, back), *_left(instance, wanted)),
    )


def _let_go(instance: ArgoCDInstance, path: str, keys: set[str]) -> WriteRequest:
    staying = {key: instance.data[key] for key, how in owned(instance).items() if key not in keys and how == "Apply"}
    return apply(path, body(instance, staying), MANAGER)


def _give_back(
    instance: ArgoCDInstance, path: str, values: Mapping[str, str | None], back: Mapping[str, TakenOver]
) -> WriteRequest:
    version = _test(pointer("metadata", "resourceVersion"), instance.resource_version)
    uid, *exchanges = _exchanges(instance, values)
    return json_patch(path, [uid, version, *exchanges], _before(back))


def _exchanges(instance: ArgoCDInstance, values: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """It is still that ConfigMap, and each key as it was seen; then it goes, or gets this value."""
    yield _test(pointer("metadata", "uid"), instance.uid)
    for key, value in values.items():
        place = pointer("data", key)
        yield _test(place, instance.data[key])
        yield _removed(place) if value is None else {"op": "replace", "path": place, "value": value}


def _test(place: str, value: str) -> dict[str, Any]:
    return {"op": "test", "path": place, "value": value}


def _removed(place: str) -> dict[str, Any]:
    return {"op": "remove", "path": place}


def _before(back: Mapping[str, TakenOver]) -> str:
    """Under whose name something is given back: whoever had it."""
    return next((name for value in back.values() for name in value.managers), MANAGER)


def _kubectl(
    instance: ArgoCDInstance, values: Mapping[str, str | None], back: Mapping[str, TakenOver]
) -> tuple[str, ...]:
    """The same as one JSON patch. What is given back replaces what was seen and nothing else, so that is tested."""
    if not values:
        return ()
    operations = list(_exchanges(instance, values)) if back else [_removed(pointer("data", key)) for key in values]
    how = ("--type", "json", "--field-manager", _before(back), "-p", json.dumps(operations))
    return (kubectl(instance.context, instance.namespace, "patch", "configmap", CONFIG_MAP, *how),)


def _notes(instance: ArgoCDInstance, shared: set[str], back: Mapping[str, TakenOver]) -> Iterator[str]:
    for key in sorted(shared):
        who = " and ".join(others(key, instance))
        yield f"{key} stays, since {who} wants the same; only our name goes, which kubectl can't do"
    for key, value in back.items():
        yield f"{key} gets the value back that {value.who} had given it"
