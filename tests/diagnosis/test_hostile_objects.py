"""Recorded scenes that were damaged at random: no cause fails, and nothing that was planted shows in any output."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actions.offers import commands
from diagnosis.explain import OUR_ERROR, Diagnosis
from diagnosis.finding import Finding
from diagnosis.fleet_causes import fleet_causes
from diagnosis.stack_rows import stack_rows
from fleet.board.rows import Key
from kubectl_plugin.verbs.diagnose.findings_as_text import TextReport
from support.hostile_text import CONTROLS, troubles
from support.scenes import CONTEXT, ContainerLog, Scene, diagnosis_of, scenes
from views import findings as views
from views.findings_markdown import MarkdownReport

TOKENS = ("glpat-PLANTEDplanted12345678", f"pul-{'0123456789abcdef' * 2}01234567")
SECRETS = f" {' '.join(TOKENS)} password=hunter2PLANTED https://u:hunter2PLANTED@git.acme.example/x "
PLANTED = (*TOKENS, "PLANTED")
LONGEST = 32_768
"""what the CRD lets a condition's message have"""
ANYTHING: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1.5, "", [], {}, [None], [{}], {"a": {}}, "x" * LONGEST, ["a"] * 3, {"name": 5},
)  # fmt: skip
KEPT = ("kind", "name", "namespace")
"""without these an object is no object of a scene"""


class Damage:
    """Damages objects and logs, the same way for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._rate = self._random.choice((0.003, 0.01, 0.05))

    def scene(self) -> Scene:
        whole = self._random.choice(list(scenes().values()))
        logs = [ContainerLog(log.namespace, log.pod, log.container, self._lines(log.lines)) for log in whole.logs]
        objects = [self._object(each) for each in copy.deepcopy(whole.objects)]
        return replace(whole, objects=objects, logs=logs, operator_log=self._lines(whole.operator_log))

    def _object(self, obj: dict[str, Any]) -> dict[str, Any]:
        metadata = {key: value if key in KEPT else self._value(value) for key, value in obj["metadata"].items()}
        rest = {key: value if key in KEPT else self._value(value) for key, value in obj.items() if key != "metadata"}
        return {**rest, "metadata": metadata}

    def _value(self, value: Any) -> Any:
        if self._random.random() < self._rate:
            return self._instead_of(value)
        if isinstance(value, dict):
            kept = [key for key in value if self._random.random() >= self._rate / 2]
            return {key: self._value(value[key]) for key in kept}
        return [self._value(each) for each in value] if isinstance(value, list) else value

    def _instead_of(self, value: Any) -> Any:
        if isinstance(value, str) and self._random.random() < 0.6:
            return self._text(value)
        return _nested(60) if self._random.random() < 0.05 else self._random.choice(ANYTHING)

    def _text(self, text: str) -> str:
        """A text that goes on with, or begins with, what a terminal obeys and what nobody may see."""
        if self._random.random() < 0.3:
            return f"{SECRETS}{CONTROLS}{text}"
        hostile = f"{text}{CONTROLS}{SECRETS}{text}\n{SECRETS}"
        return (hostile * 200)[:LONGEST].rpartition(" ")[0] if self._random.random() < 0.1 else hostile

    def _lines(self, lines: list[str]) -> list[str]:
        return [self._text(line) if self._random.random() < 0.1 else line for line in lines]


def _nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": [value]}
    return value


@given(st.integers(0, 10**9))
@settings(max_examples=250, deadline=None)
def test_damaged_objects_and_logs_neither_break_a_cause_nor_show_what_is_secret(seed: int) -> None:
    scene = Damage(seed).scene()
    _hold(diagnosis_of(scene), scene.now)


@given(st.sampled_from([name for name, scene in scenes().items() if scene.expected]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_hostile_text_in_every_message_and_line_shows_in_no_finding(name: str, before: bool) -> None:
    def hostile(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {each: hostile(inner, each) for each, inner in value.items()}
        if isinstance(value, list):
            return [hostile(each, key) for each in value]
        if key not in ("message", "reason", "note") or not isinstance(value, str):
            return value
        return f"{SECRETS}{CONTROLS}{value}" if before else f"{value}{CONTROLS}{SECRETS}"

    scene = scenes()[name].copy()
    scene.objects = hostile(scene.objects)
    scene.logs = [replace(log, lines=[f"{line} {CONTROLS}{SECRETS}" for line in log.lines]) for log in scene.logs]
    scene.operator_log = [f"{line} {CONTROLS}{SECRETS}" for line in scene.operator_log]
    _hold(diagnosis_of(scene), scene.now)


def test_names_that_no_server_would_take_are_made_plain_and_the_rows_are_there() -> None:
    """Files may hold them."""
    scene = scenes()["12k-W1-wedge"].copy()
    for each in scene.objects:
        if each["kind"] in ("Stack", "Update", "Workspace"):
            each["metadata"] |= {"name": f"{each['metadata']['name']}{CONTROLS}{SECRETS}", "namespace": CONTROLS}
    diagnosis = diagnosis_of(scene)
    assert diagnosis.fleet.contexts[CONTEXT].raw("Stack")
    _hold(diagnosis, scene.now)


def _hold(diagnosis: Diagnosis, now: float) -> None:
    """Hold every text of every finding, and every output, to what may be shown."""
    keys = [Key(CONTEXT, *place) for place in diagnosis.fleet.contexts[CONTEXT].raw("Stack")]
    rows = stack_rows(diagnosis.fleet, keys)
    causes = fleet_causes(diagnosis, keys)
    outputs = [TextReport(now).causes(causes, len(keys)), MarkdownReport(now).causes(causes, len(keys))]
    outputs.append(json.dumps([views.fleet_cause(each) for each in causes], ensure_ascii=False))
    for key in keys:
        found = diagnosis.findings(key)
        assert not [each.title for each in found if each.id == OUR_ERROR]
        with_commands = partial(commands, row=rows[key])
        outputs += [each(now).stack(rows[key], found, with_commands) for each in (TextReport, MarkdownReport)]
        outputs.append(json.dumps(views.diagnosed_stack(rows[key], found, {}, now), ensure_ascii=False))
        outputs += [each for finding in found for each in _texts(finding)]
    for output in outputs:
        assert _unfit(output) == [], output[:2000]


def _texts(finding: Finding) -> list[str]:
    quotes = [f"{each.object} {each.path}\n{each.text}" for each in finding.evidence]
    words = [finding.title, finding.subject, finding.next_step, finding.makes_certain, *finding.unknown, *quotes]
    return [*words, finding.next.what if finding.next is not None else "", *(str(each) for each in finding.caused_by)]


def _unfit(text: str) -> list[str]:
    return troubles(text) + [secret for secret in PLANTED if secret in text]
