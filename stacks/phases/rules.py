"""The rules that decide what a Stack is doing: a pure function over a list of rules; the first that fits wins."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from stacks import conditions as cond
from stacks.phases.phase import (
    DEFAULT_THRESHOLDS,
    DESTROY_STUCK,
    DESTROYING,
    FAILED,
    PREVIEW_ONLY,
    READY,
    REQUESTED,
    RESYNCING,
    RETRYING,
    STALLED,
    UNKNOWN,
    UNSEEN,
    UPDATING,
    WAITING_PREREQUISITE,
    WAITING_SOURCE,
    WAITING_WORKSPACE,
    WEDGED,
    Phase,
    PhaseEvidence,
    PhaseThresholds,
)
from stacks.phases.retry import failure_limit, gives_up, next_attempt
from stacks.records.base import Condition
from stacks.records.kubernetes import ContainerStatus, Pod
from stacks.records.stack import CurrentUpdate, Stack
from stacks.records.workspace import Workspace
from stacks.text import one_line
from stacks.times import instant
from stacks.update_times import completed_at, run_length, update_created
from stacks.versions import STOPS_AFTER_FAILURES


@dataclass(frozen=True, slots=True)
class _Case:
    """What a rule decides from: the Stack, the objects beside it, and parts of its status that most rules need."""

    stack: Stack
    related: PhaseEvidence
    now: float
    thresholds: PhaseThresholds
    main_condition: Condition | None
    current: CurrentUpdate | None

    @property
    def began(self) -> float | None:
        """Since when the main condition holds."""
        return instant(self.main_condition.last_transition_time) if self.main_condition else None


def phase(stack: Stack, related: PhaseEvidence, now: float, thresholds: PhaseThresholds = DEFAULT_THRESHOLDS) -> Phase:
    """What the Stack is doing at `now`, by the first rule that applies; unknown if none does.

    Its `recheck_at` is the next instant at which the answer may change by time alone.
    """
    case = _Case(stack, related, now, thresholds, cond.leading(stack.conditions), _current(stack))
    for rule in _RULES:
        answer = rule(case)
        if answer is not None:
            recheck = _earliest(now, answer.recheck_at, answer.late_at, answer.due)
            return answer if recheck == answer.recheck_at else replace(answer, recheck_at=recheck)
    return Phase(UNKNOWN)


def _unjudged(case: _Case) -> Phase | None:
    if case.stack.metadata.deletion_timestamp or (case.stack.status is not None and case.stack.status.conditions):
        return None
    return _unseen(case, instant(case.stack.metadata.creation_timestamp), "")


def _wedged(case: _Case) -> Phase | None:
    current = case.current
    if current is None:
        return None
    if case.related.update_gone:
        began = update_created(current.name)
    elif case.related.update is not None and (ended := completed_at(case.related.update)) is not None:
        began = ended
    else:
        return None
    if began is None or case.now - began < case.thresholds.wedged:
        return None
    return Phase(WEDGED, since=began)


def _deleting(case: _Case) -> Phase | None:
    if not case.stack.metadata.deletion_timestamp:
        return None
    began = instant(case.stack.metadata.deletion_timestamp)
    why = destroy_stuck(case.stack)
    if why is not None:
        return Phase(DESTROY_STUCK, why, since=began, broken=True)
    return Phase(DESTROYING, since=began, late_at=_plus(began, case.thresholds.long_run))


def _running(case: _Case) -> Phase | None:
    current = case.current
    if current is None:
        return None
    if request_pending(case.stack) and not first_run(case.stack):
        return None  # _requested decides
    began = instant(case.related.update.metadata.creation_timestamp) if case.related.update else None
    began = began if began is not None else update_created(current.name)
    late = _plus(began, _long_run(case.stack, case.thresholds))
    recheck = _plus(began, case.thresholds.wedged)
    last = case.stack.last_update
    if last is not None and last.state == "succeeded" and repeats(current, case.stack):
        return Phase(RESYNCING, since=began, late_at=late, recheck_at=recheck)
    run_type = case.related.update.spec.type if case.related.update else ""
    word = _RUN_WORDS.get(run_type, "")
    return Phase(UPDATING, word, since=began, late_at=late, recheck_at=recheck)


_RUN_WORDS = {"preview": "previewing", "refresh": "refreshing", "destroy": "destroying"}


def _unseen_spec(case: _Case) -> Phase | None:
    status = case.stack.status
    if status is None or status.observed_generation == case.stack.metadata.generation or first_run(case.stack):
        return None
    if status.observed_generation == 0 and case.stack.metadata.generation == 0:
        return None
    return _unseen(case, None, "new spec ")


def _requested(case: _Case) -> Phase | None:
    if not request_pending(case.stack) or first_run(case.stack):
        return None
    return Phase(REQUESTED, broken=case.related.operator.has_leader is False)


def _stalled(case: _Case) -> Phase | None:
    leading = case.main_condition
    if leading is None or leading.type != "Stalled":
        return None
    if cond.comes_later(leading):
        late = _plus(case.began, case.thresholds.long_run)
        return Phase(WAITING_SOURCE, _source(case.stack), since=case.began, late_at=late)
    return Phase(STALLED, leading.reason, since=case.began)


def _retrying(case: _Case) -> Phase | None:
    leading = case.main_condition
    if leading is None or leading.reason not in cond.FAILED_REASONS:
        return None
    last = case.stack.last_update
    version = case.related.operator.version
    if last is None or last.generation is None:  # PKO 1: no count, no timer that could be shown
        return Phase(FAILED, "failed, retried by the operator", since=case.began)
    limit = failure_limit(case.stack)
    kind = FAILED if last.failures >= limit else RETRYING
    due = next_attempt(case.stack, version)
    if version is None:
        return Phase(kind, f"failed {last.failures + 1}x, next retry unknown (PKO version unknown)", since=case.began)
    attempt = f"{last.failures + 1} of {limit}" if version >= STOPS_AFTER_FAILURES else f"{last.failures + 1}"
    if gives_up(case.stack, version):
        return Phase(FAILED, f"failed {last.failures + 1}x, no retry", since=case.began)
    return Phase(kind, f"retry {attempt}", since=case.began, due=due)


def _blocked(case: _Case) -> Phase | None:
    leading = case.main_condition
    if leading is None or leading.reason != "PrerequisiteNotSatisfied":
        return None
    names = [p.name for p in case.stack.spec.prerequisites or () if p.name and p.name in leading.message]
    names = names or [p.name for p in case.stack.spec.prerequisites or () if p.name]
    broken = dict(case.related.broken)
    if leading.message.startswith(cond.PREREQUISITE_MISSING):
        broken |= dict.fromkeys(names[:1], "missing")
    if case.stack.metadata.name in names:
        broken[case.stack.metadata.name] = "itself"
    first = next((name for name in names if name in broken), names[0] if names else "a prerequisite")
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    why = f" ({broken[first]})" if first in broken else ""
    late = _plus(case.began, case.thresholds.long_run)
    return Phase(WAITING_PREREQUISITE, f"{first}{more}{why}", since=case.began, late_at=late, broken=first in broken)


def _processing(case: _Case) -> Phase | None:
    leading = case.main_condition
    if leading is None or leading.type != "Reconciling":
        return None
    late = _plus(case.began, case.thresholds.long_run)
    if leading.message == cond.WAITING_FOR_WORKSPACE:
        pod, workspace = case.related.pod, case.related.workspace
        detail = (_pod_trouble(pod) if pod else "") or _workspace_trouble(workspace)
        broken = bool(detail)
        return Phase(WAITING_WORKSPACE, detail, since=case.began, late_at=late, broken=broken)
    if leading.reason == "StackProcessing":
        return Phase(UPDATING, since=case.began, late_at=late)
    return Phase(UNKNOWN, leading.reason, since=case.began, late_at=late)


def _done(case: _Case) -> Phase | None:
    leading = case.main_condition
    if leading is None or leading.type != "Ready":
        return None
    last = case.stack.last_update
    began = instant(last.last_resync_time) if last else case.began
    return Phase(PREVIEW_ONLY if last is not None and last.type == "preview" else READY, since=began)


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
    leading = cond.leading(stack.conditions)
    if leading is not None and leading.type == "Stalled":
        return leading.reason
    last = status.last_update
    if last is not None and last.type == "destroy" and last.state == "failed" and last.failures >= failure_limit(stack):
        return f"destroy failed {last.failures + 1}x"
    return None


def repeats(current: CurrentUpdate, stack: Stack) -> bool:
    """Whether the run that goes on is the last one again: same spec, same request, same commit."""
    last = stack.last_update
    return (
        last is not None
        and current.generation == last.generation
        and current.reconcile_request == last.reconcile_request
        and current.commit == last.last_attempted_commit
    )


def _current(stack: Stack) -> CurrentUpdate | None:
    current = stack.status.current_update if stack.status else None
    return current if current is not None and current.name else None


def first_run(stack: Stack) -> bool:
    """PKO saves the conditions of a Stack's very first reconcile with observedGeneration 0."""
    status = stack.status
    return (
        stack.metadata.generation == 1
        and status is not None
        and status.observed_generation == 0
        and bool(status.conditions)
    )


def request_pending(stack: Stack) -> bool:
    request = stack.metadata.annotations.reconciliation_request if stack.metadata.annotations else None
    return request is not None and request != (stack.status.observed_reconcile_request if stack.status else "")


def _unseen(case: _Case, began: float | None, what: str) -> Phase:
    late = _plus(began, case.thresholds.unseen)
    absent = case.related.operator.has_leader is False
    detail = f"{what}not seen: no operator leads" if absent else f"{what}not seen yet"
    return Phase(UNSEEN, detail, since=began, late_at=late, broken=absent)


def _pod_trouble(pod: Pod) -> str:
    """Why a workspace's pod doesn't run: ``Unschedulable``, ``fetch: CrashLoopBackOff``; empty if all is well.

    PKO's Workspace says RollingUpdate whatever is wrong with its pod, so the pod itself is asked.
    """
    status = pod.status
    if status is None:
        return ""
    scheduled = cond.find(status.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return scheduled.reason
    for container in [*(status.init_container_statuses or ()), *(status.container_statuses or ())]:
        reason = _container_trouble(container)
        if reason:
            return reason if container.name == "pulumi" else f"{container.name}: {reason}"
    return status.reason if status.phase == "Failed" else ""


def _container_trouble(container: ContainerStatus) -> str:
    waiting, terminated = container.state.waiting, container.state.terminated
    if waiting is not None and not waiting.is_usual:
        return waiting.reason
    if terminated is not None and terminated.exit_code != 0:
        return terminated.reason or f"exit code {terminated.exit_code}"
    return ""


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


def _long_run(stack: Stack, thresholds: PhaseThresholds) -> float:
    """From when a run is unusually long: a multiple of the last one, but nobody minds five minutes."""
    last = run_length(stack)
    return thresholds.long_run if last is None else max(thresholds.wedged, thresholds.long_factor * last)


def _plus(at: float | None, seconds: float) -> float | None:
    return None if at is None else at + seconds


def _earliest(now: float, *instants: float | None) -> float | None:
    return min((at for at in instants if at is not None and at > now), default=None)
