"""The plan to install checks into an argocd-cm: a server-side apply of the keys that are ours, and nothing else.

The apply names every key that is ours, also those that aren't to change: the server removes what an apply
doesn't name any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from actions.checks import argocd_resource
from actions.checks.config_map import (
    LARGEST,
    PROVEN,
    ExpectedKeys,
    UnchangedRest,
    apply_body,
    by_key,
    other_managers,
    own_keys,
    path_of,
    preconditions,
    size,
    target_of,
)
from actions.checks.preflight import install_notes, preflight
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
from fleet.argocd.instances import ARGOCDS, CONFIG_MAP, ArgoCDInstance
from health.argocd_cm.snippets import FORMATS
from health.checks import same, version

RISK = Risk(
    "medium",
    "Argo CD reads all its clusters anew, once; from then on syncs with several waves wait for these objects, and fail "
    "with them",
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
    if size(after.values()) > LARGEST:
        return PlanBlocked(
            f"{instance}: {CONFIG_MAP} would be larger than a ConfigMap may be: {size(after.values()):,} bytes of "
            f"{LARGEST:,}; take something out of it first"
        )
    applied = {key: data[key] for key, how in ours.items() if how == "Apply"} | changed
    return _plan(instance, wanted, changed, applied, contested)


def _contested(instance: ArgoCDInstance, changed: Mapping[str, str]) -> Iterator[TakenOver]:
    """The keys that have a value which isn't ours alone."""
    ours = own_keys(instance)
    for key in changed:
        if key in instance.data and (key not in ours or other_managers(key, instance)):
            yield TakenOver(key, instance.data[key], other_managers(key, instance))


def _plan(
    instance: ArgoCDInstance,
    wanted: WantedChecks,
    changed: Mapping[str, str],
    applied: Mapping[str, str],
    contested: tuple[TakenOver, ...],
) -> Plan:
    path = path_of(instance)
    kinds = tuple(wanted.scripts)
    return Plan(
        title=f"install the check of {_names(kinds)} into {instance}",
        context=instance.context,
        target=target_of(instance),
        requests=(apply(path, apply_body(instance, applied), MANAGER, force=bool(contested)),),
        preconditions=preconditions(instance),
        risk=RISK,
        kubectl=_kubectl(instance, kinds),
        proof=Proof(
            "read back twice: the keys are there, the label is, and everything else is as it was, byte by byte",
            path,
            missing=ExpectedKeys(instance.uid, dict(changed)).missing,
            side_effect=UnchangedRest(instance.config_map or {}, frozenset(changed)).side_effect,
            result=PROVEN,
        ),
        differences=tuple((key, instance.data.get(key, ""), value) for key, value in changed.items()),
        taken_over=contested,
        notes=(*install_notes(instance, kinds), *_older(instance, changed)),
    )


def _older(instance: ArgoCDInstance, changed: Mapping[str, str]) -> Iterator[str]:
    for key, script in changed.items():
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
