"""The same for an Argo CD that argocd-operator keeps: its ArgoCD resource is written, and it writes argocd-cm.

`spec.resourceHealthChecks` is a plain list, which a merge patch or an apply would replace as a whole. So it
is a JSON patch, of one entry, that tests the resource's uid, its version and what stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.checks.preflight import remarks
from actions.kubectl_line import kubectl
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
)
from cluster.apply import json_patch, pointer
from fleet.argocd.config_owners import ConfigOwner
from fleet.argocd.instances import ArgoCDInstance
from fleet.argocd.raw_objects import field, texts
from health.argocd_cm.key_advice import split_key
from health.checks import same, version

_CHECKS = ("spec", "resourceHealthChecks")
RISK = Risk("medium", "the operator writes argocd-cm, and Argo CD reads all its clusters anew, once")


@dataclass(frozen=True, slots=True)
class _Entry:
    place: int
    check: str


def install(instance: ArgoCDInstance, keeper: ConfigOwner, scripts: Mapping[str, str], *, take_over: bool) -> Planned:
    """The patch that puts these checks into the ArgoCD resource."""
    if blocked := _winning(keeper, scripts):
        return blocked
    there = _entries(keeper.obj)
    wanted = {kind: lua for kind, lua in scripts.items() if kind not in there or not same(there[kind].check, lua)}
    if not wanted:
        return NothingToDo(f"{instance}: installed already in {keeper}, and nothing to do")
    contested = tuple(
        TakenOver(split_key(kind), there[kind].check)
        for kind in wanted
        if kind in there and version(there[kind].check) is None
    )
    if contested and not take_over:
        return PlanContested(f"{instance}: somebody else has a check in {keeper}", contested)
    operations = [*_tests(keeper), *_puts(keeper, there, wanted)]
    return _plan(instance, keeper, operations, dict(wanted), contested, tuple(remarks(instance, tuple(scripts))))


def uninstall(
    instance: ArgoCDInstance, keeper: ConfigOwner, kinds: Sequence[str], kept: Mapping[str, TakenOver]
) -> Planned:
    """The patch that takes our checks out of it, or gives back what was there before."""
    ours = {
        kind: entry
        for kind, entry in _entries(keeper.obj).items()
        if kind in kinds and version(entry.check) is not None
    }
    if not ours:
        return NothingToDo(f"{instance}: nothing in {keeper} is ours, and nothing to do")
    operations = _tests(keeper)
    values: dict[str, str | None] = {}
    # From the end: taking one out moves those behind it.
    for kind, entry in sorted(ours.items(), key=lambda item: -item[1].place):
        place = pointer(*_CHECKS, str(entry.place))
        before = kept.get(split_key(kind))
        values[kind] = before.value if before else None
        operations.append({"op": "test", "path": f"{place}/check", "value": entry.check})
        if before:
            operations.append({"op": "replace", "path": f"{place}/check", "value": before.value})
        else:
            operations.append({"op": "remove", "path": place})
    if len(ours) == len(_list(keeper.obj)) and not any(values.values()):
        operations.append({"op": "remove", "path": pointer(*_CHECKS)})
    return _plan(instance, keeper, operations, values, (), ())


def _plan(
    instance: ArgoCDInstance,
    keeper: ConfigOwner,
    operations: Sequence[Obj],
    values: Mapping[str, str | None],
    contested: tuple[TakenOver, ...],
    notes: tuple[str, ...],
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
            Precondition("resourceVersion", _meta(keeper, "resourceVersion"), moving=True),
        ),
        risk=RISK,
        kubectl=(kubectl(instance.context, keeper.namespace, "edit", keeper.resource.plural, keeper.name),),
        proof=Proof(
            "read back twice: the ArgoCD resource has what it should have, and the other checks are as they were",
            path,
            holds=_Holds(_meta(keeper, "uid"), values, keeper.obj).lacks,
        ),
        differences=tuple(
            (split_key(kind), there[kind].check if kind in there else "", value or "") for kind, value in values.items()
        ),
        taken_over=contested,
        notes=notes,
    )


def _tests(keeper: ConfigOwner) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": pointer("metadata", name), "value": _meta(keeper, name)}
        for name in ("uid", "resourceVersion")
    ]


def _puts(keeper: ConfigOwner, there: Mapping[str, _Entry], wanted: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if field(keeper.obj, "spec") is None:
        yield {"op": "add", "path": pointer("spec"), "value": {}}
    if field(keeper.obj, *_CHECKS) is None:
        yield {"op": "test", "path": pointer(*_CHECKS), "value": None}
        yield {"op": "add", "path": pointer(*_CHECKS), "value": []}
    for kind, script in wanted.items():
        if kind in there:
            place = pointer(*_CHECKS, str(there[kind].place), "check")
            yield {"op": "test", "path": place, "value": there[kind].check}
            yield {"op": "replace", "path": place, "value": script}
        else:
            group, _, name = kind.rpartition("/")
            entry = {"group": group, "kind": name, "check": script}
            yield {"op": "add", "path": pointer(*_CHECKS, "-"), "value": entry}


def _winning(keeper: ConfigOwner, scripts: Mapping[str, str]) -> PlanBlocked | None:
    """The operator writes `extraConfig` last: what stands there wins over every check."""
    extra = texts(keeper.obj, "spec", "extraConfig")
    reasons = tuple(
        f"spec.extraConfig has {key}: take it out there" for kind in scripts if (key := split_key(kind)) in extra
    )
    return (
        PlanBlocked(f"{keeper} sets the check already, in a place that wins over spec.resourceHealthChecks", reasons)
        if reasons
        else None
    )


@dataclass(frozen=True)
class _Holds:
    uid: str
    values: Mapping[str, str | None]
    before: Obj

    def lacks(self, found: Obj) -> str:
        if field(found, "metadata", "uid") != self.uid:
            return "the ArgoCD resource was deleted and made anew meanwhile"
        there, old = _entries(found), _entries(self.before)
        for kind, value in self.values.items():
            if (there[kind].check if kind in there else None) != value:
                return f"spec.resourceHealthChecks of {kind} isn't what was written: does this operator know the field?"
        lost = [kind for kind in old if kind not in there and kind not in self.values]
        return f"the check of {lost[0]} is gone" if lost else ""


def _entries(obj: Obj) -> dict[str, _Entry]:
    """The checks by kind. Of two for one kind the last counts, as for the operator."""
    found: dict[str, _Entry] = {}
    for place, one in enumerate(_list(obj)):
        group, kind = str(field(one, "group") or ""), str(field(one, "kind") or "")
        found[f"{group}/{kind}" if group else kind] = _Entry(place, str(field(one, "check") or ""))
    return found


def _list(obj: Obj) -> list[Any]:
    found = field(obj, *_CHECKS)
    return found if isinstance(found, list) else []


def _meta(keeper: ConfigOwner, name: str) -> str:
    return str(field(keeper.obj, "metadata", name) or "")
