"""`cancel`: the lock of an update that is over is taken away, by ``pulumi cancel`` in the workspace pod.

Pulumi ends whatever update holds the stack, wherever that runs, and can't be told which one is meant. So it is planned
only once it is proven that nothing of this Stack works, and that who holds the lock is this workspace; of any other
holder a person has to say that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.fix_rules import right_on
from actions.guide import FixGuide
from actions.plan import (
    Check,
    CommandRequest,
    NothingToDo,
    Plan,
    PlanBlocked,
    Planned,
    PlanUnacknowledged,
    Precondition,
    Risk,
    kubectl,
)
from actions.record import ActionRecord
from actions.stacks.cancel_command import cancel_command
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, StackLook, blocked, without_commands
from actions.stacks.running_work import run_words, work_checks, work_seen, work_unknown
from actions.workflow import ChangeFault, ChangeKind, ChangeResult, ChangeTask, Steps
from cluster.access import AccessQuestion
from diagnosis.facts.fleet_facts import may_name_the_same
from diagnosis.facts.quoted_parts import failure_says
from diagnosis.facts.run_facts import IN_PROGRESS, backend_name
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.facts.state_locks import SeenLock, lock_in_the_way
from diagnosis.wording import listed
from fleet.board.rows import Key
from fleet.resource_kinds import PODS
from stacks.fields import at, text
from stacks.records.workspace import workspace_pod_of
from stacks.times import rfc3339

_VERB = "cancel"
_ENDS_WITHIN = 60.0
"""seconds for the command"""


def _rights(target: DiagnosedStack) -> tuple[AccessQuestion, ...]:
    pod = target.facts.pod_name if target.facts is not None else ""
    asked = (("get", ""), ("create", "exec"), ("get", "exec"))
    return tuple(right_on(verb, PODS.resource, target.namespace, pod, subresource) for verb, subresource in asked)


_LOOK = StackLook(_rights, processes=True)


@dataclass(frozen=True, slots=True)
class _Held:
    """What holds the backend stack: `who` names it where anybody says, `doubt` is why it may be at work still."""

    who: str
    since: str
    doubt: str
    at_start: bool


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target, _VERB)) or facts is None:
        return refusal or NothingToDo("")
    shared = target.diagnosis.fleet.same_state(target.key)
    certain = [each.key for each in shared if each.certain]
    others = [each.key for each in shared if not each.certain]
    if refusal := _shared(target, certain) or _at_work(target, facts) or _no_place(target, facts):
        return refusal
    lock = lock_in_the_way(facts, target.diagnosis.fleet)
    if lock is not None and (refusal := _another_lock(target, facts, lock)):
        return refusal
    if lock is not None and lock.state in ("live", "fresh"):
        by = run_words(lock.run) if lock.run is not None else f"{lock.holder} made it while the last run began"
        return PlanBlocked(f"{target}: the lock is in use: {by}", ("wait for the end of that run",))
    if done := _cancelled_already(target, facts, lock, record):
        return done
    held = _held(target, facts, lock)
    if held is None:
        why = f"nothing says that {text(facts.spec, 'stack')} is locked, or updated by somebody else"
        return PlanBlocked(f"{target}: {why}; cancel would end whatever update is at work there")
    word = _word(facts, held, others)
    if request.holder and request.holder != word:
        whose = f"{held.who} holds the lock" if held.who else "who holds it isn't known"
        name = "" if word == held.who else f"; the name to give is {word}"
        return PlanBlocked(f"{target}: {whose}, not {request.holder}{name}")
    doubts = [each for each in (_maybe_shared(facts, others), held.doubt) if each]
    if doubts and not (request.acknowledged or request.holder):
        return PlanUnacknowledged(f"{target}: {'. And '.join(doubts)}", word)
    return _command(target, facts, held, others, word)


def _word(facts: StackFacts, held: _Held, others: Sequence[Key]) -> str:
    """What a person types to show that all doubts were read: the names of whoever may be hurt."""
    names = [others[0].name] if others else []
    if held.doubt or not others:
        names.append(held.who or text(facts.spec, "stack"))
    return ",".join(names)


def _cancelled_already(
    target: DiagnosedStack, facts: StackFacts, lock: SeenLock | None, record: ActionRecord
) -> NothingToDo | None:
    """Where this user has done it, and no run has ended since that could tell whether the lock is gone."""
    done = record.last_done(target.context, _named(target), CommandRequest.method)
    ended = at(facts.last, "lastResyncTime")
    stalled = facts.workspace_condition("Stalled")
    failed = stalled.time if lock is not None and lock.at_start and stalled is not None else None
    latest = max((time for time in (ended, failed) if time is not None), default=None)
    if done is None or latest is None or done <= latest:
        return None
    step = _next_step(lock is not None and lock.at_start).rstrip(",")
    why = "what is said of the lock is older than that"
    return NothingToDo(f"{target}: it was cancelled at {rfc3339(done)}, and {why}; {step} is the next step")


def _named(target: DiagnosedStack) -> str:
    return f"Stack {target.namespace}/{target.name}"


def _shared(target: DiagnosedStack, others: Sequence[Key]) -> PlanBlocked | None:
    """Never where another Stack has the same backend stack: it would be that one's run that is ended."""
    if not others:
        return None
    names = ", ".join(map(str, others))
    why = f"{names} has its state in the same backend stack, and cancel would end its run as well"
    return PlanBlocked(f"{target}: {why}", ("give each of them a backend stack of its own, by spec.stack",))


def _maybe_shared(facts: StackFacts, others: Sequence[Key]) -> str:
    """Why it may be another Stack's run that is ended; empty where none is known that may have the same state."""
    if not others:
        return ""
    names, stack = listed([str(each) for each in others]), text(facts.spec, "stack")
    return (
        f"{names} may have its state in the same backend stack: spec.stack ({stack} here) doesn't name organisation "
        "and project in all of them. If it has, cancel ends its run as well; make sure that none is at work there"
    )


def _another_lock(target: DiagnosedStack, facts: StackFacts, lock: SeenLock) -> PlanBlocked | None:
    """Where the lock that keeps the Stack from running is of another backend stack than its own."""
    own = text(facts.spec, "stack")
    if may_name_the_same(own, lock.stack):
        return None
    why = f"the lock is one of {lock.stack}, by its path, and not of {own}: cancel would end an update of {own}"
    return PlanBlocked(f"{target}: {why}", (f"look who works on {lock.stack}",))


def _at_work(target: DiagnosedStack, facts: StackFacts) -> PlanBlocked | None:
    """Where something works there, or nobody can tell that nothing does."""
    if seen := work_seen(target, facts):
        return PlanBlocked(f"{target}: {seen}", ("wait for its end; restart-workspace breaks off a run that hangs",))
    if facts.pod is not None and (unknown := work_unknown(target, facts)):
        return PlanBlocked(f"{target}: {unknown}")
    if why := facts.objects.unread("Update", facts.namespace):
        return PlanBlocked(f"{target}: whether an update runs isn't known: {why}", unseen=True)
    return None


def _no_place(target: DiagnosedStack, facts: StackFacts) -> PlanBlocked | None:
    """Where there is no container in which the command could run."""
    name, stack = facts.pod_name, text(facts.spec, "stack")
    elsewhere = f"run `pulumi cancel --stack {stack}` elsewhere, with access to {backend_name(facts)}"
    if not stack:
        return PlanBlocked(f"{target} doesn't say in spec.stack which backend stack it has")
    if unread := facts.objects.unread("Pod", facts.namespace) if facts.pod is None else "":
        return PlanBlocked(f"{target}: the pod {name} can't be looked at: {unread}", unseen=True)
    if facts.pod is None:
        return PlanBlocked(f"{target}: there is no pod {name} to run it in", ("reconcile makes one", elsewhere))
    if target.processes is not None and target.processes.pod_gone:
        return PlanBlocked(f"{target}: the container {AGENT_CONTAINER} of {name} doesn't run", (elsewhere,))
    return None


def _held(target: DiagnosedStack, facts: StackFacts, lock: SeenLock | None) -> _Held | None:
    """Who holds the backend stack; None where nothing says that anybody does."""
    if lock is not None:
        return _holder_of(lock, facts)
    if not (facts.failing and failure_says(facts, *IN_PROGRESS)):
        return None
    backend = backend_name(facts)
    doubt = (
        f"{backend} says that another update is in progress, and not whose. It may be at work elsewhere, such as in "
    )
    doubt += f"a CI job, and cancel would end it; look in {backend} for who updates {text(facts.spec, 'stack')}"
    return _Held("", "", doubt, at_start=False)


def _holder_of(lock: SeenLock, facts: StackFacts) -> _Held:
    holder = lock.holder
    if holder is None:
        doubt = "the lock doesn't say who holds it; make sure that no run works there, here or elsewhere"
        return _Held("", "", doubt, lock.at_start)
    pods = {facts.pod_name}
    if lock.state == "over" and lock.run is not None:
        pods.add(workspace_pod_of(text(lock.run.update, "spec", "workspaceName")))
    doubt = ""
    if holder.host not in pods:
        doubt = (
            f"{holder.who} holds the lock since {holder.as_written}, which is no pod of this workspace: it may be a "
        )
        doubt += f"run in CI, or somebody's own, that is at work. Make sure that process {holder.pid} on {holder.host} "
        doubt += "is gone"
    return _Held(holder.who, holder.as_written, doubt, lock.at_start)


def _command(target: DiagnosedStack, facts: StackFacts, held: _Held, others: Sequence[Key], word: str) -> Plan:
    pod, stack = facts.pod_name, text(facts.spec, "stack")
    command = cancel_command(stack)
    return Plan(
        title=f"cancel the update that holds {stack}",
        context=target.context,
        target=_named(target),
        requests=(CommandRequest(target.namespace, pod, AGENT_CONTAINER, command, _ENDS_WITHIN),),
        preconditions=(),
        seen=_seen(facts, others),
        risk=_risk(held, pod, others),
        kubectl=(kubectl(target.context, target.namespace, "exec", pod, "-c", AGENT_CONTAINER, "--", *command),),
        differences=((f"lock of {stack}", f"{held.who or 'somebody'} since {held.since or 'some time'}", ""),),
        notes=tuple(_notes(target, facts, held, others)),
        checked=tuple(_checks(target, facts, others)),
        rights=target.rights,
        word=word if held.doubt or others else target.context,
        look_again=True,
    )


def _seen(facts: StackFacts, others: Sequence[Key]) -> tuple[Precondition, ...]:
    """The objects that the command rests on: one that was made anew since is another one."""
    shared = (Precondition("Stacks that may share it", ", ".join(map(str, others))),) if others else ()
    pod = text(facts.pod, "metadata", "uid")
    return (Precondition("the Stack's uid", facts.uid), Precondition("the pod's uid", pod), *shared)


def _risk(held: _Held, pod: str, others: Sequence[Key]) -> Risk:
    lost = "that run is broken off, and what it is making may be lost"
    if held.doubt:
        return Risk("high", f"if {held.who or 'nobody knows whom'} works there still, {lost}")
    if others:
        return Risk("high", f"if a run of {listed([str(each) for each in others])} works there, {lost}")
    return Risk("medium", f"if a pod {pod} of another cluster has made the lock, and works there, its run loses it")


def _next_step(at_start: bool) -> str:
    return "restart-workspace, which initialises it anew," if at_start else "reconcile"


def _notes(target: DiagnosedStack, facts: StackFacts, held: _Held, others: Sequence[Key]) -> Iterator[str]:
    yield f"this takes away the lock, and runs nothing: {_next_step(held.at_start)} is the next step"
    yield "the variables are those that the agent gives to pulumi: the container's, and those of its env file"
    yield from filter(None, (held.doubt, _maybe_shared(facts, others)))
    seen_in = target.diagnosis.fleet.contexts.values()
    if unseen := [objects.context for objects in seen_in if objects.refusals.get("Stack")]:
        yield f"not all Stacks of {', '.join(unseen)} may be read: one of them could have the same backend stack"


def _checks(target: DiagnosedStack, facts: StackFacts, others: Sequence[Key]) -> Iterator[Check]:
    for finding in target.findings[:1]:
        yield Check(finding.title, target.looked_at)
    yield from work_checks(target, facts)
    if not others:
        yield Check(f"no other Stack that is known here has {text(facts.spec, 'stack')}", target.looked_at)


async def _say_what_is_next(task: ChangeTask[DiagnosedStack, FixRequest]) -> Steps:
    """The command ended well, which is all that is known. What it was for is another fix."""
    facts = task.target.facts
    lock = lock_in_the_way(facts, task.target.diagnosis.fleet) if facts is not None else None
    step = _next_step(lock is not None and lock.at_start)
    done = task.change.done(task.request)
    yield ChangeResult(ChangeFault.NONE, f"{done}; {step.rstrip(',')} is the next step", written=True)


CANCEL: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id=_VERB,
    subject="Stack",
    title=lambda request: "cancel the update that holds the lock",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    without_commands=without_commands,
    acknowledge_flag="--holder NAME",
    plan=_plan,
    done=lambda request: "pulumi cancel ended well",
    follow_up=_say_what_is_next,
    guide=FixGuide(
        command="cancel NAME [--holder HOLDER]",
        helps="A run that was killed has left its lock (U-3), or Pulumi Cloud takes the stack for being updated (U-2).",
        not_offered="While an update of the Stack or a process of pulumi's works, or nobody can tell; where another "
        "Stack has the same backend stack; where the lock is in use, is of another backend stack, or nothing tells of "
        "one; without a pod. A lock that isn't this workspace's own only with `--holder`, and its holder's name; where "
        "another Stack may have the same backend stack, since `spec.stack` doesn't name the project, with that Stack's "
        "name.",
        sends="A command in the container `pulumi` of the workspace pod: `pulumi cancel --yes --stack` with the "
        "variables that the agent has.",
        hurts="It takes the lock from whoever has it. If a run elsewhere has it and works, what it makes may be "
        "missing in the state.",
        proof="The command ends with exit code 0, and has said what it did. The next run shows "
        "whether the lock is gone.",
        undo="It can't be undone; the next run locks the stack anew.",
    ),
)
