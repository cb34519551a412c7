"""What Argo CD 3.6.1 answered to a fixed few of the end-to-end questions is what our harness answers, too.

`answers.json` is written by `tests/e2e/argocd/record.py`; the whole of it is asked anew in the end-to-end tests.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from health import builtin
from health.argocd_cm.settings import read_settings
from health.checks import check
from health.lua.script import Script
from health.result import Health, ScriptError


@cache
def answers() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def argo_cds(answer: dict[str, Any]) -> Health | None:
    """None where it raised."""
    if "error" in answer:
        return None
    message, deletion = answer.get("message", ""), answer.get("deletionMessage", "")
    return Health(answer["status"], message, deletion, given=not answer.get("none", False))


def test_our_checks_answer_as_in_the_recorded_argo_cd() -> None:
    for pair in answers()["objects"]:
        obj = pair["given"]
        found = check(obj["apiVersion"].partition("/")[0], obj["kind"]).judge(obj)
        assert found == argo_cds(pair["answer"]), obj


def test_the_built_in_check_answers_as_in_the_recorded_argo_cd() -> None:
    for pair in answers()["builtin"]:
        try:
            found: Health | None = builtin.judge(pair["given"])
        except ScriptError:
            found = None
        assert found == argo_cds(pair["answer"]), pair["given"]


@pytest.mark.parametrize("open_libs", [False, True])
def test_scripts_of_every_sort_answer_as_in_the_recorded_argo_cd(open_libs: bool) -> None:
    asked = [one for one in answers()["scripts"] if one["openLibs"] is open_libs]
    assert len(asked) > 200
    for one in asked:
        expected = argo_cds(one["answer"])
        try:
            found: Health | None = Script(one["script"], open_libs=open_libs).judge(answers()["object"])
        except ScriptError:
            found = None
        assert (found is None) == (expected is None), one
        if found is not None and expected is not None and not _prints_an_address(one["script"]):
            assert found == expected, one


def _prints_an_address(script: str) -> bool:
    return "rawequal" not in script and "tostring(getmetatable" in script


def test_settings_are_read_as_the_recorded_argo_cd_reads_them() -> None:
    for pair in answers()["settings"]:
        data, answer = pair["given"], pair["answer"]
        reading = read_settings(data)
        assert bool(reading.problems) == bool(answer.get("broken") or answer.get("error")), data
        if reading.problems:
            continue
        for kind, expected in answer["inForce"].items():
            found = reading.in_force(kind)
            assert reading.resources.excludes(kind) == answer["excluded"][kind], data
            if expected is None:
                assert not found.override.script, data
            else:
                ones = [found.override, *(reading.overrides[rival] for rival in found.rivals)]
                assert (expected["script"], expected["openLibs"]) in [(one.script, one.open_libs) for one in ones], data
