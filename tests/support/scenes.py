"""The recorded situations as a diagnosis sees them: every object, the operator's log, and logs of workspace pods."""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import (
    ContextObjects,
    LogTail,
    LogWanted,
    ObjectWanted,
    OperatorLogWanted,
    Wanted,
)
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.quotable_logs import operator_lines, workspace_lines
from diagnosis.finding import Finding
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key

_FILE = Path(__file__).parent.parent / "recorded" / "scenes.jsonl.gz"
CONTEXT = "recorded"
KINDS = (
    "Namespace", "Stack", "Program", "GitRepository", "Workspace", "Update", "StatefulSet", "Pod", "Event", "Lease",
    "Deployment", "Application", "NetworkPolicy", "ResourceQuota",
)  # fmt: skip
_ROUNDS = 5


@dataclass
class ContainerLog:
    namespace: str
    pod: str
    container: str
    lines: list[str]


@dataclass
class Scene:
    """What was in a cluster at one instant, and what was judged of it."""

    name: str
    now: float
    objects: list[dict[str, Any]]
    operator_log: list[str] = field(default_factory=list)
    logs: list[ContainerLog] = field(default_factory=list)
    expected: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """kinds that may not be read, and why; ``logs`` and ``operator log`` count as kinds here"""
    names: dict[str, list[str]] = field(default_factory=dict)
    """names of Secrets and ConfigMaps that may be listed, by ``<kind> <namespace>``"""

    def copy(self) -> Scene:
        """A copy whose objects can be changed."""
        return copy.deepcopy(self)

    def object(self, kind: str, name: str) -> dict[str, Any]:
        """The object of this kind and name, to be changed."""
        return next(each for each in self.objects if each["kind"] == kind and each["metadata"]["name"] == name)


@cache
def scenes() -> dict[str, Scene]:
    """All recorded scenes by their names."""
    found = {}
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            logs = [
                ContainerLog(log["namespace"], log["pod"], log["container"], log["lines"])
                for log in item["logs"]
                if _is_there(item["objects"], log)
            ]
            found[item["situation"]] = Scene(
                item["situation"], item["now"], item["objects"], item["operator_log"], logs, item["expected"]
            )
    return found


def _is_there(objects: Sequence[dict[str, Any]], log: dict[str, Any]) -> bool:
    """Whether the very pod that wrote a log is there."""
    return any(
        each["kind"] == "Pod"
        and each["metadata"]["name"] == log["pod"]
        and each["metadata"]["namespace"] == log["namespace"]
        and each["metadata"]["uid"].startswith(log["uid"])
        for each in objects
    )


def diagnosis_of(scene: Scene, context: str = CONTEXT) -> Diagnosis:
    """A diagnosis of a scene in which everything that it asks for was answered."""
    return diagnosis_of_all({context: scene})


def diagnosis_of_all(all_scenes: dict[str, Scene], destinations: DestinationMap | None = None) -> Diagnosis:
    """A diagnosis over several contexts, each with a scene, of every Stack and Application."""
    contexts = {name: _filled(scene, name) for name, scene in all_scenes.items()}
    for _ in range(_ROUNDS):
        diagnosis = Diagnosis(FleetFacts(contexts, destinations=destinations))
        for name, objects in contexts.items():
            for place in objects.raw("Stack"):
                diagnosis.findings(Key(name, *place))
            for place in objects.raw("Application"):
                diagnosis.application_findings(Key(name, *place))
        new = [(name, wanted) for name, objects in contexts.items() for wanted in objects.wanted]
        if not new:
            return diagnosis
        for name, wanted in new:
            contexts[name].wanted.pop(wanted)
            _answer(all_scenes[name], contexts[name], wanted)
    raise AssertionError("a diagnosis asks and asks")


def findings_of(scene: Scene, namespace: str, name: str) -> list[Finding]:
    """The findings of one Stack of a scene."""
    return diagnosis_of(scene).findings(Key(CONTEXT, namespace, name))


def ids_of(scene: Scene, namespace: str, name: str) -> list[str]:
    """The ids of the findings of one Stack of a scene, in their order."""
    return [finding.id for finding in findings_of(scene, namespace, name)]


def _filled(scene: Scene, context: str) -> ContextObjects:
    objects = ContextObjects(context, scene.now, _operator_namespace(scene))
    for kind in KINDS:
        if kind in scene.refused:
            objects.put_refusal(kind, scene.refused[kind])
        else:
            objects.put_list(kind, (each for each in scene.objects if each.get("kind") == kind))
    for each in scene.objects:
        if each.get("kind") not in KINDS and each.get("kind") not in scene.refused:
            objects.put(each)
    return objects


def _operator_namespace(scene: Scene) -> str:
    leases = [each for each in scene.objects if each.get("kind") == "Lease"]
    return leases[0]["metadata"]["namespace"] if leases else ""


def _answer(scene: Scene, objects: ContextObjects, wanted: Wanted) -> None:
    answers: dict[type, Callable[[Any], None]] = {
        LogWanted: lambda asked: objects.put_log(asked, _log(scene, asked)),
        ObjectWanted: lambda asked: _answer_object(scene, objects, asked),
        OperatorLogWanted: lambda asked: objects.put_operator_log(_operator_log(scene)),
    }
    answers[type(wanted)](wanted)


def _log(scene: Scene, wanted: LogWanted) -> LogTail:
    if "logs" in scene.refused:
        return LogTail(unread=scene.refused["logs"])
    for log in scene.logs:
        if (log.namespace, log.pod, log.container) == (wanted.namespace, wanted.pod, wanted.container):
            return LogTail([] if wanted.previous else workspace_lines(log.lines))
    return LogTail(unread="the container has no log")


def _operator_log(scene: Scene) -> LogTail:
    if "operator log" in scene.refused:
        return LogTail(unread=scene.refused["operator log"])
    return LogTail(operator_lines(scene.operator_log))


def _answer_object(scene: Scene, objects: ContextObjects, wanted: ObjectWanted) -> None:
    if not wanted.name:
        names = scene.names.get(f"{wanted.kind} {wanted.namespace}")
        objects.put_names(wanted, names or (), "" if names is not None else f"{wanted.kind}s may not be listed")
        return
    if why := scene.refused.get(wanted.kind):
        objects.put_answer(wanted, None, scene.now, why)
        return
    for each in scene.objects:
        place = (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
        if place == (wanted.kind, wanted.namespace, wanted.name):
            objects.put_answer(wanted, each, scene.now)
            return
    objects.put_answer(wanted, None, scene.now)


def shifted(scene: Scene, now: float) -> Scene:
    """The scene as if it had been recorded at another instant: every time in objects and logs moves along."""
    by = now - scene.now

    def move(found: re.Match[str]) -> str:
        moved = datetime.fromisoformat(found[0]) + timedelta(seconds=by)
        return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if "." in found[0] else moved.strftime("%Y-%m-%dT%H:%M:%SZ")

    def move_name(found: re.Match[str]) -> str:
        return f"-{int(found[1], 16) + int(by * 1000):x}"

    def moved(value: Any) -> Any:
        text = _UPDATE_NAME.sub(move_name, _TIME.sub(move, json.dumps(value)))
        return json.loads(text)

    logs = [ContainerLog(log.namespace, log.pod, log.container, moved(log.lines)) for log in scene.logs]
    return replace(scene, now=now, objects=moved(scene.objects), operator_log=moved(scene.operator_log), logs=logs)


_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UPDATE_NAME = re.compile(r"-(1a2[0-9a-f]{8})\b")
"""the end of an Update's name: the milliseconds at which it was made"""
