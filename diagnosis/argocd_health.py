"""Why Argo CD shows another health for a Stack than our check, and its Application another than the Stack."""

from __future__ import annotations

from collections.abc import Mapping

from cluster.resources import pointer
from diagnosis.finding import NOTE, Evidence, Finding, ObjectRef
from fleet.argocd.argocd_survey import IGNORE
from fleet.argocd.argocd_verdict import ArgoCDVerdict, judged_by
from fleet.argocd.argocd_words import safe
from fleet.argocd.instances import CONFIG_MAP, InstanceChecks
from health.argocd_cm.check_in_force import CheckInForce, our_version
from health.argocd_cm.config_map_owner import entries
from health.argocd_cm.settings import read_settings
from health.builtin import SINCE
from health.check_kinds import OURS, STACK
from health.checks import version
from health.judge import ASKED_SINCE
from health.result import STATUSES, Health
from stacks.fields import field
from stacks.records.application import Application
from stacks.times import instant, kubectl_age

_MARK = "-- kubectl-pko-argo health check, version"


def why_differs(verdict: ArgoCDVerdict, ours: Health, *, deleting: bool) -> Finding | None:
    """Why Argo CD's verdict isn't ours; None where they agree, or where nothing explains it."""
    found, shown, instance = verdict.check, verdict.shown, verdict.known.instance
    if found is None or shown is None or shown.word == ours.status:
        return None
    words = _why_differs(verdict, found, deleting=deleting)
    if not words:
        return None
    config_map = ObjectRef(instance.context, instance.namespace, "ConfigMap", CONFIG_MAP)
    evidence = Evidence(config_map, pointer("data", found.source.partition(" ")[0]) if found.source else "")
    return Finding("argocd-shows-otherwise", NOTE, words, evidence=(evidence,))


def _why_differs(verdict: ArgoCDVerdict, found: CheckInForce, *, deleting: bool) -> str:
    instance = verdict.known.instance
    if found.origin != OURS and (hidden := _shadowed(verdict.known, found)):
        winner = safe(found.source) or judged_by(found)
        return f"Our check stands in {hidden} of {instance} and doesn't count: {winner} wins over it."
    match found.origin:
        case "none":
            older = f" ({SINCE} is the first that brings one)" if instance.release < SINCE else ""
            return f"No check is installed in {instance}, Argo CD {safe(instance.version)}{older}: waves don't wait."
        case "built-in":
            return f"Our check isn't installed in {instance}; the one that Argo CD brings knows less of PKO."
        case "other":
            return f"Somebody else's check judges in {instance} ({safe(found.source)}), and ours isn't asked."
        case "changed":
            return f"The check in {instance} says that it is ours, and was changed by hand."
    if not found.current:
        return f"The check in {instance} is ours, version {found.version}; this program brings {our_version(STACK)}."
    if deleting and instance.release < ASKED_SINCE:
        return f"Argo CD {safe(instance.version)} shows whatever is being deleted as Progressing."
    return ""


def _shadowed(known: InstanceChecks, found: CheckInForce) -> str:
    """The key in which our check stands and isn't asked: alone, it would judge Stacks."""
    used = found.source.partition(" ")[0]
    for key, value in known.instance.data.items():
        if key != used and _MARK in value:
            alone = read_settings({key: value}, known.instance.release).in_force(STACK).override.script
            if version(alone) is not None:
                return safe(key)
    return ""


def why_not_yet(verdict: ArgoCDVerdict, app: Application, now: float) -> Finding | None:
    """Why the Application doesn't show what this Stack's check says; None where it may be as it is."""
    words = _why_not_yet(verdict, app, now)
    if not words:
        return None
    context = verdict.known.instance.context
    shown = ObjectRef(context, app.metadata.namespace, "Application", app.metadata.name)
    reported = app.status.health.status if app.status is not None else ""
    evidence = Evidence(shown, pointer("status", "health", "status"), reported)
    return Finding("application-shows-otherwise", NOTE, words, evidence=(evidence,))


def _why_not_yet(verdict: ArgoCDVerdict, app: Application, now: float) -> str:
    if verdict.shown is None or app.status is None:
        return ""
    word = verdict.shown.counts_as
    reported = app.status.health.status
    if verdict.left_out:
        return f"The annotation {IGNORE} leaves this Stack out of the Application's health."
    if not word or reported not in STATUSES or STATUSES.index(reported) >= STATUSES.index(word):
        return ""
    looked, changed = instant(app.status.reconciled_at), _changed_at(verdict.known)
    ago = "" if looked is None else f" {kubectl_age(now - looked)} ago"
    if looked is not None and changed is not None and looked < changed:
        return (
            f"The Application says {reported}: it was last looked at{ago}, before argocd-cm was changed "
            f"{kubectl_age(now - changed)} ago. Within five minutes it is looked at again."
        )
    return f"The Application says {reported}, from when it was last looked at{ago}; this Stack has changed since."


def _changed_at(known: InstanceChecks) -> float | None:
    """When somebody last wrote to data of argocd-cm, as far as its managed fields tell."""
    metadata = field(known.instance.config_map, "metadata")
    times = [
        instant(str(field(entry, "time") or ""))
        for entry in entries(metadata if isinstance(metadata, Mapping) else {})
        if field(entry, "fieldsV1", "f:data") is not None
    ]
    return max((at for at in times if at is not None), default=None)
