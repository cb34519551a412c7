"""`app refresh`: Argo CD is asked to compare an Application with its source now, by the annotation for that.

Argo CD takes the annotation away once it has compared, after it has written what it found. From 3.6 on it compares
once more where the time that stands beside it has changed meanwhile, so that a request that comes while a refresh is
under way isn't lost; older ones ignore that.
"""

from __future__ import annotations

from actions.applications.application_effect import wait_for_application
from actions.applications.diagnosed_application import (
    ApplicationRequest,
    DiagnosedApplication,
    blocked,
    by_stack_notes,
    read_application_again,
    uid_of,
    with_application_rights,
)
from actions.effects import EffectSeen
from actions.fix_rules import speaks_against
from actions.guide import FixGuide
from actions.plan import MANAGER, NothingToDo, Obj, Plan, PlanBlocked, Planned, Precondition, Proof, Risk, kubectl
from actions.record import ActionRecord
from actions.workflow import ChangeKind, ChangeTask, Steps
from cluster.apply import merge_patch
from diagnosis.facts.application_facts import REFRESH, ApplicationFacts
from diagnosis.wording import brief, first_line
from stacks.fields import at, mappings, text, texts
from stacks.times import rfc3339

REFRESH_TIME = "argocd.argoproj.io/refresh-timestamp"
_ID = "app refresh"
_NOT_COMPARED = ("ComparisonError", "InvalidSpecError", "UnknownError")
"""conditions that say that the comparison failed; the others are about syncs and deletions"""
_SAME_SECOND = 2.0
"""seconds by which the time of a comparison, which is told in whole ones, may lie before a look"""


def _plan(target: DiagnosedApplication, request: ApplicationRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target)) or facts is None:
        return refusal or NothingToDo("")
    if facts.deleting:
        return PlanBlocked(f"{target} is being deleted, and isn't compared any more")
    uid, word = uid_of(facts), "hard" if request.hard else "normal"
    annotations = {REFRESH: word, REFRESH_TIME: request.value}
    before, looked_at = text(facts.value("status"), "reconciledAt"), target.looked_at
    pending = texts(facts.value("metadata"), "annotations").get(REFRESH, "")
    costs = "manifests are made anew and the cluster is read anew, which costs more than usual"
    usual = "Argo CD compares the Application once, as it does every few minutes"
    return Plan(
        title=f"let Argo CD compare {target} with its source{', without its caches' if request.hard else ''}",
        context=target.context,
        target=f"Application {target.namespace}/{target.name}",
        requests=(merge_patch(target.path, {"metadata": {"uid": uid, "annotations": annotations}}, MANAGER),),
        preconditions=(Precondition("uid", uid),),
        risk=Risk("low", f"{usual}; {costs}" if request.hard else usual),
        kubectl=(
            kubectl(
                target.context,
                target.namespace,
                *("annotate", "application", target.name, "--overwrite"),
                *(f"{name}={value}" for name, value in annotations.items()),
            ),
        ),
        proof=Proof(
            "read back twice: the annotation is there, or Argo CD has compared it since",
            target.path,
            missing=lambda found: _missing(found, before, looked_at),
            unanswered=lambda found: _not_ours(found, request.value, before, looked_at),
        ),
        differences=((REFRESH, pending, word),),
        notes=tuple(_notes(target, facts)),
        rights=target.rights,
        effect="Argo CD takes the annotation away, and status.reconciledAt is newer",
        look_again=True,
    )


def _notes(target: DiagnosedApplication, facts: ApplicationFacts) -> list[str]:
    notes = list(by_stack_notes(target))
    if against := speaks_against(target.findings, _ID):
        notes.append(f"by itself it mends nothing: {against}")
    if facts.auto_sync:
        notes.append("auto-sync is on: where it finds a newer commit, Argo CD syncs it")
    return notes


def _missing(found: Obj, before: str, looked_at: float) -> str:
    if REFRESH in texts(found, "metadata", "annotations") or _compared(found, before, looked_at) or _failures(found):
        return ""
    return "the annotation is gone, and Argo CD hasn't compared the Application"


def _not_ours(found: Obj, mark: str, before: str, looked_at: float) -> str:
    """What is missing to know that a request was taken to which no answer came.

    Argo CD also compares by itself, so a comparison only counts where it was written after the look right before the
    request, by the server's clock. It is told in whole seconds: in that very second it counts where it is a new one.
    """
    if texts(found, "metadata", "annotations").get(REFRESH_TIME) == mark:
        return ""
    now = at(found, "status", "reconciledAt")
    if now is not None and now >= int(looked_at) and text(found, "status", "reconciledAt") != before:
        return ""
    return "the annotation isn't there, and Argo CD hasn't compared the Application since"


def _compared(found: Obj, before: str, looked_at: float) -> bool:
    """Whether Argo CD has compared the Application since it was looked at; `before` is when it last had by then."""
    now = at(found, "status", "reconciledAt")
    return now is not None and (text(found, "status", "reconciledAt") != before or now >= looked_at - _SAME_SECOND)


def _failures(found: Obj) -> list[str]:
    return [
        kind for _, each in mappings(found, "status", "conditions") if (kind := text(each, "type")) in _NOT_COMPARED
    ]


def _wait_for_comparison(task: ChangeTask[DiagnosedApplication, ApplicationRequest], plan: Plan) -> Steps:
    """Wait until Argo CD has compared the Application, and end with what it found."""
    target = task.target
    before = text(target.facts.value("status"), "reconciledAt") if target.facts is not None else ""
    return wait_for_application(task, plan, lambda now: comparison_seen(now, before, target.looked_at))


def comparison_seen(facts: ApplicationFacts, before: str, looked_at: float) -> EffectSeen:
    """What an Application tells of a refresh that was asked for at `looked_at`, when it was last compared `before`."""
    if facts.refresh_wanted:
        if facts.paused:
            return EffectSeen("somebody has told Argo CD to leave this Application alone, so it doesn't look")
        return EffectSeen("Argo CD hasn't compared it yet")
    for each in facts.conditions:
        if each.type in _NOT_COMPARED:
            return EffectSeen(f"it can't be compared: {each.type}: {brief(first_line(each.message))}", lost=True)
    if not _compared(facts.app, before, looked_at):
        return EffectSeen("Argo CD has taken the request away, and hasn't written yet what it found")
    compared = at(facts.app, "status", "reconciledAt")
    when = rfc3339(compared) if compared is not None else ""
    sync, health = facts.sync_status or "without a sync status", facts.health_status or "without health"
    return EffectSeen(f"it was compared at {when}: {sync}, {health}", reached=True)


REFRESH_APPLICATION: ChangeKind[DiagnosedApplication, ApplicationRequest] = ChangeKind(
    id=_ID,
    subject="Application",
    title=lambda request: f"{'hard ' if request.hard else ''}refresh",
    read=read_application_again,
    prepare=with_application_rights,
    plan=_plan,
    done=lambda request: "it was compared",
    take_effect=_wait_for_comparison,
    effect_timeout=600.0,
    guide=FixGuide(
        command="app refresh NAME [--hard]",
        helps="After something was mended that Argo CD looks at only every few minutes: a commit, a repository, a key "
        "of `argocd-cm` (A-4, A-9). `--hard` where an old manifest is remembered.",
        not_offered="A paused Application, and one that is being deleted: Argo CD doesn't look at them.",
        sends="The annotations `argocd.argoproj.io/refresh` (`normal` or `hard`) and `refresh-timestamp`, with the "
        "Application's uid. Not with its resourceVersion: its controller writes to it all the time, and a refresh too "
        "many hurts nobody.",
        hurts="A hard refresh makes all manifests anew. Where auto-sync is on, a newer commit is synced.",
        proof="Argo CD takes the annotation away, and `status.reconciledAt` is newer; a condition such as "
        "`ComparisonError` is told, and counts as a failure.",
        undo="There is nothing to undo.",
    ),
)
