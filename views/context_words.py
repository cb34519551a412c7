"""What is known of a context in words: its operator and how busy that is, its Stacks, and what can't be seen of it."""

from __future__ import annotations

from diagnosis.context_findings import context_findings
from diagnosis.finding import Finding
from diagnosis.fleet_causes import FleetCause
from fleet.board.context_state import ContextState
from stacks.operator import OperatorWorkload
from stacks.times import prose_span
from stacks.versions import version_words
from views.context_counts import ContextCounts, names_of
from views.findings import names_subject, since_words

_NAMED = 3
"""Stacks that wait for a worker, by name; more are counted"""


def lease_word(state: ContextState) -> str:
    """Whether somebody holds the Lease, in a word."""
    return {True: "held", False: "nobody", None: "?"}[state.operator.has_leader]


def lease_words(state: ContextState, now: float) -> str:
    """Who holds the operator's Lease, and since when."""
    workload = state.workload
    if state.operator.has_leader is None:
        return "not known"
    if not state.operator.has_leader:
        last = f"; the last holder was {workload.holder}" if workload.holder else ""
        return f"nobody holds it{last}"
    since = f" for {prose_span(now - workload.held_since)}" if workload.held_since is not None else ""
    return f"held{f' by {workload.holder}' if workload.holder else ''}{since}"


def operator_words(state: ContextState, now: float) -> str:
    """``v2.9.0, Lease held for 21d, 1 of 1 replicas available``, as far as that is known."""
    workload = state.workload
    version = version_words(state.operator.version) if state.operator.version else "version not known"
    since = f" for {prose_span(now - workload.held_since)}" if workload.held_since is not None else ""
    lease = {True: f"Lease held{since}", False: "Lease held by nobody", None: "Lease not known"}
    replicas = "" if workload.replicas is None else f"{workload.available} of {workload.replicas} replicas available"
    return ", ".join(filter(None, (version, lease[state.operator.has_leader], replicas)))


def replicas_word(workload: OperatorWorkload) -> str:
    """``1/1``: how many replicas of the operator are available, of how many there should be."""
    return "?" if workload.replicas is None else f"{workload.available}/{workload.replicas}"


def replicas_words(workload: OperatorWorkload) -> str:
    return "not known" if workload.replicas is None else f"{workload.available} of {workload.replicas} available"


def busy_word(state: ContextState, counts: ContextCounts) -> str:
    """``3/25``: workers that are busy of all; ``3-5/25`` where some Updates couldn't be looked at."""
    if not _tells_workers(state):
        return "?"
    most = "?" if state.workload.workers is None else str(state.workload.workers)
    return f"{_busy(state, counts)}/{most}"


def busy_words(state: ContextState, counts: ContextCounts) -> str:
    """How many workers are busy of all, and what is counted as that."""
    if not _tells_workers(state):
        return "not known: Stacks of PKO 1 don't say what is worked on"
    most = state.workload.workers
    of = f" of {most} busy" if most is not None else " busy, of a number that isn't known"
    unclear = "; the Updates of some couldn't be looked at yet" if counts.unclear else ""
    return f"{_busy(state, counts)}{of}: the Stacks whose Update runs{unclear}"


def is_saturated(state: ContextState, counts: ContextCounts) -> bool:
    """Whether every worker is known to be busy."""
    return state.workload.workers is not None and counts.busy >= state.workload.workers


def _tells_workers(state: ContextState) -> bool:
    """Whether Stacks say what is worked on: those of PKO 1 don't name their runs."""
    return state.operator.version is None or state.operator.version >= (2, 0, 0)


def _busy(state: ContextState, counts: ContextCounts) -> str:
    most = counts.busy + counts.unclear
    if state.workload.workers is not None:
        most = max(counts.busy, min(most, state.workload.workers))
    return str(counts.busy) if most == counts.busy else f"{counts.busy}-{most}"


def waiting_words(counts: ContextCounts) -> str:
    """The Stacks whose Update waits for a worker."""
    number = len(counts.waiting)
    if not number:
        return "no Update waits for a worker"
    verb = "Update waits" if number == 1 else "Updates wait"
    return f"{number} {verb} for a worker: {names_of(counts.waiting, _NAMED)}"


def standing_words(counts: ContextCounts) -> str:
    """``2 broken, 3 working, 9 ready``."""
    if not counts.stacks:
        return "none"
    return f"{counts.broken:,} broken, {counts.working:,} working, {counts.ready:,} ready"


def oldest_words(counts: ContextCounts, now: float) -> str:
    """The Stack that has been broken for longest; empty where none is."""
    row = counts.oldest
    if row is None:
        return ""
    since = f" for {prose_span(now - row.phase.since)}" if row.phase.since is not None else ""
    return f"{row.key.namespace}/{row.key.name}: broken{since}, {row.phase.words(now)}"


def seen_words(state: ContextState, now: float) -> str:
    """The context's state, the age of what is known of it, and why it isn't seen better."""
    age = state.data_age(now)
    heard = "nothing heard yet" if age is None else f"heard {prose_span(age)} ago"
    reason = state.reason(now)
    return f"{state.state(now)}, {heard}{f': {reason}' if reason else ''}"


def unseen_words(state: ContextState, now: float) -> str:
    """All that can't be seen of a context, and why, in a line; empty where nothing is missing.

    What would be seen in what may not be read is left to the page.
    """
    hidden = f"may not read {', '.join(each.partition(' (')[0] for each in state.hidden)}" if state.hidden else ""
    return "; ".join(filter(None, (state.reason(now), hidden)))


def operator_trouble(state: ContextState) -> Finding | None:
    """What keeps the operator from working, as far as it is known."""
    return next(iter(context_findings(state)), None)


def cause_title(cause: FleetCause) -> str:
    """A cause, with what it is about where the title doesn't say so."""
    return cause.title if names_subject(cause.example) else f"{cause.title}: {cause.key}"


def extent_words(cause: FleetCause, now: float) -> str:
    """How many Stacks have a cause, and since when: ``3 Stacks, for 2h``; of one, its name."""
    keys = cause.stacks
    who = f"{len(keys):,} Stacks" if len(keys) != 1 else f"{keys[0].namespace}/{keys[0].name}"
    return ", ".join(filter(None, (who, since_words(cause.since, now))))
