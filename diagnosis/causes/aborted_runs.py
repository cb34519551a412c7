"""Runs that failed without a word: their Update reads Aborted, or is gone, and the Stack has no message.

What it was is decided by the first of these that fits: the backend refused it, its Update was deleted, the operator was
restarted, its outputs couldn't be stored. What is left was aborted by a slip of the operator.
"""

from __future__ import annotations

from diagnosis.cause import RUN, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.go_durations import go_seconds
from diagnosis.facts.object_status import ObservedCondition, is_complete
from diagnosis.facts.quoted_parts import failure_says
from diagnosis.facts.run_facts import (
    RunFacts,
    aborted,
    backend_name,
    by_retry,
    last_run_of,
    next_run,
    progressing,
    text_certainty,
)
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import (
    CERTAIN,
    CERTAINTIES,
    LIKELY,
    POSSIBLE,
    PROBLEM,
    RUNS,
    WAITING,
    Evidence,
    Finding,
    NextEvent,
    NotHelpful,
)
from diagnosis.wording import shortened
from stacks.fields import Obj, at, mappings, text, whole_number
from stacks.logs.agent_log import decode_fields
from stacks.operator import OPERATOR_IMAGE

_TOKEN_REFUSED = "Invalid access token used to authenticate with Pulumi Cloud"  # noqa: S105
_UPDATE_LASTS = 86_400.0
_OUTPUTS_REFUSED = "creating output secret"
_KILLED_BY_OPERATOR = ("signal: killed", "transport is closing")
_READ_LOG = "the workspace pod's log of that run"
_READ_OPERATOR_LOG = "the operator's log of the end of that run"


# F-2


def _refused(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    return _token_refused(facts) or _select_refused(facts)


def _token_refused(facts: StackFacts) -> Finding | None:
    said = failure_says(facts, _TOKEN_REFUSED) if facts.failing else None
    if said is None:
        return None
    certainty = text_certainty(said)
    secret = _token_secret(facts)
    whose = f"the token in the Secret {secret}" if secret else "the access token"
    return Finding(
        "",
        PROBLEM,
        f"Pulumi Cloud refuses {whose}",
        subject=f"Secret {secret}" if secret else backend_name(facts),
        evidence=(said,),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else "the same text in the Stack's own status.lastUpdate.message",
        since=last_run_of(facts).ended,
        next=next_run(facts, ", and refused again"),
        next_step=f"Put a valid token into {f'the Secret {secret}' if secret else 'its Secret'}, then restart the "
        "workspace: the pod reads it when it starts.",
        actions=("restart-workspace",),
    )


def _token_secret(facts: StackFacts) -> str:
    """The Secret from which the access token comes, and its key; empty where the spec doesn't tell."""
    if name := text(facts.spec, "accessTokenSecret"):
        return f"{facts.namespace}/{name} accessToken"
    where = ("envRefs", "PULUMI_ACCESS_TOKEN", "secret")
    name, key = text(facts.spec, *where, "name"), text(facts.spec, *where, "key")
    return f"{text(facts.spec, *where, 'namespace') or facts.namespace}/{name} {key}".strip() if name else ""


def _select_refused(facts: StackFacts) -> Finding | None:
    failed = aborted(facts)
    if failed is None:
        return None
    proof, unread = _proof_of_refusal(facts)
    if proof is None and (not unread or _restarted_in_it(facts) is not None or _deleted_in_it(facts) is not None):
        return None
    backend = backend_name(facts)
    why = f": {shortened(_error_in(proof.text), 90)}" if proof is not None and _error_in(proof.text) else ""
    return Finding(
        "",
        PROBLEM,
        f"{backend} refuses the run before it begins{why}"
        if proof is not None
        else f"Perhaps {backend} refuses the run before it begins",
        subject=backend,
        evidence=(proof, _quote_of_reason(failed, facts)) if proof is not None else (_quote_of_reason(failed, facts),),
        certainty=CERTAIN if proof is not None else POSSIBLE,
        makes_certain="" if proof is not None else _READ_LOG,
        since=last_run_of(facts).ended,
        next=next_run(facts, ", and refused again unless the backend is repaired"),
        next_step=f"Repair {backend}, or the credentials for it; restart the workspace after a change of credentials, "
        "else ask for a run.",
        unknown=(unread,) if proof is None else (),
    )


def _proof_of_refusal(facts: StackFacts) -> tuple[Evidence | None, str]:
    """The line by which the agent, or the operator, says that the stack couldn't be selected; and why nobody knows."""
    run = last_run_of(facts)
    call = "finished unary call with code"
    proof, unread = run.pod_line(call, "SelectStack", unless=f"{call} OK")
    if proof is None:
        proof, _ = run.operator_line("failed request to workspace")
    return proof, unread if proof is None else ""


def _error_in(line: str) -> str:
    """The error in the fields at the end of a line of a log."""
    at_brace = line.find("{")
    error = text(decode_fields(line[at_brace:]), "error") if at_brace >= 0 else ""
    return next((part.strip() for part in reversed(error.splitlines()) if part.strip()), "")


# U-14


def _update_deleted(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update
    deleted_at = at(update, "metadata", "deletionTimestamp")
    if update is not None and deleted_at is not None and not is_complete(update):
        return _being_deleted(facts, update, deleted_at)
    refused = aborted(facts) is not None and _proof_of_refusal(facts)[0] is not None
    return None if refused else _deleted_in_it(facts)


def _being_deleted(facts: StackFacts, update: Obj, deleted_at: float) -> Finding:
    name = text(update, "metadata", "name")
    kind = text(update, "spec", "type") or "update"
    runs = progressing(update)
    evidence = [facts.objects.quote(update, "metadata", "deletionTimestamp", time=deleted_at)]
    if runs is not None:
        evidence.append(facts.objects.quote(update, "status", "conditions", runs.place, "status", time=runs.time))
    return Finding(
        "",
        WAITING,
        f"Update {name} was deleted while its {kind} runs",
        subject=f"Update {facts.namespace}/{name}",
        evidence=tuple(evidence),
        since=deleted_at,
        next=NextEvent(
            "the run goes on to its end, reads as failed whatever comes of it, and is done again", brief=RUNS
        ),
        next_step=f"Wait for the end of the {kind}; leave the Update and its finalizer alone.",
    )


def _deleted_in_it(facts: StackFacts) -> Finding | None:
    """The finding that the Update of the failed run was deleted while it ran."""
    run = last_run_of(facts)
    if not facts.failing or not run.name or text(facts.last, "message"):
        return None
    trace = _trace_of_deletion(facts)
    if trace is None:
        return None
    succeeded = run.event("UpdateSucceeded")
    line = _end_of_success(run)[0] if succeeded is None else None
    evidence = [trace]
    if succeeded is not None:
        evidence.append(facts.objects.quote(succeeded, "reason"))
    elif line is not None:
        evidence.append(line)
    sure = len(evidence) > 1
    led_before = facts.operator.acquired is not None
    went_well = ", though pulumi succeeded" if sure else ""
    return Finding(
        "",
        by_retry(facts),
        f"Update {run.name} was deleted while it ran, and reads as failed{went_well}",
        subject=f"Update {facts.namespace}/{run.name}",
        evidence=tuple(evidence),
        certainty=CERTAIN if sure else LIKELY if led_before else POSSIBLE,
        makes_certain="" if sure else f"{_READ_LOG}, or the Update's events",
        since=run.ended,
        next=next_run(facts),
        next_step="Ask for a run." if facts.gave_up else "Wait for the next run.",
        unknown=(facts.operator.lease_unread,) if facts.operator.lease_unread else (),
    )


def _trace_of_deletion(facts: StackFacts) -> Evidence | None:
    """What shows that the Update of the failed run was deleted while it ran."""
    run, acquired = last_run_of(facts), facts.operator.acquired
    found = facts.objects.look_up("Update", facts.namespace, run.name)
    if found.object is not None:
        observed = whole_number(found.object, "status", "observedGeneration") or 0
        there = aborted(facts) is not None and observed > 1
        return facts.objects.quote(found.object, "status", "observedGeneration") if there else None
    if not found.gone or run.ended is None or facts.now - run.ended >= _lasts(facts):
        return None
    if acquired is not None and run.began is not None and acquired > run.began:
        return None
    return facts.quote("status", "lastUpdate", "name", time=found.asked_at)


def _lasts(facts: StackFacts) -> float:
    """How long an Update that is over is kept, in seconds."""
    kept = go_seconds(text(facts.spec, "updateTemplate", "spec", "ttlAfterCompleted"))
    return kept if kept is not None else _UPDATE_LASTS


# U-5


def _operator_restarted(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    failed, restart = aborted(facts), _restarted_in_it(facts)
    if failed is None or restart is None or _decided_before_restart(facts):
        return None
    when, by_lease = restart
    run = last_run_of(facts)
    line, unread = run.operator_line("was progressing; marking as failed")
    if line is None:
        for words in _KILLED_BY_OPERATOR:
            line = line or run.pod_line(words)[0]
    doubts = (line is None) + (not by_lease)
    evidence = [when, _quote_of_reason(failed, facts)]
    if run.update is not None:
        made = run.began
        evidence.append(facts.objects.quote(run.update, "metadata", "creationTimestamp", time=made))
    backend = backend_name(facts)
    lock = "" if backend == "Pulumi Cloud" else f"; a lock may be left in {backend}"
    return Finding(
        "",
        by_retry(facts),
        f"The operator was restarted while {run.name} ran",
        subject=f"operator {facts.objects.operator_namespace}".strip(),
        evidence=(*evidence, line) if line is not None else tuple(evidence),
        certainty=CERTAINTIES[doubts],
        makes_certain="" if not doubts else f"the operator's Lease, {_READ_OPERATOR_LOG}, or {_READ_LOG}",
        since=when.time,
        next=next_run(facts, lock),
        next_step="Ask for a run." if facts.gave_up else "Wait for the next run.",
        unknown=(unread,) if unread and line is None else (),
    )


def _decided_before_restart(facts: StackFacts) -> bool:
    """Whether what comes before a restart in the order of causes holds."""
    return _proof_of_refusal(facts)[0] is not None or _deleted_in_it(facts) is not None


def _restarted_in_it(facts: StackFacts) -> tuple[Evidence, bool] | None:
    """What shows that an operator began to lead, or to run, while the failed run was under way; whether the Lease."""
    run, acquired = last_run_of(facts), facts.operator.acquired
    if run.began is None or run.ended is None:
        return None
    lease = facts.operator.lease
    if lease is not None and acquired is not None and run.began < acquired <= run.ended + 1.0:
        return facts.objects.quote(lease, "spec", "acquireTime", time=acquired), True
    for pod in facts.operator.pods:
        for place, container in mappings(pod, "status", "containerStatuses"):
            started = at(container, "state", "running", "startedAt")
            ours = OPERATOR_IMAGE in text(container, "image")
            if ours and started is not None and run.began < started <= run.ended + 1.0:
                path = ("status", "containerStatuses", place, "state", "running", "startedAt")
                return facts.objects.quote(pod, *path, time=started), False
    return None


# U-7 and U-9


def _outputs_lost(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not _is_unexplained(facts):
        return None
    run = last_run_of(facts)
    succeeded, _ = _end_of_success(run)
    if succeeded is None:
        return None
    line, unread = run.operator_line(_OUTPUTS_REFUSED)
    if line is None and not unread:
        return None
    return Finding(
        "",
        PROBLEM,
        f"pulumi succeeded in {run.name}, and its outputs can't be stored"
        if line is not None
        else f"pulumi succeeded in {run.name}; perhaps its outputs can't be stored",
        subject=f"outputs of {facts.namespace}/{facts.name}",
        evidence=(line, succeeded) if line is not None else (succeeded,),
        certainty=CERTAIN if line is not None else POSSIBLE,
        makes_certain="" if line is not None else _READ_OPERATOR_LOG,
        since=run.ended,
        next=next_run(facts, ", and the outputs are refused again"),
        next_step=f"Export less than 1 MiB, or let the operator write Secrets in {facts.namespace} (RBAC, quota).",
        unknown=() if line is not None else (unread,),
    )


def _aborted_for_nothing(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    failed = aborted(facts)
    if failed is None or not _is_unexplained(facts):
        return None
    run = last_run_of(facts)
    if run.operator_line(_OUTPUTS_REFUSED)[0] is not None:
        return None
    line, unread = _end_of_success(run)
    event = run.event("UpdateSucceeded")
    lease = facts.operator.lease_unread
    evidence = [_quote_of_reason(failed, facts)]
    if line is not None:
        evidence.append(line)
    if event is not None:
        evidence.append(facts.objects.quote(event, "reason"))
    went_well = len(evidence) > 1
    return Finding(
        "",
        by_retry(facts),
        f"Update {run.name} reads as aborted, though pulumi succeeded"
        if went_well
        else f"Update {run.name} reads as aborted, and nothing says why",
        subject=f"operator {facts.objects.operator_namespace}".strip(),
        evidence=tuple(evidence),
        certainty=LIKELY if went_well else POSSIBLE,
        makes_certain=_READ_OPERATOR_LOG,
        since=run.ended,
        next=next_run(facts),
        next_step="Wait for the next run, and upgrade the operator to 2.6 or later."
        if not facts.operator.since((2, 6, 0))
        else "Ask for a run."
        if facts.gave_up
        else "Wait for the next run.",
        unknown=tuple(why for why in (lease, "" if went_well else unread) if why),
    )


def _end_of_success(run: RunFacts) -> tuple[Evidence | None, str]:
    """The agent's line that this run succeeded; and why that can't be known, where it can't."""
    kind = text(run.facts.last, "type") or "up"
    return run.pod_line(f"{kind} completed", '"result"', "succeeded", unless="completed with an error")


def _is_unexplained(facts: StackFacts) -> bool:
    """Whether the failed run was aborted, and neither the backend nor a deletion nor a restart explains it."""
    if aborted(facts) is None or _restarted_in_it(facts) is not None:
        return False
    return not _decided_before_restart(facts)


def _quote_of_reason(failed: ObservedCondition, facts: StackFacts) -> Evidence:
    path = ("status", "conditions", failed.place, "reason")
    return facts.objects.quote(failed.owner, *path, time=failed.time)


CAUSES = (
    Cause(
        id="F-2",
        depth=RUN,
        title="The backend refuses the run before it begins",
        symptom="The run fails without a message, its Update reads Aborted, and the workspace pod's log has `finished "
        "unary call with code …` for `SelectStack`; or `Invalid access token used to authenticate with Pulumi Cloud`.",
        explanation="The workspace was initialised while the backend let it in. Since then the token has expired, or "
        "the backend is gone or can't be reached.",
        by_itself="It is run again with growing pauses, and refused each time.",
        way_out="Repair the token's Secret, and then restart the workspace, whose pod has the old token. Where it is "
        "the backend, repair that and ask for a run.",
        versions="2.x",
        since=(2, 0, 0),
        find=_refused,
        after_repair=("restart-workspace", "reconcile"),
        helps=("restart-workspace", "reconcile"),
        not_helpful=(NotHelpful("reconcile with an expired token", "the pod still has the old one"),),
        beats=("U-5", "U-14", "D-3", "U-1"),
    ),
    Cause(
        id="U-14",
        depth=RUN,
        title="The Update was deleted while it ran",
        symptom="The Update of a run that works has a `deletionTimestamp`. Afterwards: a failure without a message, "
        "and the Update is gone.",
        explanation="The Update's finalizer keeps it until the run has ended. At the end the operator takes it for "
        "failed because it was changed meanwhile; pulumi may well have succeeded.",
        by_itself="The run goes on to its end, and then it is done again. Seldom the operator can't take the result "
        "in (W-2).",
        way_out="Wait for the end of the run.",
        versions="2.x",
        since=(2, 0, 0),
        find=_update_deleted,
        not_helpful=(
            NotHelpful("delete it again", "it is being deleted already"),
            NotHelpful("remove its finalizer", "then the Stack waits for an Update that is gone"),
            NotHelpful("unwedge", "before the run's end pulumi would go on writing"),
        ),
        beats=("U-5", "U-9", "U-1"),
    ),
    Cause(
        id="U-5",
        depth=RUN,
        title="The operator was restarted while it ran",
        symptom="A failure without a message, the Update reads Aborted, and the operator's Lease was acquired between "
        "the Update's creation and its end.",
        explanation="The operator holds the connection in which pulumi runs. When the operator ends, also for an "
        "upgrade, the agent stops pulumi at once and kills it 10 s later. The next operator marks the run as failed.",
        by_itself="It is run again after a pause. With a backend of one's own the lock is left, and the next runs "
        "fail for that.",
        way_out="Wait. If a lock is left, cancel once no pulumi works on it. An upgrade of the operator replaces all "
        "workspace pods, too.",
        versions="2.x",
        since=(2, 0, 0),
        find=_operator_restarted,
        not_helpful=(NotHelpful("restart-workspace", "the pod is well, and the run has ended"),),
        beats=("U-9", "U-1"),
    ),
    Cause(
        id="U-7",
        depth=RUN,
        title="pulumi succeeded, and its outputs can't be stored",
        symptom="A failure without a message, the Update reads Aborted, `up completed` with `succeeded` stands in the "
        "pod's log, and `creating output secret` with an error in the operator's.",
        explanation="The operator writes the outputs to a Secret. It may be too big (1 MiB), or the operator isn't "
        "allowed to, or a quota is used up.",
        by_itself="It is run again with growing pauses, with the same end.",
        way_out="Export less, or repair the operator's rights or the quota.",
        versions="2.x",
        since=(2, 0, 0),
        find=_outputs_lost,
        not_helpful=(NotHelpful("reconcile", "the same outputs are refused again"),),
        beats=("U-1",),
    ),
    Cause(
        id="U-9",
        depth=RUN,
        title="The run reads as aborted, and nothing was wrong with it",
        symptom="A failure without a message and an Update that reads Aborted, though pulumi ended well.",
        explanation="The operator looked at an old copy of the Update when its run had ended, and took it for one that "
        "an earlier operator had left.",
        by_itself="It is run again after a pause.",
        way_out="Wait; upgrade an operator before 2.6.",
        versions="before 2.6; later only as a race in which the Stack keeps the true message",
        since=(2, 0, 0),
        find=_aborted_for_nothing,
        not_helpful=(
            NotHelpful("restart-workspace", "the pod is well"),
            NotHelpful("unwedge", "nothing is wedged"),
        ),
        beats=("U-1",),
    ),
)
