"""The plans to install and uninstall where argocd-operator keeps argocd-cm: its ArgoCD resource is patched.

`spec.resourceHealthChecks` is a plain list, which a merge patch or an apply would replace as a whole. So the plan
is a JSON patch of single entries that tests the resource's uid, its resourceVersion and the entries it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from actions.checks.config_map import PROVEN, install_notes
from actions.plan import (
    MANAGER,
    NothingToDo,
    Obj,
    Plan,
    PlanBlocked,
    PlanContested,
    Planned,
    Precondition,
    Proof,
    Risk,
    TakenOver,
    kubectl,
)
from cluster.apply import json_patch
from cluster.resources import pointer
from fleet.argocd.instances import ArgoCDInstance, ConfigOwner
from health.check_kinds import config_map_key
from health.checks import same, version
from stacks.fields import field, texts

_CHECKS = ("spec", "resourceHealthChecks")
RISK = Risk("medium", "the operator writes argocd-cm, and Argo CD reads all its clusters anew, once")


class _Entry(NamedTuple):
    """An entry of `spec.resourceHealthChecks`: its place in the list, and its script."""

    place: int
    check: str


def plan_install(
    instance: ArgoCDInstance, keeper: ConfigOwner, scripts: Mapping[str, str], *, take_over: bool
) -> Planned:
    """The patch that puts these checks into the ArgoCD resource `keeper`."""
    if blocked := _overridden(keeper, scripts):
        return blocked
    there = _entries(keeper.obj)
    changed = {kind: lua for kind, lua in scripts.items() if kind not in there or not same(there[kind].check, lua)}
    if not changed:
        return NothingToDo(f"{instance}: installed already in {keeper}, and nothing to do")
    contested = tuple(
        TakenOver(config_map_key(kind), there[kind].check)
        for kind in changed
        if kind in there and version(there[kind].check) is None
    )
    if contested and not take_over:
        return PlanContested(f"{instance}: somebody else has a check in {keeper}", contested)
    operations = [*_preconditions(keeper), *_additions(keeper, there, changed)]
    return _plan(instance, keeper, operations, dict(changed), contested, tuple(install_notes(instance, tuple(scripts))))


def plan_uninstall(
    instance: ArgoCDInstance, keeper: ConfigOwner, kinds: Sequence[str], saved: Mapping[str, TakenOver]
) -> Planned:
    """The patch that removes our checks of these kinds from `keeper`, or gives back the values in `saved`, by key."""
    ours = {
        kind: entry
        for kind, entry in _entries(keeper.obj).items()
        if kind in kinds and version(entry.check) is not None
    }
    if not ours:
        return NothingToDo(f"{instance}: nothing in {keeper} is ours, and nothing to do")
    operations = _preconditions(keeper)
    values: dict[str, str | None] = {}
    # From the end: removing an entry moves those behind it.
    for kind, entry in sorted(ours.items(), key=lambda item: -item[1].place):
        path = pointer(*_CHECKS, str(entry.place))
        before = saved.get(config_map_key(kind))
        values[kind] = before.value if before else None
        operations.append({"op": "test", "path": f"{path}/check", "value": entry.check})
        if before:
            operations.append({"op": "replace", "path": f"{path}/check", "value": before.value})
        else:
            operations.append({"op": "remove", "path": path})
    if len(ours) == len(_list(keeper.obj)) and not any(values.values()):
        operations.append({"op": "remove", "path": pointer(*_CHECKS)})
    return _plan(instance, keeper, operations, values)


def _plan(
    instance: ArgoCDInstance,
    keeper: ConfigOwner,
    operations: Sequence[Obj],
    values: Mapping[str, str | None],
    contested: tuple[TakenOver, ...] = (),
    notes: tuple[str, ...] = (),
) -> Plan:
    path = keeper.resource.path(keeper.namespace, keeper.name)
    there = _entries(keeper.obj)
    installing = any(value is not None for value in values.values())
    names = ", ".join(kind.rpartition("/")[2] for kind in values)
    return Plan(
        title=f"{'install' if installing else 'take out'} the check of {names} for {instance}",
        context=instance.context,
        target=str(keeper),
        requests=(json_patch(path, operations, MANAGER),),
        preconditions=(
            Precondition("uid", _meta(keeper, "uid")),
            Precondition("resourceVersion", _meta(keeper, "resourceVersion"), volatile=True),
        ),
        risk=RISK,
        kubectl=(kubectl(instance.context, keeper.namespace, "edit", keeper.resource.plural, keeper.name),),
        proof=Proof(
            "read back twice: the ArgoCD resource has what it should have, and the other checks are as they were",
            path,
            missing=partial(_missing, keeper.obj, values),
            result=PROVEN,
        ),
        differences=tuple(
            (config_map_key(kind), there[kind].check if kind in there else "", value or "")
            for kind, value in values.items()
        ),
        taken_over=contested,
        notes=notes,
    )


def _preconditions(keeper: ConfigOwner) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": pointer("metadata", name), "value": _meta(keeper, name)}
        for name in ("uid", "resourceVersion")
    ]


def _additions(
    keeper: ConfigOwner, there: Mapping[str, _Entry], changed: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    if field(keeper.obj, "spec") is None:
        yield {"op": "add", "path": pointer("spec"), "value": {}}
    if field(keeper.obj, *_CHECKS) is None:
        yield {"op": "test", "path": pointer(*_CHECKS), "value": None}
        yield {"op": "add", "path": pointer(*_CHECKS), "value": []}
    for kind, script in changed.items():
        if kind in there:
            path = pointer(*_CHECKS, str(there[kind].place), "check")
            yield {"op": "test", "path": path, "value": there[kind].check}
            yield {"op": "replace", "path": path, "value": script}
        else:
            group, _, name = kind.rpartition("/")
            entry = {"group": group, "kind": name, "check": script}
            yield {"op": "add", "path": pointer(*_CHECKS, "-"), "value": entry}


def _overridden(keeper: ConfigOwner, scripts: Mapping[str, str]) -> PlanBlocked | None:
    """Why the checks would have no effect: the operator writes `extraConfig` last, over what stands in the list."""
    extra = texts(keeper.obj, "spec", "extraConfig")
    reasons = tuple(
        f"spec.extraConfig has {key}: take it out there" for kind in scripts if (key := config_map_key(kind)) in extra
    )
    text = f"{keeper} sets the check already, in a place that wins over spec.resourceHealthChecks"
    return PlanBlocked(text, reasons) if reasons else None


def _missing(before: Obj, values: Mapping[str, str | None], found: Obj) -> str:
    """What isn't as expected: these values by kind, or (None) no entry, and no other entry gone since `before`."""
    if field(found, "metadata", "uid") != field(before, "metadata", "uid"):
        return "the ArgoCD resource was deleted and made anew meanwhile"
    there = _entries(found)
    for kind, value in values.items():
        if (there[kind].check if kind in there else None) != value:
            return f"spec.resourceHealthChecks of {kind} isn't what was written: does this operator know the field?"
    lost = [kind for kind in _entries(before) if kind not in there and kind not in values]
    return f"the check of {lost[0]} is gone" if lost else ""


def _entries(obj: Obj) -> dict[str, _Entry]:
    """The entries by kind. Of two for one kind the last counts, as for the operator."""
    found: dict[str, _Entry] = {}
    for index, one in enumerate(_list(obj)):
        group, kind = str(field(one, "group") or ""), str(field(one, "kind") or "")
        found[f"{group}/{kind}" if group else kind] = _Entry(index, str(field(one, "check") or ""))
    return found


def _list(obj: Obj) -> list[Any]:
    found = field(obj, *_CHECKS)
    return found if isinstance(found, list) else []


def _meta(keeper: ConfigOwner, name: str) -> str:
    return str(field(keeper.obj, "metadata", name) or "")
