"""The plans to install and uninstall checks in an argocd-cm: exactly the keys that are ours, and nothing else.

A server-side apply names every key that is ours, also those that aren't to change: the server removes what an apply
doesn't name any more. Where an uninstall gives back a value, one JSON patch does all, so that there is no moment
with neither value, under the field manager that had the key before: its next apply meets no conflict.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from actions.checks import argocd_resource
from actions.checks.config_map import (
    LARGEST,
    PROVEN,
    apply_body,
    by_key,
    install_notes,
    missing,
    other_managers,
    own_keys,
    path_of,
    preconditions,
    preflight,
    side_effect,
    target_of,
)
from actions.plan import (
    MANAGER,
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    Planned,
    Proof,
    Risk,
    TakenOver,
    kubectl,
)
from cluster.apply import WriteRequest, apply, json_patch
from cluster.resources import pointer
from fleet.argocd.instances import ARGOCDS, CONFIG_MAP, ArgoCDInstance
from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS, config_map_key
from health.checks import same, version

INSTALL_RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on syncs with several waves wait for these objects, and fail "
    "with them",
)
UNINSTALL_RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on it judges these objects by what it has itself, and up to "
    "3.5 that is nothing: waves don't wait",
)


@dataclass(frozen=True)
class WantedChecks:
    """The checks that are to be installed, by kind, and whether values of others and owners may be overridden."""

    scripts: Mapping[str, str]
    take_over: bool = False
    override_owner: bool = False


def plan_install(instance: ArgoCDInstance, wanted: WantedChecks) -> Planned:
    """What has to be sent so that these checks are in force: to argocd-cm, or to the resource it is made from."""
    if blocked := preflight(instance):
        return blocked
    if not wanted.override_owner:
        if instance.config_owner is not None and instance.config_owner.resource == ARGOCDS:
            return argocd_resource.plan_install(
                instance, instance.config_owner, wanted.scripts, take_over=wanted.take_over
            )
        if belongs_elsewhere(instance):
            return _elsewhere(instance, wanted)
    return _into_config_map(instance, wanted)


def belongs_elsewhere(instance: ArgoCDInstance) -> bool:
    """Whether whoever writes this argocd-cm would revert or forget a key that is added here."""
    return instance.owner.added_key != "keeps" or instance.owner.who in ("argo-cd", "flux")


def _elsewhere(instance: ArgoCDInstance, wanted: WantedChecks) -> NothingToDo | ChangeElsewhere:
    settings = by_key(wanted.scripts)
    if all(same(instance.data.get(key, ""), script) for key, script in settings.items()):
        return NothingToDo(f"{instance}: installed already, and nothing to do")
    owner = instance.owner
    source = instance.config_owner.source if instance.config_owner else ""
    return ChangeElsewhere(
        f"{instance}: {owner.who} keeps {CONFIG_MAP} ({owner.evidence}): {owner.consequence}",
        owner.place + (f": {source}" if source else ""),
        FORMATS[owner.format](wanted.scripts),
        written=CONFIG_MAP,
        file_name="check",
    )


def _into_config_map(instance: ArgoCDInstance, wanted: WantedChecks) -> Planned:
    data, ours = instance.data, own_keys(instance)
    changed = {
        key: script for key, script in by_key(wanted.scripts).items() if key not in data or not same(data[key], script)
    }
    if not changed:
        return NothingToDo(f"{instance}: installed already, and nothing to do")
    contested = tuple(_contested(instance, changed))
    if contested and not wanted.take_over:
        return PlanContested(f"{instance}: somebody else has a check there", contested)
    after = {**data, **changed}
    if (size := sum(len(value.encode()) for value in after.values())) > LARGEST:
        return PlanBlocked(
            f"{instance}: {CONFIG_MAP} would be larger than a ConfigMap may be: {size:,} bytes of "
            f"{LARGEST:,}; take something out of it first"
        )
    applied = {key: data[key] for key, how in ours.items() if how == "Apply"} | changed
    kinds = tuple(wanted.scripts)
    return _plan(
        instance,
        changed,
        title=f"install the check of {_names(kinds)} into {instance}",
        request=apply(path_of(instance), apply_body(instance, applied), MANAGER, force=bool(contested)),
        risk=INSTALL_RISK,
        kubectl=_kubectl_merge_patch(instance, kinds),
        proof="read back twice: the keys are there, the label is, and everything else is as it was, byte by byte",
        taken_over=contested,
        notes=(*install_notes(instance, kinds), *_older(instance, changed)),
    )


def _contested(instance: ArgoCDInstance, changed: Mapping[str, str]) -> Iterator[TakenOver]:
    """The keys that have a value which isn't ours alone."""
    ours = own_keys(instance)
    for key in changed:
        if key in instance.data and (key not in ours or other_managers(key, instance)):
            yield TakenOver(key, instance.data[key], other_managers(key, instance))


def _plan(
    instance: ArgoCDInstance,
    values: Mapping[str, str | None],
    *,
    title: str,
    request: WriteRequest,
    risk: Risk,
    kubectl: tuple[str, ...],
    proof: str,
    notes: tuple[str, ...],
    taken_over: tuple[TakenOver, ...] = (),
) -> Plan:
    """The plan of a request that leaves these values in argocd-cm, by key, or (None) no such key."""
    return Plan(
        title=title,
        context=instance.context,
        target=target_of(instance),
        requests=(request,),
        preconditions=preconditions(instance),
        risk=risk,
        kubectl=kubectl,
        proof=Proof(
            proof,
            path_of(instance),
            missing=partial(missing, instance.uid, values),
            side_effect=partial(side_effect, instance.config_map or {}, values.keys()),
            result=PROVEN,
        ),
        differences=tuple((key, instance.data.get(key, ""), value or "") for key, value in values.items()),
        taken_over=taken_over,
        notes=notes,
    )


def _older(instance: ArgoCDInstance, changed: Mapping[str, str]) -> Iterator[str]:
    for key, script in changed.items():
        there, new = version(instance.data.get(key, "")), version(script)
        if there is not None and new is not None and there > new:
            yield f"{key}: version {there} is there, and this program's is {new}: it would be put back"


def _kubectl_merge_patch(instance: ArgoCDInstance, kinds: Sequence[str]) -> tuple[str, ...]:
    """A merge patch. Never a server-side apply by kubectl: that takes over what was applied before, and removes it."""
    how = ("--type", "merge", "--field-manager", MANAGER, "--patch-file", "patch.yaml")
    return (
        f"kubectl pko-argo health print {_names(kinds, ' ')} -o configmap-patch > patch.yaml",
        kubectl(instance.context, instance.namespace, "patch", "configmap", CONFIG_MAP, *how),
    )


def _names(kinds: Sequence[str], between: str = ", ") -> str:
    return between.join(kind.rpartition("/")[2] for kind in kinds)


def plan_uninstall(
    instance: ArgoCDInstance,
    kinds: Sequence[str] = (),
    saved: Mapping[str, TakenOver] | None = None,
    unreadable: Sequence[str] = (),
) -> Planned:
    """What has to be sent so that nothing of ours is left, of these kinds or of all.

    `saved` are the values that were taken over, by key; `unreadable` are notes on files of such values that can't be
    read, for a plan that removes a key and gives nothing back.
    """
    planned = _uninstall(instance, kinds, saved or {})
    if isinstance(planned, Plan) and not all(after for _, _, after in planned.differences):
        return replace(planned, notes=(*planned.notes, *unreadable))
    return planned


def _uninstall(instance: ArgoCDInstance, kinds: Sequence[str], saved: Mapping[str, TakenOver]) -> Planned:
    if blocked := preflight(instance):
        return blocked
    wanted = {config_map_key(kind) for kind in kinds or KINDS}
    ours = {key: how for key, how in own_keys(instance).items() if key in wanted}
    if ours:
        return _uninstall_plan(instance, ours, {key: value for key, value in saved.items() if key in ours}, wanted)
    if instance.config_owner is not None and instance.config_owner.resource == ARGOCDS:
        return argocd_resource.plan_uninstall(instance, instance.config_owner, kinds or KINDS, saved)
    notes = tuple(_foreign_copies(instance, wanted))
    if by_hand := [key for key in _foreign_keys(instance, wanted) if _is_by_hand(key, instance)]:
        values: dict[str, str | None] = dict.fromkeys(by_hand)
        return PlanBlocked(f"{instance}: {'; '.join(notes)}: {_kubectl_json_patch(instance, values, {})[0]}")
    return NothingToDo("; ".join((f"{instance}: nothing there is ours, and nothing to do", *notes)))


def _foreign_copies(instance: ArgoCDInstance, wanted: set[str]) -> Iterator[str]:
    """Notes on keys whose check looks like ours, and that somebody else has put there or changed."""
    for key in _foreign_keys(instance, wanted):
        who = " and ".join(other_managers(key, instance)) or "somebody"
        where = "by hand" if _is_by_hand(key, instance) else "where it came from"
        yield f"{key} is a check of ours that {who} put there; take it out {where}"


def _foreign_keys(instance: ArgoCDInstance, wanted: set[str]) -> list[str]:
    """The keys whose check is ours by its first line, and that our field manager doesn't own."""
    found = wanted & instance.data.keys() - own_keys(instance).keys()
    return sorted(key for key in found if version(instance.data[key]) is not None)


def _is_by_hand(key: str, instance: ArgoCDInstance) -> bool:
    """Whether kubectl wrote the key, and not from a manifest, which would write it again."""
    who = other_managers(key, instance)
    return bool(who) and all(name.startswith("kubectl-") and name != "kubectl-client-side-apply" for name in who)


def _uninstall_plan(
    instance: ArgoCDInstance, ours: Mapping[str, str], back: Mapping[str, TakenOver], wanted: set[str]
) -> Plan:
    shared = {key for key in ours if other_managers(key, instance) and key not in back}
    values: dict[str, str | None] = {key: back[key].value if key in back else None for key in ours if key not in shared}
    applied = all(how == "Apply" for how in ours.values()) and not back
    if applied:
        owned = own_keys(instance).items()
        staying = {key: instance.data[key] for key, how in owned if key not in ours and how == "Apply"}
        request = apply(path_of(instance), apply_body(instance, staying), MANAGER)
    else:
        uid, *operations = _operations(instance, values)
        version = _test(pointer("metadata", "resourceVersion"), instance.resource_version)
        request = json_patch(path_of(instance), [uid, version, *operations], _former_manager(back))
    return _plan(
        instance,
        values,
        title=f"take the checks of {MANAGER} out of {instance}",
        request=request,
        risk=UNINSTALL_RISK,
        kubectl=_kubectl_json_patch(instance, values, back),
        proof="read back twice: the keys are gone or as they once were, and all else is as it was, byte by byte",
        notes=(*_notes(instance, shared, back), *_foreign_copies(instance, wanted)),
    )


def _operations(instance: ArgoCDInstance, values: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """The JSON patch: test the uid, and of each key test that it is as it was read, then remove or replace it."""
    yield _test(pointer("metadata", "uid"), instance.uid)
    for key, value in values.items():
        path = pointer("data", key)
        yield _test(path, instance.data[key])
        yield {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}


def _test(path: str, value: str) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


def _former_manager(back: Mapping[str, TakenOver]) -> str:
    """The field manager that values are given back as: the one that had them, or ours where that isn't known."""
    return next((name for value in back.values() for name in value.managers), MANAGER)


def _kubectl_json_patch(
    instance: ArgoCDInstance, values: Mapping[str, str | None], back: Mapping[str, TakenOver]
) -> tuple[str, ...]:
    """The same as one JSON patch. What is given back replaces what was read and nothing else, so that is tested."""
    if not values:
        return ()
    removals = [{"op": "remove", "path": pointer("data", key)} for key in values]
    operations = list(_operations(instance, values)) if back else removals
    how = ("--type", "json", "--field-manager", _former_manager(back), "-p", json.dumps(operations))
    return (kubectl(instance.context, instance.namespace, "patch", "configmap", CONFIG_MAP, *how),)


def _notes(instance: ArgoCDInstance, shared: set[str], back: Mapping[str, TakenOver]) -> Iterator[str]:
    for key in sorted(shared):
        who = " and ".join(other_managers(key, instance))
        yield f"{key} stays, since {who} wants the same; only our name goes, which kubectl can't do"
    for key, value in back.items():
        yield f"{key} gets the value back that {value.who} had given it"
