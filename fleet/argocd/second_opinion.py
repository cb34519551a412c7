"""What Argo CD shows for a Stack, and why that isn't what our own check says.

Nowhere does Argo CD write down what it makes of one object: an Application has only the worst of all that it
holds. So the check that is in force in its Argo CD is asked about the live object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fleet.argocd.argocd_survey import IGNORE, is_ignored
from fleet.argocd.argocd_words import said
from fleet.argocd.instance_watch import KnownInstance
from fleet.argocd.raw_objects import Obj, field
from health.argocd_cm.config_map_owner import entries
from health.argocd_cm.resource_filter import IN_CLUSTER
from health.argocd_cm.settings import read_settings
from health.argocd_cm.standing import OURS, CheckStanding, our_version
from health.builtin import SINCE
from health.check_kinds import KINDS
from health.checks import version
from health.judge import FAILED, ShownHealth, judge
from health.result import STATUSES, ArgoCDVersion, Health
from stacks.records.application import Application
from stacks.times import age, instant

STACK = KINDS[0]
_MARK = "-- kubectl-pko-argo health check, version"
_DELETION_TOLD_SINCE = ArgoCDVersion(3, 6)


@dataclass(frozen=True)
class SecondOpinion:
    """What the Argo CD of a Stack's Application makes of it. `why_unknown`: it can't be told, or it shows nothing."""

    known: KnownInstance
    resource_version: str = ""
    """of the Stack that was judged"""
    shown: ShownHealth | None = None
    left_out: bool = False
    """by an annotation: it doesn't count in its Application's health"""
    why_unknown: str = ""

    @property
    def standing(self) -> CheckStanding | None:
        """What judges Stacks there; None where argocd-cm may not be read."""
        return self.known.standing(STACK)


def needs_patience(known: KnownInstance) -> bool:
    """Whether it is somebody else's script that judges: it may take a second."""
    found = known.standing(STACK)
    return found is not None and bool(found.script) and not found.current


def opinion(known: KnownInstance, stack: Obj, server: str = IN_CLUSTER) -> SecondOpinion:
    """Ask whoever judges Stacks there about this one, which is in the cluster with this address."""
    at = str(field(stack, "metadata", "resourceVersion") or "")
    found, instance = known.standing(STACK), known.instance
    if found is None:
        return SecondOpinion(known, at, why_unknown=f"argocd-cm of {instance} may not be read: {said(instance.unread)}")
    if why := next(_blind(known, server), ""):
        return SecondOpinion(known, at, why_unknown=why)
    return SecondOpinion(known, at, judge(found, instance.release)(stack), is_ignored(stack))


def _blind(known: KnownInstance, server: str) -> Iterator[str]:
    """Why this Argo CD shows no health at all."""
    instance = known.instance
    if instance.config_map is None or not instance.labelled:
        yield f"{instance} doesn't see its argocd-cm: health and sync of every Application are Unknown"
    for problem in instance.settings.problems:
        yield f"{instance} is broken by its key {said(problem.key)}: health and sync of every Application are Unknown"
    if instance.settings.resources.excludes(STACK, server):
        yield f"{instance} doesn't look at Stacks (resource.exclusions), whatever check there is"


def judged_by(found: CheckStanding) -> str:
    """Whose check it is, in a few words."""
    match found.word:
        case "ours":
            return f"our check, version {found.version}" + ("" if found.current else ", an older one")
        case "changed":
            return "our check, changed by hand"
        case "other":
            return f"somebody else's check ({said(found.source)})"
        case "built-in":
            return "the check that Argo CD brings"
    return "no check"


def shown_words(shown: ShownHealth) -> str:
    """What Argo CD shows, as a word or a few."""
    return {FAILED: "an error", "none": "no health", "": "an empty health"}.get(shown.word, shown.word)


def why_differs(opinion: SecondOpinion, ours: Health, *, deleting: bool) -> str:
    """Why Argo CD's verdict isn't ours; empty where they agree."""
    found, shown, instance = opinion.standing, opinion.shown, opinion.known.instance
    if found is None or shown is None or shown.word == ours.status:
        return ""
    if found.word != OURS and (hidden := _shadowed(opinion.known, found)):
        return f"Our check stands in {hidden} of {instance} and doesn't count: {_winner(found)} wins over it."
    match found.word:
        case "none":
            older = f" ({SINCE} is the first that brings one)" if instance.release < SINCE else ""
            return f"No check is installed in {instance}, Argo CD {said(instance.version)}{older}: waves don't wait."
        case "built-in":
            return f"Our check isn't installed in {instance}; the one that Argo CD brings knows less of PKO."
        case "other":
            return f"Somebody else's check judges in {instance} ({said(found.source)}), and ours isn't asked."
        case "changed":
            return f"The check in {instance} says that it is ours, and was changed by hand."
    if not found.current:
        return f"The check in {instance} is ours, version {found.version}; this program brings {our_version(STACK)}."
    if deleting and instance.release < _DELETION_TOLD_SINCE:
        return f"Argo CD {said(instance.version)} shows whatever is being deleted as Progressing."
    return ""


def _shadowed(known: KnownInstance, found: CheckStanding) -> str:
    """The key in which our check stands and isn't asked: alone, it would judge Stacks."""
    used = found.source.partition(" ")[0]
    for key, value in known.instance.data.items():
        if key != used and _MARK in value:
            alone = read_settings({key: value}, known.instance.release).in_force(STACK).override.script
            if version(alone) is not None:
                return said(key)
    return ""


def _winner(found: CheckStanding) -> str:
    return said(found.source) or judged_by(found)


def why_not_yet(opinion: SecondOpinion, app: Application, now: float) -> str:
    """Why the Application doesn't show what this Stack's check says; empty where it may be as it is."""
    if opinion.shown is None or app.status is None:
        return ""
    word = opinion.shown.counts_as
    reported = app.status.health.status
    if opinion.left_out:
        return f"The annotation {IGNORE} leaves this Stack out of the Application's health."
    if not word or reported not in STATUSES or STATUSES.index(reported) >= STATUSES.index(word):
        return ""
    looked, changed = instant(app.status.reconciled_at), _changed_at(opinion.known)
    ago = "" if looked is None else f" {age(now - looked)} ago"
    if looked is not None and changed is not None and looked < changed:
        return (
            f"The Application says {reported}: it was last looked at{ago}, before argocd-cm was changed "
            f"{age(now - changed)} ago. Within five minutes it is looked at again."
        )
    return f"The Application says {reported}, from when it was last looked at{ago}; this Stack has changed since."


def _changed_at(known: KnownInstance) -> float | None:
    """When somebody last wrote to data of argocd-cm, as far as its managed fields tell."""
    metadata = field(known.instance.config_map, "metadata")
    times = [
        instant(str(field(entry, "time") or ""))
        for entry in entries(metadata if isinstance(metadata, Mapping) else {})
        if field(entry, "fieldsV1", "f:data") is not None
    ]
    return max((at for at in times if at is not None), default=None)
