"""What a Stack is doing, in one word and one short sentence.

Argo CD's health is judged from the Stack alone; the phase also sees the Update, the Workspace, its
pod and the operator, and so can tell an update that runs from one that nobody will ever finish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stacks import conditions as cond
from stacks.pods import trouble
from stacks.records import Condition, CurrentUpdate, Pod, Stack, Update, Workspace
from stacks.retry import failure_limit, gives_up, last_update, next_attempt
from stacks.text import one_line
from stacks.times import instant, span
from stacks.versions import STOPS_AFTER_FAILURES, PkoVersion


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is too long, in seconds. All of it can be configured."""

    wedged: float = 300.0
    """a current update without its Update object, or with one that is complete, is wedged after this"""
    unseen: float = 120.0
    """an operator that is well has seen a new Stack long before this"""
    long_run: float = 1800.0
    """unusually long, where the last run's length isn't known"""
    long_factor: float = 3.0
    """unusually long, as a multiple of the last run"""


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Operator:
    """What is known of the operator in one context."""

    version: PkoVersion | None = None
    leading: bool | None = None
    """whether somebody holds the Lease: None if it can't be read"""


UNKNOWN_OPERATOR = Operator()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The other objects that a phase looks at. None everywhere means that nobody looked."""

    update: Update | None = None
    update_gone: bool = False
    """the Update that the Stack names was asked for, and isn't there"""
    workspace: Workspace | None = None
    pod: Pod | None = None
    operator: Operator = UNKNOWN_OPERATOR
    broken: Mapping[str, str] = field(default_factory=dict)
    """prerequisites that won't succeed by themselves: name -> why"""


@dataclass(frozen=True, slots=True)
class Phase:
    """A word of the fixed list, what else there is to say, and when it began.

    `since` and `due` are instants or None. `late_at` is the instant from which this has gone on for
    unusually long; `next_look` is when the answer may change although no object does.
    """

    name: str
    detail: str = ""
    since: float | None = None
    due: float | None = None
    late_at: float | None = None
    next_look: float | None = None
    broken: bool = False
    """it waits for something that won't come by itself"""

    def words(self, now: float) -> str:
        """The phase in words, with its age or countdown as of `now`."""
        text = _WORDS.get(self.name, self.name)
        if self.detail:
            text = self.detail if self.name in _DETAIL_SAYS_ALL else f"{text}{_joint(self.name)}{self.detail}"
        if self.due is not None:
            return f"{text} in {span(self.due - now)}" if self.due > now else f"{text} due"
        if self.since is not None and self.name in _AGED:
            return f"{text} {span(now - self.since)}"
        return text

    def late(self, now: float) -> bool:
        """Whether this has gone on for unusually long."""
        return self.late_at is not None and now >= self.late_at


NAMES = (
    "updating",
    "resyncing",
    "waiting-workspace",
    "waiting-prerequisite",
    "waiting-source",
    "retrying",
    "failed",
    "stalled",
    "wedged",
    "requested",
    "destroying",
    "destroy-stuck",
    "preview-only",
    "ready",
    "unseen",
    "unknown",
)

_WORDS = {
    "waiting-workspace": "waiting for workspace",
    "waiting-prerequisite": "waiting for",
    "waiting-source": "waiting for",
    "destroy-stuck": "destroy stuck",
    "preview-only": "preview only",
    "unseen": "not seen by the operator",
}
_DETAIL_SAYS_ALL = {"retrying", "failed", "unseen", "updating"}
_AGED = {
    "updating",
    "resyncing",
    "waiting-workspace",
    "wedged",
    "requested",
    "destroying",
    "unseen",
}


def _joint(name: str) -> str:
    return " " if name in ("waiting-prerequisite", "waiting-source") else ": "


def phase(stack: Stack, around: Surroundings, now: float, patience: Patience = PATIENT) -> Phase:
    """What the Stack is doing at `now`. The first rule that has an answer wins."""
    for rule in _RULES:
        answer = rule(stack, around, now, patience)
        if answer is not None:
            look = _earliest(now, answer.next_look, answer.late_at, answer.due)
            return answer if look == answer.next_look else replace(answer, next_look=look)
    return Phase("unknown")


def _unjudged(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    if stack.metadata.deletion_timestamp or (stack.status is not None and stack.status.conditions):
        return None
    return _unseen(stack, around, patience, instant(stack.metadata.creation_timestamp), "")


def _wedged(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    current = _current(stack)
    if current is None:
        return None
    if around.update_gone:
        began = update_created(current.name)
    elif around.update is not None and (ended := _completed_at(around.update)) is not None:
        began = ended
    else:
        return None
    if began is None or now - began < patience.wedged:
        return None
    return Phase("wedged", since=began)


def _deleting(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    if not stack.metadata.deletion_timestamp:
        return None
    began = instant(stack.metadata.deletion_timestamp)
    why = destroy_stuck(stack)
    if why is not None:
        return Phase("destroy-stuck", why, since=began, broken=True)
    return Phase("destroying", since=began, late_at=_plus(began, patience.long_run))


def _running(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    current = _current(stack)
    if current is None:
        return None
    if _request_pending(stack) and not _first_run(stack):
        return None  # the annotation's rule speaks of it
    began = instant(around.update.metadata.creation_timestamp) if around.update else None
    began = began if began is not None else update_created(current.name)
    late = _plus(began, _long_run(stack, patience))
    look = _plus(began, patience.wedged)
    last = last_update(stack)
    if last is not None and last.state == "succeeded" and repeats(current, stack):
        return Phase("resyncing", since=began, late_at=late, next_look=look)
    kind = around.update.spec.type if around.update else ""
    word = {"preview": "previewing", "refresh": "refreshing", "destroy": "destroying"}.get(kind, "")
    return Phase("updating", word, since=began, late_at=late, next_look=look)


def _unseen_spec(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    status = stack.status
    if status is None or status.observed_generation == stack.metadata.generation or _first_run(stack):
        return None
    if status.observed_generation == 0 and stack.metadata.generation == 0:
        return None
    return _unseen(stack, around, patience, None, "new spec ")


def _requested(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    if not _request_pending(stack) or _first_run(stack):
        return None
    return Phase("requested", broken=around.operator.leading is False)


def _stalled(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    leading = _leading(stack)
    if leading is None or leading.type != "Stalled":
        return None
    began = instant(leading.last_transition_time)
    if cond.comes_later(leading):
        return Phase("waiting-source", _source(stack), since=began, late_at=_plus(began, patience.long_run))
    return Phase("stalled", leading.reason, since=began)


def _retrying(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    leading = _leading(stack)
    if leading is None or leading.reason not in ("RetryingAfterFailure", "PreviewFailed"):
        return None
    last = last_update(stack)
    began = instant(leading.last_transition_time)
    version = around.operator.version
    if last is None or last.generation is None:  # PKO 1: no count, no timer that could be told
        return Phase("failed", "failed, retried by the operator", since=began)
    limit = failure_limit(stack)
    name = "failed" if last.failures >= limit else "retrying"
    due = next_attempt(stack, version)
    if version is None:
        return Phase(name, f"failed {last.failures + 1}x, next retry unknown (PKO version unknown)", since=began)
    attempt = f"{last.failures + 1} of {limit}" if version >= STOPS_AFTER_FAILURES else f"{last.failures + 1}"
    if gives_up(stack, version):
        return Phase("failed", f"failed {last.failures + 1}x, no retry", since=began)
    return Phase(name, f"retry {attempt}", since=began, due=due)


def _blocked(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    leading = _leading(stack)
    if leading is None or leading.reason != "PrerequisiteNotSatisfied":
        return None
    began = instant(leading.last_transition_time)
    names = [p.name for p in stack.spec.prerequisites or () if p.name and p.name in leading.message]
    names = names or [p.name for p in stack.spec.prerequisites or () if p.name]
    broken = dict(around.broken)
    if leading.message.startswith(cond.PREREQUISITE_MISSING):
        broken |= dict.fromkeys(names[:1], "missing")
    if stack.metadata.name in names:
        broken[stack.metadata.name] = "itself"
    first = next((name for name in names if name in broken), names[0] if names else "a prerequisite")
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    why = f" ({broken[first]})" if first in broken else ""
    late = _plus(began, patience.long_run)
    return Phase("waiting-prerequisite", f"{first}{more}{why}", since=began, late_at=late, broken=first in broken)


def _processing(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    leading = _leading(stack)
    if leading is None or leading.type != "Reconciling":
        return None
    began = instant(leading.last_transition_time)
    late = _plus(began, patience.long_run)
    if leading.message == cond.WAITING_FOR_WORKSPACE:
        detail = (trouble(around.pod) if around.pod else "") or _workspace_trouble(around.workspace)
        broken = bool(detail)
        return Phase("waiting-workspace", detail, since=began, late_at=late, broken=broken)
    if leading.reason == "StackProcessing":
        return Phase("updating", since=began, late_at=late)
    return Phase("unknown", leading.reason, since=began, late_at=late)


def _done(stack: Stack, around: Surroundings, now: float, patience: Patience) -> Phase | None:
    leading = _leading(stack)
    if leading is None or leading.type != "Ready":
        return None
    last = last_update(stack)
    began = instant(last.last_resync_time) if last else instant(leading.last_transition_time)
    return Phase("preview-only" if last is not None and last.type == "preview" else "ready", since=began)


_RULES = (
    _unjudged,
    _wedged,
    _deleting,
    _running,
    _unseen_spec,
    _requested,
    _stalled,
    _retrying,
    _blocked,
    _processing,
    _done,
)


def destroy_stuck(stack: Stack) -> str | None:
    """Why a deleted Stack can't be destroyed, in a word; None while there is hope.

    Only believed once the operator has seen the deletion, which raises the generation.
    """
    status = stack.status
    if status is None or status.observed_generation != stack.metadata.generation:
        return None
    leading = _leading(stack)
    if leading is not None and leading.type == "Stalled":
        return leading.reason
    last = status.last_update
    if last is not None and last.type == "destroy" and last.state == "failed" and last.failures >= failure_limit(stack):
        return f"destroy failed {last.failures + 1}x"
    return None


def repeats(current: CurrentUpdate, stack: Stack) -> bool:
    """Whether the run that goes on is the last one again: same spec, same request, same commit."""
    last = last_update(stack)
    return (
        last is not None
        and current.generation == last.generation
        and current.reconcile_request == last.reconcile_request
        and current.commit == last.last_attempted_commit
    )


def update_created(name: str) -> float | None:
    """The instant in an Update's name, ``<stack>-<hex milliseconds>``; None if there is none."""
    try:
        at = int(name.rpartition("-")[2], 16) / 1000
    except ValueError:
        return None
    return at if 1e9 < at < 1e10 else None


def run_length(stack: Stack) -> float | None:
    """How long the last run took, in seconds: from the instant in its name to its absorption."""
    last = last_update(stack)
    began = update_created(last.name) if last else None
    ended = instant(last.last_resync_time) if last else None
    return ended - began if began is not None and ended is not None and ended > began else None


def _completed_at(update: Update) -> float | None:
    complete = cond.find(update.status.conditions if update.status else None, "Complete")
    return instant(complete.last_transition_time) if complete is not None and complete.status == "True" else None


def _current(stack: Stack) -> CurrentUpdate | None:
    current = stack.status.current_update if stack.status else None
    return current if current is not None and current.name else None


def _leading(stack: Stack) -> Condition | None:
    return cond.leading(stack.status.conditions if stack.status else None)


def _first_run(stack: Stack) -> bool:
    """PKO saves the conditions of a Stack's very first reconcile with observedGeneration 0."""
    status = stack.status
    return (
        stack.metadata.generation == 1
        and status is not None
        and status.observed_generation == 0
        and bool(status.conditions)
    )


def _request_pending(stack: Stack) -> bool:
    request = stack.metadata.annotations.reconciliation_request if stack.metadata.annotations else None
    return request is not None and request != (stack.status.observed_reconcile_request if stack.status else "")


def _unseen(stack: Stack, around: Surroundings, patience: Patience, began: float | None, what: str) -> Phase:
    late = _plus(began, patience.unseen)
    absent = around.operator.leading is False
    detail = f"{what}not seen: no operator leads" if absent else f"{what}not seen yet"
    return Phase("unseen", detail, since=began, late_at=late, broken=absent)


def _workspace_trouble(workspace: Workspace | None) -> str:
    ready = cond.find(workspace.status.conditions if workspace and workspace.status else None, "Ready")
    if ready is None or ready.status == "True":
        return ""
    quiet = {"RollingUpdate", "WaitingForReplicas", "Installing", "Initializing", "Deleting"}
    return "" if ready.reason in quiet else ready.reason


def _source(stack: Stack) -> str:
    if stack.spec.flux_source is not None:
        ref = stack.spec.flux_source.source_ref
        return f"{ref.kind or 'source'} {ref.name}"
    if stack.spec.program_ref is not None:
        return f"Program {stack.spec.program_ref.name}"
    return one_line(stack.spec.project_repo) or "its source"


def _long_run(stack: Stack, patience: Patience) -> float:
    """From when a run is unusually long: a multiple of the last one, but nobody minds five minutes."""
    last = run_length(stack)
    return patience.long_run if last is None else max(patience.wedged, patience.long_factor * last)


def _plus(at: float | None, seconds: float) -> float | None:
    return None if at is None else at + seconds


def _earliest(now: float, *instants: float | None) -> float | None:
    return min((at for at in instants if at is not None and at > now), default=None)
