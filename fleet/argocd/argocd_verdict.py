"""What Argo CD shows for a Stack, by the check in force: Argo CD writes down an Application's worst health only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.argocd.argocd_survey import is_ignored
from fleet.argocd.argocd_words import safe
from fleet.argocd.instances import InstanceChecks
from health.argocd_cm.check_in_force import CheckInForce
from health.argocd_cm.resource_filter import IN_CLUSTER
from health.check_kinds import STACK
from health.judge import FAILED, ShownHealth, judge_for
from stacks.fields import Obj, field


@dataclass(frozen=True)
class ArgoCDVerdict:
    """What the Argo CD of a Stack's Application makes of it. `why_unknown`: it can't be told, or it shows nothing."""

    known: InstanceChecks
    resource_version: str = ""
    """of the Stack that was judged"""
    shown: ShownHealth | None = None
    left_out: bool = False
    """by an annotation: it doesn't count in its Application's health"""
    why_unknown: str = ""

    @property
    def check(self) -> CheckInForce | None:
        """What judges Stacks there; None where argocd-cm may not be read."""
        return self.known.check(STACK)


def runs_foreign_script(known: InstanceChecks) -> bool:
    """Whether it is somebody else's script that judges: it may take a second."""
    found = known.check(STACK)
    return found is not None and bool(found.script) and not found.current


def argocd_verdict(known: InstanceChecks, stack: Obj, server: str = IN_CLUSTER) -> ArgoCDVerdict:
    """Ask whoever judges Stacks there about this one, which is in the cluster with this address."""
    at = str(field(stack, "metadata", "resourceVersion") or "")
    found, instance = known.check(STACK), known.instance
    if found is None:
        return ArgoCDVerdict(known, at, why_unknown=f"argocd-cm of {instance} may not be read: {safe(instance.unread)}")
    if why := next(_why_no_health(known, server), ""):
        return ArgoCDVerdict(known, at, why_unknown=why)
    return ArgoCDVerdict(known, at, judge_for(found, instance.release)(stack), is_ignored(stack))


def _why_no_health(known: InstanceChecks, server: str) -> Iterator[str]:
    """Why this Argo CD shows no health at all."""
    instance = known.instance
    if instance.config_map is None or not instance.labelled:
        yield f"{instance} doesn't see its argocd-cm: health and sync of every Application are Unknown"
    for problem in instance.settings.problems:
        yield f"{instance} is broken by its key {safe(problem.key)}: health and sync of every Application are Unknown"
    if instance.settings.resources.excludes(STACK, server):
        yield f"{instance} doesn't look at Stacks (resource.exclusions), whatever check there is"


def judged_by(found: CheckInForce) -> str:
    """Whose check it is, in a few words."""
    match found.origin:
        case "ours":
            return f"our check, version {found.version}" + ("" if found.current else ", an older one")
        case "changed":
            return "our check, changed by hand"
        case "other":
            return f"somebody else's check ({safe(found.source)})"
        case "built-in":
            return "the check that Argo CD brings"
    return "no check"


def shown_words(shown: ShownHealth) -> str:
    """What Argo CD shows, as a word or a few; or why that can't be told."""
    return shown.stop or {FAILED: "an error", "none": "no health", "": "an empty health"}.get(shown.word, shown.word)
