"""Resyncs of a cluster's Stacks beside how long their runs take."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from manifests.document import Document
from manifests.problem import FieldPath, Problem, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from stacks.times import prose_span

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {name}
  namespace: shop
spec:
  stack: acme/{name}/dev
  projectRepo: https://github.com/acme/{name}.git
  branch: main
  continueResyncOnCommitMatch: {resyncs}
  resyncFrequencySeconds: {seconds}
"""
_RUN = """\
---
apiVersion: auto.pulumi.com/v1alpha1
kind: Update
metadata:
  name: {name}-1a2b3c
  namespace: shop
  labels:
    pulumi.com/stack-name: {name}
spec:
  workspaceName: {name}
  type: up
status:
  startTime: "2026-11-30T11:40:00Z"
  endTime: "{ended}"
"""
_OPERATOR = """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: controller-manager
  namespace: pulumi-kubernetes-operator
spec:
  template:
    spec:
      containers:
        - name: manager
          image: pulumi/pulumi-kubernetes-operator:v2.9.1
          env:
            - name: MAX_CONCURRENT_RECONCILES
              value: "1"
"""
_FIVE_MINUTES = _RUN.format(name="web", ended="2026-11-30T11:45:00Z")


def _web(seconds: int, resyncs: str = "true") -> str:
    return _STACK.format(name="web", seconds=seconds, resyncs=resyncs)


TOO_SHORT = Rule(
    id="live/resync-too-short",
    severity=Severity.WARNING,
    title="a resync is due sooner than the last runs took",
    effect="The Stack runs more than it waits: it keeps one of the operator's workers busy, holds the lock of its "
    "backend stack most of the time, and a change waits for the end of a resync.",
    remedy="Set `resyncFrequencySeconds` to a multiple of what a run takes; an hour does for drift.",
    wrong=_web(120) + _FIVE_MINUTES,
    right=_web(3600) + _FIVE_MINUTES,
    alike=_web(120, resyncs="false") + _FIVE_MINUTES,
)
WORKERS = Rule(
    id="live/worker-share",
    severity=Severity.WARNING,
    title="resyncs take half of the operator's workers or more",
    effect="Each run holds one of MAX_CONCURRENT_RECONCILES workers (25, unless set otherwise) to its end. Where "
    "resyncs hold most of them, new commits and changes wait for a free one, and say nothing of it.",
    remedy="Set `resyncFrequencySeconds` higher, on the Stacks whose runs take longest first, or give the operator "
    "more workers (MAX_CONCURRENT_RECONCILES) and the memory that they need.",
    wrong=_web(300) + _FIVE_MINUTES + _OPERATOR,
    right=_web(3600) + _FIVE_MINUTES + _OPERATOR,
    alike=_web(300) + _FIVE_MINUTES + _OPERATOR.replace('value: "1"', 'value: "10"'),
)

RULES = (TOO_SHORT, WORKERS)

_SHORTEST = 60
"""seconds; the operator makes no resyncs that are closer to each other"""
_MUCH = 0.5
"""the part of the workers from which on it is said"""
_PERIOD: FieldPath = ("spec", "resyncFrequencySeconds")
_SWITCH: FieldPath = ("spec", "continueResyncOnCommitMatch")
_AMPLE = 10
"""times the length of a run"""


class _Resyncs(NamedTuple):
    """A Stack that is run again and again."""

    stack: Document
    every: int
    """seconds from the end of a run to the next one"""
    runs: list[float]

    @property
    def takes(self) -> float:
        return median(self.runs)

    @property
    def share(self) -> float:
        """The part of its time in which it runs."""
        return self.takes / (self.takes + self.every)


def check(repository: Repository) -> Iterator[Problem]:
    if repository.live is None:
        return
    found = list(_resyncs(repository))
    for each in found:
        if each.takes > each.every:
            yield _too_short(each)
    workers = repository.live.workers
    if workers and sum(each.share for each in found) >= _MUCH * workers:
        yield _too_many(found, workers)


def _resyncs(repository: Repository) -> Iterator[_Resyncs]:
    assert repository.live is not None
    for stack in repository.stacks:
        runs = repository.live.run_lengths.get((stack.namespace, stack.name))
        if runs and stack.at(*_SWITCH) is True and stack.at("metadata", "deletionTimestamp") is None:
            seconds = stack.at(*_PERIOD)
            every = seconds if isinstance(seconds, int) and not isinstance(seconds, bool) else 0
            yield _Resyncs(stack, max(every, _SHORTEST), list(runs))


def _too_short(found: _Resyncs) -> Problem:
    took = prose_span(found.takes)
    many = len(found.runs) > 1
    runs = f"its last {len(found.runs)} runs took {took} (the median)" if many else f"its last run took {took}"
    return TOO_SHORT.at(
        found.stack,
        _PERIOD,
        f"{runs}, and a resync is due {prose_span(found.every)} after each: it runs {found.share:.0%} of the time, "
        "keeps one of the operator's workers busy, and changes wait for the end of a resync",
        fix=f"Write `resyncFrequencySeconds: {_ample(found.takes)}` or more.",
    )


def _ample(seconds: float) -> int:
    """A round number of seconds after which a resync of a run of this length is no burden."""
    return max(600, int(-(-seconds * _AMPLE // 600)) * 600)


def _too_many(found: list[_Resyncs], workers: int) -> Problem:
    taken = sum(each.share for each in found)
    longest = max(found, key=lambda each: each.share)
    others = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    return WORKERS.at(
        longest.stack,
        _SWITCH,
        f"the resyncs of this Stack{others} hold {taken:.1f} of the operator's {workers} workers "
        f"({min(taken / workers, 9.99):.0%}) at any time: changes and new commits wait for a free one. This Stack "
        f"takes most: {prose_span(longest.takes)} each {prose_span(longest.takes + longest.every)}",
        fix="Set resyncFrequencySeconds higher, on the Stacks whose runs take longest first, or raise "
        f"MAX_CONCURRENT_RECONCILES of the operator to {max(workers + 1, int(taken * 2) + 1)} with the memory for it.",
    )
