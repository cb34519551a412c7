"""Workspaces of a cluster that had too little memory."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.field_names import WORKSPACE_TEMPLATE
from manifests.live_facts import KILLED, MemoryKill
from manifests.problem import FieldPath, Problem, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.stack_example import STACK_EXAMPLE
from stacks.times import prose_span

_LIMITED = """\
  workspaceTemplate:
    spec:
      resources:
        limits:
          memory: {limit}
"""
_POD = """\
---
apiVersion: v1
kind: Pod
metadata:
  name: web-workspace-0
  namespace: shop
  labels:
    auto.pulumi.com/component: workspace
    auto.pulumi.com/workspace-name: web
spec:
  containers:
    - name: pulumi
      resources:
        limits:
          memory: {limit}
status:
  containerStatuses:
    - name: pulumi
      restartCount: 1
      lastState:
        terminated:
          exitCode: {code}
          reason: {reason}
          finishedAt: "2026-11-30T11:48:00Z"
"""

OUT_OF_MEMORY = Rule(
    id="live/out-of-memory",
    severity=Severity.ERROR,
    title="a workspace was killed for using more memory than its limit",
    effect="The run in it ended without a word: the Update fails, what was half done stays half done, and the state "
    "may stay locked. The next run that needs as much ends the same way.",
    remedy="Raise `workspaceTemplate.spec.resources.limits.memory` of the Stack, or let the program run less at once "
    "(`parallel`).",
    wrong=STACK_EXAMPLE + _LIMITED.format(limit="512Mi") + _POD.format(limit="512Mi", code=137, reason=KILLED),
    right=STACK_EXAMPLE + _LIMITED.format(limit="2Gi") + _POD.format(limit="2Gi", code=0, reason="Completed"),
    alike=STACK_EXAMPLE + _LIMITED.format(limit="512Mi") + _POD.format(limit="512Mi", code=143, reason="Error"),
)

RULES = (OUT_OF_MEMORY,)

_LIMIT: FieldPath = (*WORKSPACE_TEMPLATE, "resources", "limits", "memory")


def check(repository: Repository) -> Iterator[Problem]:
    live = repository.live
    if live is None or not live.memory_kills:
        return
    for stack in repository.stacks:
        workspace = stack.word("spec", "workspaceTemplate", "metadata", "name") or stack.name
        kill = live.memory_kills.get((stack.namespace, workspace))
        if kill is not None:
            yield _killed(stack, kill, live.now)


def _killed(stack: Document, kill: MemoryKill, now: float) -> Problem:
    when = f" {prose_span(now - kill.at)} ago" if kill.at is not None else ""
    more = f", and has restarted {kill.restarts} times" if kill.restarts > 1 else ""
    limit = f"its limit is {kill.limit}" if kill.limit else "it has no limit of its own, so that its node had no more"
    now_limited = stack.at(*_LIMIT)
    raised = (
        f"; the Stack asks for {now_limited} by now"
        if isinstance(now_limited, str) and kill.limit and now_limited != kill.limit
        else ""
    )
    return OUT_OF_MEMORY.at(
        stack,
        _LIMIT,
        f"the container {kill.container} of its workspace {kill.pod} was killed{when} for lack of memory ({KILLED}; "
        f"{limit}{raised}){more}: the run in it ended without a word, and the next one that needs as much ends so too",
        fix="Raise the limit, such as\n  workspaceTemplate:\n    spec:\n      resources:\n        limits: {memory: "
        f"{_more_than(kill.limit)}}}",
    )


def _more_than(limit: str) -> str:
    """Twice a limit in whole Mi or Gi."""
    for unit in ("Mi", "Gi"):
        number = limit.removesuffix(unit)
        if limit.endswith(unit) and number.isdecimal() and len(number) < 6:
            return f"{int(number) * 2}{unit}"
    return "2Gi"
