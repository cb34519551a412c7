"""`restart-workspace`: the workspace pod is deleted, and its StatefulSet makes a new one, which is initialised anew."""

from __future__ import annotations

from collections.abc import Iterator

from actions.effects import EffectSeen, wait_for_effect
from actions.fix_rules import only_after_repair, right_on
from actions.guide import FixGuide
from actions.plan import (
    Check,
    NothingToDo,
    Obj,
    Plan,
    PlanBlocked,
    Planned,
    PlanUnacknowledged,
    Precondition,
    Proof,
    Risk,
    kubectl,
)
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, StackLook, blocked, without_commands
from actions.stacks.new_pod import look_after
from actions.stacks.running_work import run_words, work_checks, work_seen, work_unknown
from actions.workflow import ChangeKind, ChangeTask, Steps
from cluster.access import AccessQuestion
from cluster.apply import delete
from diagnosis.facts.run_facts import backend_name, unfinished_runs
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import NOTE
from fleet.resource_kinds import PODS
from stacks.fields import at, text, whole_number
from stacks.times import rfc3339

_VERB = "restart-workspace"
_USUAL_GRACE = 30
"""seconds that a pod gets to end, where its spec doesn't say"""


def _rights(target: DiagnosedStack) -> tuple[AccessQuestion, ...]:
    facts = target.facts
    name = facts.pod_name if facts is not None else ""
    return tuple(right_on(verb, PODS.resource, target.namespace, name) for verb in ("get", "delete"))


_LOOK = StackLook(_rights, processes=True)


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target, _VERB)) or facts is None:
        return refusal or NothingToDo("")
    pod = facts.pod
    if pod is None:
        return _without_pod(target, facts)
    if text(pod, "metadata", "deletionTimestamp"):
        return _ending(target, facts, pod)
    lost = _what_is_lost(target, facts, pod)
    if lost and not (request.during_run or request.acknowledged):
        return PlanUnacknowledged(f"{target}: {lost}", target.name)
    return _deletion(target, facts, pod, lost)


def _without_pod(target: DiagnosedStack, facts: StackFacts) -> PlanBlocked:
    unread = facts.objects.unread("Pod", facts.namespace)
    if unread:
        return PlanBlocked(f"{target}: the pod {facts.pod_name} can't be looked at: {unread}", unseen=True)
    found = next((each for each in target.findings if each.severity != NOTE), None)
    if found is not None and found.next_step:
        why = f"{target} has no workspace pod to restart ({found.id}: {found.title})"
        return PlanBlocked(why, (found.next_step,))
    missing = "StatefulSet" if facts.workspace is not None else "Workspace"
    step = "reconcile: the next run makes the workspace, and with it a pod"
    if facts.workspace is not None and facts.statefulset is not None:
        missing, step = "pod", "its StatefulSet makes one by itself: look at the events of the StatefulSet"
    return PlanBlocked(f"{target} has no workspace pod to restart: there is no {missing}", (step,))


def _grace(pod: Obj) -> int:
    """The seconds that the pod gets to end."""
    asked = whole_number(pod, "metadata", "deletionGracePeriodSeconds")
    if asked is None:
        asked = whole_number(pod, "spec", "terminationGracePeriodSeconds")
    return asked if asked is not None else _USUAL_GRACE


def _ending(target: DiagnosedStack, facts: StackFacts, pod: Obj) -> NothingToDo | PlanBlocked:
    """Why nothing is to be deleted where somebody has done that already."""
    grace, until = _grace(pod), at(pod, "metadata", "deletionTimestamp")
    if until is None or until > facts.now:
        since = f" since {rfc3339(until - grace)}" if until is not None and 0 <= grace <= until else ""
        ends = f", until {rfc3339(until)}" if until is not None else ""
        return NothingToDo(f"{target}: {facts.pod_name} is being deleted{since}; it gets up to {grace} s to end{ends}")
    node = text(pod, "spec", "nodeName")
    return PlanBlocked(
        f"{target}: {facts.pod_name} is being deleted, and was to be gone at {rfc3339(until)}",
        (f"look whether the node {node} is alive: while it isn't, nobody can tell that the pod has ended",),
    )


def _what_is_lost(target: DiagnosedStack, facts: StackFacts, pod: Obj) -> str:
    """Which work is broken off with the pod; empty where nothing works there."""
    seen, unknown = work_seen(target, facts), work_unknown(target, facts)
    if not seen and not (unknown and _may_run(facts)):
        return ""
    works = seen or unknown
    if unfinished_runs(facts) and target.processes is not None and target.processes.none_of_pulumi:
        works += f", although there is {target.processes.words}: perhaps it hangs"
    backend = backend_name(facts)
    lock = "" if backend == "Pulumi Cloud" else f"; its lock stays in {backend} until it is cancelled (U-3)"
    return (
        f"{works}. It is broken off, and killed after at most {_grace(pod)} s{lock}; the operator tries again by itself"
    )


def _may_run(facts: StackFacts) -> bool:
    """Whether the Stack looks as if an update could run, where nobody can tell what works in the pod."""
    return facts.current is not None or bool(facts.objects.unread("Update", facts.namespace))


def _deletion(target: DiagnosedStack, facts: StackFacts, pod: Obj, lost: str) -> Plan:
    uid, name = text(pod, "metadata", "uid"), facts.pod_name
    path = PODS.resource.path(target.namespace, name)
    return Plan(
        title=f"restart the workspace of {target}",
        context=target.context,
        target=f"Pod {target.namespace}/{name}",
        requests=(delete(path, uid),),
        preconditions=(Precondition("uid", uid),),
        risk=Risk("medium", lost)
        if lost
        else Risk("low", "the program is fetched and its dependencies are installed anew, which takes its time"),
        kubectl=(kubectl(target.context, target.namespace, "delete", "pod", name),),
        proof=Proof(
            "read back twice: the pod with this uid is ending, or gone",
            path,
            missing=lambda found: "" if _is_ending(found, uid) else "the pod isn't being deleted",
            result="",
            wrong_if_gone="",
        ),
        differences=tuple((run_words(run), "runs", "is broken off") for run in unfinished_runs(facts)) if lost else (),
        notes=(*_notes(pod), *only_after_repair(target.findings, _VERB)),
        checked=tuple(_checks(target, facts)),
        rights=target.rights,
        effect=f"{name} is there with another uid, and ready"
        + (", and the workspace is initialised" if _initialisation_failed(facts) else ""),
        word=target.name if lost else "",
        look_again=True,
    )


def _is_ending(pod: Obj, uid: str) -> bool:
    return text(pod, "metadata", "uid") != uid or bool(text(pod, "metadata", "deletionTimestamp"))


def _notes(pod: Obj) -> Iterator[str]:
    yield f"the pod gets up to {_grace(pod)} s to end; where nothing runs in it, it takes seconds"
    yield "kubectl can't name the uid: it deletes whichever pod has this name by then"


def _checks(target: DiagnosedStack, facts: StackFacts) -> Iterator[Check]:
    for finding in target.findings[:1]:
        yield Check(finding.title, target.looked_at)
    yield from work_checks(target, facts)


def _initialisation_failed(facts: StackFacts | None) -> bool:
    """Whether the Stack is stuck because its workspace couldn't be initialised, which only a new pod tries again."""
    if facts is None:
        return False
    stalled = facts.workspace_condition("Stalled")
    return facts.leads("Stalled", "WorkspaceFailed") or (stalled is not None and stalled.true)


def _wait(task: ChangeTask[DiagnosedStack, FixRequest], plan: Plan) -> Steps:
    """Wait until there is a new pod that is ready, and the workspace is initialised where that had failed."""
    facts = task.target.facts

    async def nothing() -> EffectSeen:
        return EffectSeen("the Stack was gone before", lost=True)

    if facts is None:
        return wait_for_effect(nothing, task.timing)
    look = look_after(task.connection, facts, plan.uid, initialised=_initialisation_failed(facts))
    return wait_for_effect(look.look, task.timing)


RESTART_WORKSPACE: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id=_VERB,
    subject="Stack",
    title=lambda request: "restart the workspace",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    without_commands=without_commands,
    acknowledge_flag="--during-run",
    plan=_plan,
    done=lambda request: "the workspace has a new pod, which is ready",
    take_effect=_wait,
    effect_timeout=900.0,
    guide=FixGuide(
        command="restart-workspace NAME [--during-run]",
        helps="The workspace couldn't be initialised and what was wrong is repaired; a Secret changed that the pod "
        "read when it started; the agent doesn't answer; a run hangs.",
        not_offered="Where there is no pod, or it is ending already; where the same pod would be made again (the first "
        "certain finding says so). While an update or a process of pulumi's works in it only with `--during-run`, and "
        "with the Stack's name typed.",
        sends="DELETE of the workspace pod, if it is still the one with the uid that was seen.",
        hurts="What is in the pod is lost: its log, and with `--during-run` the run. On a backend of one's own the "
        "lock of that run stays, and `cancel` takes it away. The pod gets up to 600 s to end.",
        proof="The pod is ending or gone; then one of the same name and with another uid is ready. Where the "
        "initialisation had failed, it is followed to its end.",
        undo="Nothing is to be undone: the new pod is as the old one was at its start.",
    ),
)
