"""Runs that failed for a reason that Pulumi or the agent says, and those that were only previews."""

from __future__ import annotations

import re
from itertools import pairwise

from diagnosis.cause import RUN, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import condition_of
from diagnosis.facts.quoted_parts import bare_reason, failure_says, telling_line
from diagnosis.facts.run_facts import by_retry, last_run_of, next_run, text_certainty
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, NOTE, POSSIBLE, PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import shortened
from stacks.fields import at, field, text
from stacks.messages import headline

IN_THE_STACK = "the same text in the Stack's own status.lastUpdate.message"
_OPERATIONS = {"up": "pulumi up", "preview": "pulumi preview", "refresh": "pulumi refresh"}
_RESOURCE = re.compile(r"\s*\S+ \(.+\):\s*")
_PENDING = "pending operations"
_INTERRUPTED = ", interrupted while"


def _said_no(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    kind = text(facts.last, "type")
    if not facts.failing or kind not in _OPERATIONS:
        return None
    obj, path, message = facts.failure_messages[0] if facts.failure_messages else (facts.stack, (), "")
    if not message.startswith(tuple(f"{operation} failed: " for operation in _OPERATIONS)):
        return None if facts.is_pko_1_result else _failed_somehow(facts, kind)
    why = headline(message) or message.splitlines()[0].strip()
    proof = facts.objects.quote(obj, *path, part=why, time=at(facts.last, "lastResyncTime"))
    certainty = text_certainty(proof)
    evidence = [proof]
    if resource := _line_before(message, why):
        evidence.append(facts.objects.quote(obj, *path, part=resource))
    if facts.leading is not None and facts.leading.message:
        evidence.append(facts.quote_condition(facts.leading))
    return Finding(
        "",
        PROBLEM,
        f"{_OPERATIONS[kind]} fails: {shortened(why)}",
        subject=shortened(why),
        evidence=tuple(evidence),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else IN_THE_STACK,
        since=_failing_since(facts),
        next=next_run(facts, ", and fails again unless that is repaired"),
        next_step="Repair what the error names, in the program, its configuration or the cloud"
        + (", and ask for a run, unless the repair was a change of the spec or a commit." if facts.gave_up else "."),
    )


def _failed_somehow(facts: StackFacts, kind: str) -> Finding:
    """A run that failed with a text that no cause knows, or without any: it may be the program, or anything else."""
    run = last_run_of(facts)
    evidence = [facts.quote("status", "lastUpdate", "state", time=run.ended)]
    why = ""
    if facts.failure_messages:
        obj, path, message = facts.failure_messages[0]
        line = telling_line(message)
        why = bare_reason(line)
        evidence.append(facts.objects.quote(obj, *path, part=line, time=run.ended))
    log, unread = run.pod_line(f"server {kind} completed with an error")
    if log is not None:
        evidence.append(log)
    if facts.leading is not None and facts.leading.message:
        evidence.append(facts.quote_condition(facts.leading))
    passes = facts.failures == 0 if why else True
    update = facts.last_update_lookup
    unknown = (update.unread if update is not None and not why else "", unread)
    return Finding(
        "",
        by_retry(facts) if passes else PROBLEM,
        f"{_OPERATIONS[kind]} fails: {shortened(why)}" if why else f"{_OPERATIONS[kind]} fails, and nothing says why",
        subject=shortened(why),
        evidence=tuple(evidence),
        certainty=POSSIBLE if log is None else LIKELY,
        makes_certain=f"what the log of container pulumi in {facts.pod_name} says of the run {run.name}",
        since=_failing_since(facts),
        next=next_run(facts, ", and fails again unless what is wrong is repaired"),
        next_step=f"Look into the log of {facts.namespace}/{facts.pod_name} for what {run.name} did, and repair that.",
        unknown=tuple(each for each in unknown if each and log is None),
    )


def _line_before(message: str, why: str) -> str:
    """The resource that the CLI names above an error; empty where it names none."""
    lines = message.splitlines()
    for above, line in pairwise(lines):
        if why in line and _RESOURCE.fullmatch(above):
            return above.strip()
    return ""


def _failing_since(facts: StackFacts) -> float | None:
    """Since when it isn't ready, which is the first of the failures that follow each other."""
    ready = condition_of(facts.stack, "Ready")
    ended = at(facts.last, "lastResyncTime")
    return ready.time if ready is not None and not ready.true and facts.failures else ended


def _pending_operations(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    return _refused_as_pending(facts) if facts.failing else _went_on_with_pending(facts, fleet)


def _refused_as_pending(facts: StackFacts) -> Finding | None:
    proof = failure_says(facts, _PENDING)
    if proof is None:
        return None
    certainty = text_certainty(proof)
    named = failure_says(facts, _INTERRUPTED)
    return Finding(
        "",
        PROBLEM,
        "Operations that were interrupted are pending in the state, and pulumi refuses to run",
        subject=text(facts.spec, "stack"),
        evidence=(proof,) if named is None else (proof, named),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else IN_THE_STACK,
        since=_failing_since(facts),
        next=next_run(facts, ", with the same text", heals=False),
        next_step=_clear_pending(facts),
    )


def _went_on_with_pending(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not fleet.close_look or not facts.ready or text(facts.last, "state") != "succeeded":
        return None
    run = last_run_of(facts)
    proof, _ = run.pod_line("Attempting to deploy or update resources with", _PENDING)
    if proof is None:
        return None
    named, _ = run.pod_line(_INTERRUPTED)
    return Finding(
        "",
        NOTE,
        "The last run succeeded, with interrupted operations still pending in the state",
        subject=text(facts.spec, "stack"),
        evidence=(proof,) if named is None else (proof, named),
        since=proof.time,
        next=NextEvent("never by itself: each run says so again", heals=False),
        next_step=_clear_pending(facts),
    )


def _clear_pending(facts: StackFacts) -> str:
    return (
        f"Run pulumi refresh by hand in the pod {facts.pod_name}, and answer for each resource whether it was made; "
        "spec.refresh: true settles those that weren't being created."
    )


def _too_big(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    proof = failure_says(facts, "ResourceExhausted", "received message larger than max") if facts.failing else None
    if proof is None:
        return None
    certainty = text_certainty(proof)
    old = not facts.operator.since((2, 6, 0))
    return Finding(
        "",
        PROBLEM,
        "The result of the run is larger than the operator takes",
        subject="size of a result",
        evidence=(proof,),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else IN_THE_STACK,
        since=_failing_since(facts),
        next=next_run(facts, ", and its result is too big again", heals=False),
        next_step="Upgrade the operator to 2.6 or later, which takes 400 MiB."
        if old
        else "Make the program print and export less.",
    )


def _preview_only(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.ready or text(facts.last, "type") != "preview":
        return None
    evidence: list[Evidence] = [facts.quote("status", "lastUpdate", "type", time=at(facts.last, "lastResyncTime"))]
    if field(facts.spec, "preview") is True:
        evidence.append(facts.quote("spec", "preview"))
    return Finding(
        "",
        NOTE,
        "It was only previewed: nothing was applied",
        evidence=tuple(evidence),
        since=at(facts.last, "lastResyncTime"),
        next=NextEvent("never by itself: it stays a preview", heals=False),
        next_step="Set spec.preview to false to deploy it.",
    )


CAUSES = (
    Cause(
        id="U-4",
        depth=RUN,
        title="Interrupted operations are pending in the state",
        symptom="`pending operations` in the message of a failed run; or, of a run that succeeded, `Attempting to "
        "deploy or update resources with N pending operations` in the pod's log.",
        explanation="A run was killed while it made or changed a resource. The state notes that it doesn't know how "
        "that ended. Older CLIs refuse to run then; newer ones warn and go on.",
        by_itself="Never ends.",
        way_out="Run `pulumi refresh` in the workspace pod, with a terminal where creations are pending "
        "(`--clear-pending-creates` takes all of them for not made). `spec.refresh: true` settles the other kinds.",
        versions="any; whether it is a failure depends on the version of the Pulumi CLI",
        find=_pending_operations,
        not_helpful=(NotHelpful("reconcile", "the same text comes again"),),
        beats=("U-1",),
    ),
    Cause(
        id="U-8",
        depth=RUN,
        title="The result of the run is larger than the operator takes",
        symptom="`ResourceExhausted` or `received message larger than max` in `status.lastUpdate.message`.",
        explanation="The agent sends what pulumi printed, and the outputs, as one message, and its size is limited: "
        "4 MiB before PKO 2.6, 400 MiB since.",
        by_itself="Never ends: each run has the same result.",
        way_out="Upgrade the operator, or make the program print and export less.",
        versions="2.x, in practice before 2.6",
        since=(2, 0, 0),
        find=_too_big,
        not_helpful=(NotHelpful("reconcile", "the result is as big as before"),),
        beats=("U-1",),
    ),
    Cause(
        id="U-1",
        depth=RUN,
        title="The program or the cloud says no",
        symptom="`up failed: …`, `preview failed: …` or `refresh failed: …` in `status.lastUpdate.message`; the "
        "Stack is RetryingAfterFailure, PreviewFailed, or Stalled with UpdateFailed.",
        explanation="Pulumi ran and ended with an error: of the program, its configuration, a provider or the cloud.",
        by_itself="It is run again with growing pauses (10 s, 30 s, 90 s, … from 2.2 on) until it has failed 3 times, "
        "then never (from 2.8 on). A change of the spec, of the source or of the request starts it again.",
        way_out="Repair what the error names. A commit or a change of the spec is run by itself; after anything else "
        "ask for a run. A new commit runs once, and the count of failures goes on.",
        versions="any; it gives up from 2.8 on",
        find=_said_no,
        after_repair=("reconcile",),
        helps=("reconcile",),
        not_helpful=(
            NotHelpful("restart-workspace", "the same program runs in a new pod"),
            NotHelpful("cancel", "nothing runs, and nothing is locked"),
        ),
    ),
    Cause(
        id="U-12",
        depth=RUN,
        title="It was only previewed: nothing was applied",
        symptom="Ready, and `status.lastUpdate.type` is `preview`.",
        explanation="`spec.preview` makes every run a preview. Ready says that the preview succeeded.",
        by_itself="Stays.",
        way_out="Set `spec.preview` to false to deploy it.",
        versions="from 2.3",
        since=(2, 3, 0),
        find=_preview_only,
    ),
)
