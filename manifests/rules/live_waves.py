"""Syncs of a cluster that hang in a wave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from manifests.argocd.sync_order import wave
from manifests.document import Document
from manifests.problem import FieldPath, Problem, Severity
from manifests.repository import PULUMI, Repository
from manifests.rule import Rule
from stacks.times import instant, prose_span

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: "1"
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
status:
  conditions:
    - type: Stalled
      status: "{stalled}"
      reason: {reason}
"""
_APPLICATION = """\
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io/background]
spec:
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
status:
  operationState:
    phase: Running
    message: waiting for healthy state of pulumi.com/Stack/web and 2 more resources
    startedAt: "{started}"
  resources:
    - group: pulumi.com
      version: v1
      kind: Stack
      namespace: shop
      name: web
      syncWave: 1
"""

WAVE_HANGS = Rule(
    id="live/wave-hangs",
    severity=Severity.ERROR,
    title="a sync hangs in the wave of a Stack",
    effect="Argo CD goes on to the next wave once everything of this one is Healthy, and sets no time limit by itself: "
    "later waves aren't applied, and no newer commit is synced until then. A warning where the Stack may still get "
    "ready and the sync has waited for more than half an hour.",
    remedy="Mend the Stack; to sync a newer commit before that, terminate the sync first.",
    wrong=_STACK.format(stalled="True", reason="UpdateFailed") + _APPLICATION.format(started="2026-11-30T11:50:00Z"),
    right=_STACK.format(stalled="False", reason="None")
    + _APPLICATION.format(started="2026-11-30T11:50:00Z").replace("Running", "Succeeded"),
    alike=_STACK.format(stalled="False", reason="None") + _APPLICATION.format(started="2026-11-30T11:50:00Z"),
)

RULES = (WAVE_HANGS,)

_LONG = 1800.0
"""seconds after which a sync is said to hang although the Stack may still get ready"""
_OPERATION = ("status", "operationState")
_MESSAGE: FieldPath = (*_OPERATION, "message")
_WAITS = re.compile(r"waiting for healthy state of pulumi\.com/Stack/(\S+)(?: and (\d{1,9}) more resources?)?")


def check(repository: Repository) -> Iterator[Problem]:
    for application in repository.of_kind("argoproj.io", "Application") if repository.live is not None else ():
        waits = _WAITS.search(application.word(*_MESSAGE))
        if waits is not None and application.word(*_OPERATION, "phase") == "Running":
            yield from _hangs(repository, application, waits[1], int(waits[2] or 0))


def _hangs(repository: Repository, application: Document, name: str, more: int) -> Iterator[Problem]:
    assert repository.live is not None
    began = instant(application.word(*_OPERATION, "startedAt"))
    waited = repository.live.now - began if began is not None else 0.0
    stack = next((each for each in repository.deliveries.of_application(application) if _is_stack(each, name)), None)
    why = _why_never(stack)
    if not why and waited <= _LONG:
        return
    since = f" for {prose_span(waited)}" if began is not None else ""
    others = f" and {more} more" if more else ""
    number = _wave(application, stack, name)
    where = f" in wave {number}" if number is not None else ""
    title = stack.title if stack is not None else f"Stack {name}"
    yield WAVE_HANGS.at(
        application,
        _MESSAGE,
        f"its sync has waited{since}{where} for {title}{others} to be Healthy{why and f', which {why}'}: nothing of "
        "later waves is applied and no newer commit is synced until then; Argo CD sets no time limit by itself",
        fix=f"`kubectl pko-argo diagnose {name}` says what holds the Stack up; to sync a newer commit before that, "
        "terminate this sync first.",
        severity=Severity.ERROR if why else Severity.WARNING,
    )


def _why_never(stack: Document | None) -> str:
    """Why a Stack doesn't get Healthy by itself; empty where it may."""
    for _, condition in stack.mappings("status", "conditions") if stack is not None else ():
        if condition.get("type") == "Stalled" and condition.get("status") == "True":
            reason = condition.get("reason")
            return f"is Stalled ({reason})" if isinstance(reason, str) and reason else "is Stalled"
    return ""


def _wave(application: Document, stack: Document | None, name: str) -> int | None:
    if stack is not None:
        return wave(stack)
    for _, resource in application.mappings("status", "resources"):
        if _is_listed(resource, name):
            number = resource.get("syncWave", 0)
            return number if isinstance(number, int) else None
    return None


def _is_listed(resource: Mapping[str, Any], name: str) -> bool:
    return (resource.get("group"), resource.get("kind"), resource.get("name")) == (PULUMI, "Stack", name)


def _is_stack(document: Document, name: str) -> bool:
    return (document.group, document.kind, document.name) == (PULUMI, "Stack", name)
