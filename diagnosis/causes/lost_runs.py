"""Runs whose pod, workspace or agent went away under them."""

from __future__ import annotations

from diagnosis.cause import RUN, Cause
from diagnosis.causes.failed_runs import IN_THE_STACK
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.quoted_parts import failure_says
from diagnosis.facts.run_facts import backend_name, by_retry, last_run_of, next_run, progressing
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, CERTAINTIES, WAITING, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import at, text, whole_number
from stacks.times import rfc3339

_TRANSPORT = (
    "error reading from server: EOF", "closing transport due to", "transport is closing", "connection refused",
)  # fmt: skip
"""what the operator says when its connection to the agent breaks; in what a program printed it may be anything"""
_KILLED = ("error: update canceled", "signal: killed")
_BY_PULUMI = ("up failed: ", "preview failed: ", "refresh failed: ", "destroy failed: ")
_OUT_OF_MEMORY = 137


def _lost(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    return _being_lost(facts) or _was_lost(facts)


def _was_lost(facts: StackFacts) -> Finding | None:
    if not facts.failing:
        return None
    mark = _mark_of_loss(facts)
    said = failure_says(facts, *_KILLED)
    if said is None:
        said = failure_says(facts, *_TRANSPORT)
        if said is not None and _by_pulumi(facts) and (mark is None or not _ended_under_it(facts)):
            return None  # a program that is refused a connection says so, too
    if said is None:
        return None
    doubts = (mark is None) + (said.object.kind != "Stack")
    certainty = CERTAINTIES[doubts]
    how = mark[0] if mark is not None else "The pod or the agent was lost"
    run = last_run_of(facts)
    lock = _lock_may_stay(facts)
    return Finding(
        "",
        by_retry(facts),
        f"{how} while {run.name} ran",
        subject=f"{facts.namespace}/{facts.pod_name}",
        evidence=(said,) if mark is None else (said, mark[1]),
        certainty=certainty,
        makes_certain=_what_proves_it(doubts, mark is None),
        unknown=_unread_marks(facts) if mark is None else (),
        since=run.ended,
        next=next_run(facts, lock),
        next_step="Give the workspace more memory, or find out who deletes its pod; then ask for a run."
        if facts.gave_up
        else "Wait for the next run.",
    )


def _unread_marks(facts: StackFacts) -> tuple[str, ...]:
    """Where the mark of a loss would be, and why it couldn't be read there."""
    unread = {kind: facts.objects.unread(kind, facts.namespace) for kind in ("Pod", "Event")}
    return tuple(f"{kind}s: {why}" for kind, why in unread.items() if why)


def _what_proves_it(doubts: int, without_mark: bool) -> str:
    if not doubts:
        return ""
    return "a trace of it on the pod, or the events of that time" if without_mark else IN_THE_STACK


def _by_pulumi(facts: StackFacts) -> bool:
    """Whether the message is what pulumi printed, and not the connection's own error."""
    return any(message.startswith(_BY_PULUMI) for _, _, message in facts.failure_messages)


def _ended_under_it(facts: StackFacts) -> bool:
    """Whether the pod was lost before the failed run had ended, and not by what came later, such as a new commit."""
    run, pod, agent = last_run_of(facts), facts.pod, facts.agent
    if pod is not None and text(pod, "status", "reason") == "Evicted":
        return True
    made, ended = at(pod, "metadata", "creationTimestamp"), agent.ended_at if agent is not None else None
    times = [time for time in (made, ended) if time is not None and run.began is not None and time > run.began]
    return run.ended is not None and any(time <= run.ended for time in times)


def _lock_may_stay(facts: StackFacts) -> str:
    backend = backend_name(facts)
    return "" if backend.startswith(("Pulumi Cloud", "https:")) else f"; a lock may be left in {backend}"


def _mark_of_loss(facts: StackFacts) -> tuple[str, Evidence] | None:
    """What the pod shows of having been lost since the failed run began, in words and as a quote."""
    began, ended = last_run_of(facts).began, last_run_of(facts).ended
    if began is None:
        return None
    pod, agent = facts.pod, facts.agent
    made = at(pod, "metadata", "creationTimestamp")
    if pod is not None and text(pod, "status", "reason") == "Evicted":
        return "The pod was evicted", facts.objects.quote(pod, "status", "reason")
    if pod is not None and text(pod, "metadata", "deletionTimestamp"):
        return "The pod was deleted", facts.objects.quote(pod, "metadata", "deletionTimestamp")
    if pod is not None and made is not None and made > began:
        return "The pod was replaced", facts.objects.quote(pod, "metadata", "creationTimestamp", time=made)
    agent_ended = agent.ended_at if agent is not None else None
    if agent_ended is not None and began - 1.0 <= agent_ended and (ended is None or agent_ended <= ended + 1.0):
        return f"The agent ended{_how_it_ended(facts)}", _quote_of_end(facts)
    if facts.workspace_lookup.gone:
        return "The workspace was deleted", facts.quote("status", "lastUpdate", "name")
    return None


def _how_it_ended(facts: StackFacts) -> str:
    agent = facts.agent
    reason = text(agent.terminated, "reason") if agent is not None else ""
    if reason == "OOMKilled":
        return ", for want of memory,"
    code = agent.exit_code if agent is not None else 0
    return f" (killed, exit code {code})" if code == _OUT_OF_MEMORY else f" (exit code {code})"


def _quote_of_end(facts: StackFacts) -> Evidence:
    agent = facts.agent
    if agent is None or facts.pod is None:
        return facts.quote("status", "lastUpdate", "name")
    return facts.objects.quote(facts.pod, *agent.terminated_path, "finishedAt", time=agent.ended_at)


def _being_lost(facts: StackFacts) -> Finding | None:
    update = facts.update
    runs, began = progressing(update), facts.update_created
    if update is None or runs is None or began is None:
        return None
    loss = _what_is_being_lost(facts, began)
    if loss is None:
        return None
    what, proof, ends_at, since = loss
    name = text(facts.current, "name")
    moving = facts.objects.quote(update, "status", "conditions", runs.place, "status", time=runs.time)
    return Finding(
        "",
        WAITING,
        f"{what} while {name} runs",
        subject=f"{facts.namespace}/{facts.pod_name}",
        evidence=(moving,) if proof is None else (moving, proof),
        certainty=CERTAIN,
        since=since,
        next=NextEvent(
            f"the run ends, at the latest when the pod does, and is done again{_lock_may_stay(facts)}", ends_at
        ),
        next_step="Wait for the run's end"
        + (f", at {rfc3339(ends_at)} at the latest." if ends_at is not None else "."),
    )


_Loss = tuple[str, Evidence | None, float | None, float | None]
"""what is being lost, the quote that shows it where something is there to quote, and until when and since when"""


def _what_is_being_lost(facts: StackFacts, began: float) -> _Loss | None:
    objects, pod, workspace = facts.objects, facts.pod, facts.workspace
    quote, kills_at, since = None, None, None
    if pod is not None and (kills_at := at(pod, "metadata", "deletionTimestamp")) is not None:
        grace = whole_number(pod, "metadata", "deletionGracePeriodSeconds")
        since = kills_at - grace if grace is not None and 0 <= grace <= kills_at else None
        quote = objects.quote(pod, "metadata", "deletionTimestamp", time=kills_at)
    if facts.workspace_lookup.gone:
        return f"The workspace {facts.workspace_name} is gone", quote, kills_at, since
    if (deleted := at(workspace, "metadata", "deletionTimestamp")) is not None and workspace is not None:
        of_workspace = objects.quote(workspace, "metadata", "deletionTimestamp", time=deleted)
        return f"The workspace {facts.workspace_name} is being deleted", of_workspace, kills_at, deleted
    if quote is not None:
        return f"The pod {facts.pod_name} is being deleted", quote, kills_at, since
    ended = facts.agent.ended_at if facts.agent is not None else None
    if ended is not None and ended >= began:
        return f"The agent ended{_how_it_ended(facts)}", _quote_of_end(facts), None, ended
    if objects.get("Pod", facts.namespace, facts.pod_name).gone:
        return f"The pod {facts.pod_name} is gone", None, None, None
    return None


CAUSES = (
    Cause(
        id="U-6",
        depth=RUN,
        title="The pod or the agent was lost while it ran",
        symptom="`error reading from server: EOF`, `closing transport due to`, `transport is closing`, `error: update "
        "canceled` or `signal: killed` in `status.lastUpdate.message`. While it happens: the Update is progressing, "
        "and its pod or workspace is being deleted or gone.",
        explanation="Somebody deleted the pod or the Workspace, a node was drained, or the container ran out of "
        "memory. A pod that is deleted has 600 s in which pulumi may end what it has begun.",
        by_itself="The run fails, and is done again after a pause. With a backend of one's own, a pulumi that was "
        "killed leaves its lock, and the next runs fail for that.",
        way_out="Wait. If it comes again, give the workspace more memory by `workspaceTemplate.spec.resources`, or "
        "find out who deletes its pods.",
        versions="2.x",
        since=(2, 0, 0),
        find=_lost,
        not_helpful=(
            NotHelpful("delete the pod", "while the run ends, that would kill it"),
            NotHelpful("reconcile", "it waits for the end of this run, too"),
        ),
        beats=("U-1", "D-3"),
    ),
)
