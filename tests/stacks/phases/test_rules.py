"""What a Stack is said to be doing: by a table, by what was recorded, and whatever the object looks like."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from stacks.operator import OperatorState
from stacks.phases.phase import PHASE_KINDS, PhaseEvidence
from stacks.phases.rules import phase
from stacks.records.kubernetes import Pod
from stacks.records.stack import Stack, tidy_stack
from stacks.records.workspace import Update, Workspace
from support.hostile import odd_stacks
from support.objects import NOW, PROCESSING, at, condition, current, last, stack
from support.recorded import Situation, situations

V29, V27 = OperatorState((2, 9, 0), has_leader=True), OperatorState((2, 7, 0), has_leader=True)
RETRYING = condition("Reconciling", "RetryingAfterFailure", "1 update failure(s)")
WAITING = condition("Reconciling", "StackProcessing", "waiting for workspace readiness", ago=300)


def update(*, complete_ago: float | None = None, kind: str = "up") -> Update:
    conditions = [] if complete_ago is None else [condition("Complete", "Updated", ago=complete_ago)]
    meta = {"name": "shop-1", "namespace": "prod", "creationTimestamp": at(200)}
    return msgspec.convert({"metadata": meta, "spec": {"type": kind}, "status": {"conditions": conditions}}, Update)


def pod(reason: str, container: str = "pulumi") -> Pod:
    statuses = [{"name": container, "state": {"waiting": {"reason": reason}}}]
    return msgspec.convert({"metadata": {"name": "shop-workspace-0"}, "status": {"containerStatuses": statuses}}, Pod)


TABLE: list[tuple[str, Stack, PhaseEvidence, str, str]] = [
    ("ready", stack(), PhaseEvidence(), "ready", "ready"),
    ("preview", stack(lastUpdate=last(kind="preview")), PhaseEvidence(), "preview-only", "preview only"),
    (
        "new",
        stack(conditions=[], metadata={"creationTimestamp": at(30)}),
        PhaseEvidence(),
        "unseen",
        "not seen yet 30s",
    ),
    (
        "new, and nobody leads",
        stack(conditions=[], metadata={"creationTimestamp": at(30)}),
        PhaseEvidence(operator=OperatorState(has_leader=False)),
        "unseen",
        "not seen: no operator leads 30s",
    ),
    (
        "new spec",
        stack(metadata={"generation": 3}, observedGeneration=2),
        PhaseEvidence(),
        "unseen",
        "new spec not seen yet",
    ),
    (
        "running",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=185)),
        PhaseEvidence(),
        "updating",
        "updating 3m5s",
    ),
    (
        "the Update's own time counts",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=185)),
        PhaseEvidence(update=update(kind="preview")),
        "updating",
        "previewing 3m20s",
    ),
    (
        "resync",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=20), lastUpdate=last()),
        PhaseEvidence(),
        "resyncing",
        "resyncing 20s",
    ),
    (
        "a new commit is no resync",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=20, commit="c2"), lastUpdate=last()),
        PhaseEvidence(),
        "updating",
        "updating 20s",
    ),
    (
        "no Update for long",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=2460)),
        PhaseEvidence(update_gone=True),
        "wedged",
        "wedged 41m",
    ),
    (
        "no Update yet",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=20)),
        PhaseEvidence(update_gone=True),
        "updating",
        "updating 20s",
    ),
    (
        "complete and not absorbed",
        stack(conditions=[PROCESSING], currentUpdate=current(ago=2460)),
        PhaseEvidence(update=update(complete_ago=900)),
        "wedged",
        "wedged 15m",
    ),
    (
        "retry, version known",
        stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=2)),
        PhaseEvidence(operator=V29),
        "retrying",
        "retry 3 of 3 in 1m10s",
    ),
    (
        "retry before 2.8 has no of",
        stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=1)),
        PhaseEvidence(operator=V27),
        "retrying",
        "retry 2 in 10s",
    ),
    (
        "2.7 goes on for ever",
        stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=7)),
        PhaseEvidence(operator=V27),
        "failed",
        "retry 8 in 6h4m",
    ),
    (
        "retry, version unknown",
        stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=1)),
        PhaseEvidence(),
        "retrying",
        "failed 2x, next retry unknown (PKO version unknown)",
    ),
    (
        "PKO 1",
        stack(conditions=[RETRYING], lastUpdate={"state": "failed", "lastResyncTime": at(20)}),
        PhaseEvidence(operator=OperatorState((1, 16, 0))),
        "failed",
        "failed, retried by the operator",
    ),
    (
        "stalled",
        stack(conditions=[condition("Stalled", "SpecInvalid")]),
        PhaseEvidence(),
        "stalled",
        "stalled: SpecInvalid",
    ),
    (
        "only late",
        stack(
            spec={"programRef": {"name": "settings"}},
            conditions=[condition("Stalled", "SourceUnavailable", "unable to retrieve program for stack")],
        ),
        PhaseEvidence(),
        "waiting-source",
        "waiting for Program settings",
    ),
    (
        "blocked",
        stack(
            spec={"prerequisites": [{"name": "db-main"}]},
            conditions=[condition("Reconciling", "PrerequisiteNotSatisfied", 'not satisfied for "db-main"')],
        ),
        PhaseEvidence(),
        "waiting-prerequisite",
        "waiting for db-main",
    ),
    (
        "blocked by one that is broken",
        stack(
            spec={"prerequisites": [{"name": "vpc"}, {"name": "db-main"}]},
            conditions=[condition("Reconciling", "PrerequisiteNotSatisfied", "multiple prerequisites: vpc, db-main")],
        ),
        PhaseEvidence(broken={"db-main": "stalled"}),
        "waiting-prerequisite",
        "waiting for db-main and 1 more (stalled)",
    ),
    ("workspace", stack(conditions=[WAITING]), PhaseEvidence(), "waiting-workspace", "waiting for workspace 5m"),
    (
        "workspace, and the pod knows why",
        stack(conditions=[WAITING]),
        PhaseEvidence(pod=pod("ImagePullBackOff")),
        "waiting-workspace",
        "waiting for workspace: ImagePullBackOff 5m",
    ),
    (
        "workspace, and an init container knows why",
        stack(conditions=[WAITING]),
        PhaseEvidence(pod=pod("CrashLoopBackOff", "fetch")),
        "waiting-workspace",
        "waiting for workspace: fetch: CrashLoopBackOff 5m",
    ),
    (
        "requested",
        stack(metadata={"generation": 2, "annotations": {"pulumi.com/reconciliation-request": "now"}}),
        PhaseEvidence(),
        "requested",
        "requested",
    ),
    ("destroying", stack(metadata={"deletionTimestamp": at(90)}), PhaseEvidence(), "destroying", "destroying 1m30s"),
    (
        "a destroy that failed too often",
        stack(
            metadata={"deletionTimestamp": at(90)},
            conditions=[condition("Reconciling", "RetryingAfterFailure")],
            lastUpdate=last("failed", kind="destroy", failures=3),
        ),
        PhaseEvidence(),
        "destroy-stuck",
        "destroy stuck: destroy failed 4x",
    ),
]


@pytest.mark.parametrize(("case", "record", "around", "name", "words"), TABLE, ids=[row[0] for row in TABLE])
def test_the_phase_and_its_words(case: str, record: Stack, around: PhaseEvidence, name: str, words: str) -> None:
    found = phase(record, around, NOW)
    assert (found.name, found.words(NOW)) == (name, words)


@pytest.mark.parametrize("situation", situations(), ids=str)
def test_every_recorded_situation_has_its_phase(situation: Situation) -> None:
    def decoded(obj: Any, record: type[Any]) -> Any:
        return None if obj is None else msgspec.convert(obj, record)

    record = tidy_stack(msgspec.convert(situation.stack, Stack))
    current_update = record.status.current_update if record.status else None
    around = PhaseEvidence(
        update=decoded(situation.update, Update),
        update_gone=current_update is not None and situation.update is None,
        workspace=decoded(situation.workspace, Workspace),
        pod=decoded(situation.pod, Pod),
        operator=V29,
    )
    assert phase(record, around, situation.now).name == situation.phase


@given(odd_stacks)
def test_every_stack_has_a_phase_in_words_and_an_urgency(obj: dict[str, Any]) -> None:
    record = tidy_stack(msgspec.convert(obj, Stack))
    found = phase(record, PhaseEvidence(operator=V29), NOW)
    assert found.kind in PHASE_KINDS
    assert found.words(NOW).isprintable()
    assert 0 <= found.urgency(NOW) <= 12


def test_a_phase_says_when_it_has_to_be_thought_of_again() -> None:
    running = phase(stack(conditions=[PROCESSING], currentUpdate=current(ago=100)), PhaseEvidence(), NOW)
    assert running.recheck_at == pytest.approx(NOW + 200, abs=1)
    retrying = phase(
        stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=2)), PhaseEvidence(operator=V29), NOW
    )
    assert retrying.recheck_at == NOW + 70
    assert phase(stack(), PhaseEvidence(), NOW).recheck_at is None


def test_phases_are_ordered_from_the_worst_to_the_best() -> None:
    order = [
        phase(stack(conditions=[PROCESSING], currentUpdate=current(ago=2460)), PhaseEvidence(update_gone=True), NOW),
        phase(stack(conditions=[condition("Stalled", "SpecInvalid")]), PhaseEvidence(), NOW),
        phase(stack(conditions=[RETRYING], lastUpdate=last("failed", failures=1)), PhaseEvidence(operator=V29), NOW),
        phase(stack(conditions=[PROCESSING], currentUpdate=current(ago=7200)), PhaseEvidence(), NOW),
        phase(stack(conditions=[PROCESSING], currentUpdate=current(ago=20)), PhaseEvidence(), NOW),
        phase(stack(metadata={"deletionTimestamp": at(90)}), PhaseEvidence(), NOW),
        phase(stack(), PhaseEvidence(), NOW),
    ]
    ranks = [found.urgency(NOW) for found in order]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
