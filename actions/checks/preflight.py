"""What forbids changing an argocd-cm, and what somebody should know before: a broken Argo CD isn't touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actions.checks.config_map import target_of
from actions.kubectl_line import kubectl
from actions.plan import PlanBlocked
from diagnosis.argocd_obstacles import broken_keys
from fleet.argocd.instances import CONFIG_MAP, ArgoCDInstance
from fleet.argocd.raw_objects import field
from health.argocd_cm.config_map_owner import LABEL, LABEL_VALUE
from health.builtin import SINCE
from health.check_kinds import split_key


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
        if override.script and str(override.script_from) != split_key(kind):
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
