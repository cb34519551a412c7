"""Our checks and the twin of the built-in one, on Argo CD's own VM: the same answer for every object."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judging import ask
from odd_objects import objects
from told import Told, ours, theirs

from health import builtin
from health.check_kinds import KINDS
from health.checks import check, source
from health.judge import shown_health
from health.lua.script import Script
from support.recorded import situations

COUNT = 24_000
EXPECTED = Path(__file__).parents[4] / "shared" / "recorded" / "expected.json"


def kind_of(obj: dict[str, Any]) -> str:
    return f"{obj['apiVersion'].partition('/')[0]}/{obj['kind']}"


def test_our_checks_say_the_same_on_both_and_never_raise() -> None:
    generated = list(objects(1, COUNT))
    asked = [{"obj": obj, "script": source(*kind_of(obj).split("/"))} for obj in generated]
    seen: Counter[tuple[str, str]] = Counter()
    for obj, answer in zip(generated, ask(asked), strict=True):
        kind = kind_of(obj)
        found = ours(check(*kind.split("/")).judge, obj)
        assert found == theirs(answer), json.dumps(obj)
        assert not found.raised, json.dumps(obj)
        seen[kind, found.status] += 1
    wanted = {(kind, status) for kind in KINDS for status in ("Healthy", "Progressing", "Degraded")}
    assert set(seen) == wanted - {("pulumi.com/Program", "Degraded")}
    assert all(count > COUNT // 200 for count in seen.values()), seen


def test_our_checks_say_the_same_with_open_libraries() -> None:
    generated = list(objects(2, COUNT // 8))
    asked = [{"obj": obj, "script": source(*kind_of(obj).split("/")), "openLibs": True} for obj in generated]
    for obj, answer in zip(generated, ask(asked), strict=True):
        assert ours(check(*kind_of(obj).split("/")).judge, obj) == theirs(answer), json.dumps(obj)


def test_the_twin_is_the_built_in_check() -> None:
    stacks = [obj for obj in objects(3, COUNT) if obj["kind"] == "Stack"]
    raised = 0
    for obj, answer in zip(stacks, ask({"obj": obj} for obj in stacks), strict=True):
        found, argo_cds = ours(builtin.judge, obj), theirs(answer)
        assert found.raised == argo_cds.raised, json.dumps(obj)
        assert found.raised or found == argo_cds, json.dumps(obj)
        raised += found.raised
    assert 0 < raised < len(stacks) / 2  # hostile objects were among them


DELETING_SCRIPTS = [
    "return {status = 'Degraded', message = 'm', deletionMessage = 'stuck'}",
    "return {status = 'Healthy', message = 'm'}",
    "return nil",
    "return {}",
    "error('x')",
    "return {status = 'Degraded', deletionMessage = 3}",
    "return {status = 'odd', deletionMessage = 'x'}",
    *(source(*kind.split("/")) for kind in KINDS),
]


def test_a_deleted_object_is_shown_as_argo_cd_shows_it() -> None:
    pairs = [
        (obj, DELETING_SCRIPTS[number % len(DELETING_SCRIPTS)])
        for number, obj in enumerate(objects(4, COUNT // 4))
        if isinstance(obj["metadata"], dict) and "deletionTimestamp" in obj["metadata"]
    ]
    for number, (obj, _) in enumerate(pairs):
        obj["metadata"]["deletionTimestamp"] = STAMPS[number % len(STAMPS)]
    asked = [{"obj": obj, "overrides": {kind_of(obj): {"script": script}}} for obj, script in pairs]
    for (obj, script), answer in zip(pairs, ask(asked), strict=True):
        found = ours(lambda it, lua=script: shown_health(it, Script(lua).judge), obj)  # type: ignore[misc]
        argo_cds = replace(theirs(answer), deletion_message="")  # nobody is shown that by itself
        assert found.raised == argo_cds.raised, (json.dumps(obj), script)
        assert found.raised or found == argo_cds, (json.dumps(obj), script)


STAMPS = [
    "2026-11-23T18:37:06Z",
    "2026-11-23T18:37:06Z",
    "2026-11-23T18:37:06.5Z",
    "2026-11-23T18:37:06+02:00",
    "",
    "yesterday",
    3,
    "2026-13-23T18:37:06Z",
    "2026-11-23t18:37:06Z",
]


def test_every_recorded_stack_has_its_health_on_argo_cds_vm() -> None:
    recorded = situations()
    asked = [{"obj": situation.stack, "script": source("pulumi.com", "Stack")} for situation in recorded]
    for situation, answer in zip(recorded, ask(asked), strict=True):
        found = theirs(answer)
        assert found == ours(check("pulumi.com", "Stack").judge, situation.stack), situation.name
        assert found.status == situation.health, situation.name


@pytest.mark.skipif(not EXPECTED.is_file(), reason="the recordings are not beside this project")
def test_no_recorded_situation_was_forgotten() -> None:
    expected = {(one["situation"], one["name"], one["health"]) for one in json.loads(EXPECTED.read_text())}
    assert {(one.name, one.stack["metadata"]["name"], one.health) for one in situations()} == expected


def test_an_object_of_one_and_a_half_megabytes_is_judged_in_time() -> None:
    condition = {"type": "Odd", "status": "True", "reason": "Odd", "message": "x" * 100}
    for kind in KINDS:
        group, name = kind.split("/")
        obj = {
            "apiVersion": f"{group}/v1",
            "kind": name,
            "metadata": {"generation": 1, "finalizers": ["acme.example/a"] * 1000},
            "status": {"observedGeneration": 1, "conditions": [dict(condition) for _ in range(10_000)]},
        }
        assert len(json.dumps(obj)) > 1_500_000
        (answer,) = ask([{"obj": obj, "script": source(group, name)}])
        assert theirs(answer) == ours(check(group, name).judge, obj) != Told()
