"""The plan to put checks into an argocd-cm: a server-side apply of our own keys and nothing else.

The apply names every key that is ours, also those that aren't to change: what an apply doesn't name any
more, the server takes away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from actions.checks import argocd_resource
from actions.checks.config_map import (
    LARGEST,
    HoldsKeys,
    UntouchedRest,
    body,
    keyed,
    others,
    owned,
    path_of,
    preconditions,
    size,
    target_of,
)
from actions.checks.preflight import preflight, remarks
from actions.kubectl_line import kubectl
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
)
from cluster.apply import apply
from fleet.argocd.config_owners import ARGOCDS
from fleet.argocd.instances import CONFIG_MAP, ArgoCDInstance
from health.argocd_cm.snippets import FORMATS
from health.checks import same, version

RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on syncs with several waves wait for these objects, and fail "
    "with them",
)


@dataclass(frozen=True)
class WantedChecks:
    """The checks that are to be there, by kind, and what may be done for it."""

    scripts: Mapping[str, str]
    take_over: bool = False
    force_configmap: bool = False


def install(instance: ArgoCDInstance, wish: WantedChecks) -> Planned:
    """What has to be sent so that these checks are in force."""
    if blocked := preflight(instance):
        return blocked
    if not wish.force_configmap:
        if instance.keeper is not None and instance.keeper.resource == ARGOCDS:
            return argocd_resource.install(instance, instance.keeper, wish.scripts, take_over=wish.take_over)
        if belongs_elsewhere(instance):
            return _elsewhere(instance, wish)
    return _into_config_map(instance, wish)


def belongs_elsewhere(instance: ArgoCDInstance) -> bool:
    """Whether whoever keeps this argocd-cm has a better place for it, from where it isn't reverted or forgotten."""
    return instance.owner.added_key != "keeps" or instance.owner.who in ("argo-cd", "flux")


def _elsewhere(instance: ArgoCDInstance, wish: WantedChecks) -> Planned:
    settings = keyed(wish.scripts)
    if all(same(instance.data.get(key, ""), script) for key, script in settings.items()):
        return NothingToDo(f"{instance}: installed already, and nothing to do")
    owner = instance.owner
    source = instance.keeper.source if instance.keeper else ""
    return ChangeElsewhere(
        f"{instance}: {owner.who} keeps {CONFIG_MAP} ({owner.evidence}): {owner.consequence}",
        owner.place + (f": {source}" if source else ""),
        FORMATS[owner.format](wish.scripts),
    )


def _into_config_map(instance: ArgoCDInstance, wish: WantedChecks) -> Planned:
    data, ours = instance.data, owned(instance)
    wanted = {
        key: script for key, script in keyed(wish.scripts).items() if key not in data or not same(data[key], script)
    }
    if not wanted:
        return NothingToDo(f"{instance}: installed already, and nothing to do")
    contested = tuple(_contested(instance, wanted))
    if contested and not wish.take_over:
        return PlanContested(f"{instance}: somebody else has a check there", contested)
    after = {**data, **wanted}
    if size(after.values()) > LARGEST:
        return PlanBlocked(
            f"{instance}: {CONFIG_MAP} would be larger than a ConfigMap may be: {size(after.values()):,} bytes of "
            f"{LARGEST:,}; take something out of it first"
        )
    applied = {key: data[key] for key, how in ours.items() if how == "Apply"} | wanted
    return _plan(instance, wish, wanted, applied, contested)


def _contested(instance: ArgoCDInstance, wanted: Mapping[str, str]) -> Iterator[TakenOver]:
    """The keys that have a value which isn't ours alone."""
    ours = owned(instance)
    for key in wanted:
        if key in instance.data and (key not in ours or others(key, instance)):
            yield TakenOver(key, instance.data[key], others(key, instance))


def _plan(
    instance: ArgoCDInstance,
    wish: WantedChecks,
    wanted: Mapping[str, str],
    applied: Mapping[str, str],
    contested: tuple[TakenOver, ...],
) -> Plan:
    path = path_of(instance)
    kinds = tuple(wish.scripts)
    return Plan(
        title=f"install the check of {_names(kinds)} into {instance}",
        context=instance.context,
        target=target_of(instance),
        requests=(apply(path, body(instance, applied), MANAGER, force=bool(contested)),),
        preconditions=preconditions(instance),
        risk=RISK,
        kubectl=_kubectl(instance, kinds),
        proof=Proof(
            "read back twice: the keys are there, the label is, and everything else is as it was, byte by byte",
            path,
            holds=HoldsKeys(instance.uid, dict(wanted)).lacks,
            spared=UntouchedRest(instance.config_map or {}, frozenset(wanted)).differs,
        ),
        differences=tuple((key, instance.data.get(key, ""), value) for key, value in wanted.items()),
        taken_over=contested,
        notes=(*remarks(instance, kinds), *_older(instance, wanted)),
    )


def _older(instance: ArgoCDInstance, wanted: Mapping[str, str]) -> Iterator[str]:
    for key, script in wanted.items():
        there, new = version(instance.data.get(key, "")), version(script)
        if there is not None and new is not None and there > new:
            yield f"{key}: version {there} is there, and this program's is {new}: it would be put back"


def _kubectl(instance: ArgoCDInstance, kinds: Sequence[str]) -> tuple[str, ...]:
    """A merge patch. Never a server-side apply by kubectl: that takes over what was applied before, and removes it."""
    how = ("--type", "merge", "--field-manager", MANAGER, "--patch-file", "patch.yaml")
    return (
        f"kubectl pko-argo health print {_names(kinds, ' ')} -o configmap-patch > patch.yaml",
        kubectl(instance.context, instance.namespace, "patch", "configmap", CONFIG_MAP, *how),
    )


def _names(kinds: Sequence[str], between: str = ", ") -> str:
    return between.join(kind.rpartition("/")[2] for kind in kinds)
