"""Our four checks: upstream's tests of them pass, reach every line, and say the same whatever the object looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import health
from health import checks
from health.check_kinds import KINDS, kind_named
from health.checks import check, same, source, version
from health.lua.portability import findings
from health.lua.script import Script
from health.suites import HealthSuite, read_object, read_text, suites
from support.hostile import anything, conditions, odd_stacks, wrecked
from support.lua_lines import lines_not_reached

SUITES = {suite.kind: suite for suite in suites(Path(health.__file__).parent)}


def ours(kind: str) -> Script:
    return check(*kind.split("/"))


def lua(kind: str) -> str:
    return source(*kind.split("/"))


def test_there_is_a_suite_for_each_kind() -> None:
    assert set(SUITES) == set(KINDS)


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
@pytest.mark.parametrize("open_libs", [False, True])
def test_upstreams_tests_of_it_pass(suite: HealthSuite, open_libs: bool) -> None:
    script = Script(lua(suite.kind), open_libs=open_libs)
    for case in suite.cases:
        obj = read_object(case.path)
        assert script.judge(obj) == case.expected, case.path
        assert ours(suite.kind).judge(obj) == case.expected, case.path


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_the_objects_of_a_suite_reach_every_line_of_its_check(suite: HealthSuite) -> None:
    objects = [read_object(case.path) for case in suite.cases]
    assert lines_not_reached(lua(suite.kind), objects) == []
    assert lines_not_reached(lua(suite.kind), objects[:1]) != []


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_each_object_is_used_once_and_says_what_it_is(suite: HealthSuite) -> None:
    used = [case.path for case in suite.cases]
    assert sorted(used) == sorted(suite.path.parent.glob("testdata/*.yaml"))
    for path in used:
        assert re.match(r"# [A-Z].*\.\n", read_text(path)) or read_text(path).startswith("# "), path
        obj = read_object(path)
        assert f"{obj['apiVersion'].partition('/')[0]}/{obj['kind']}" == suite.kind


@pytest.mark.parametrize("kind", KINDS)
def test_it_stays_inside_what_argo_cd_gives_it_by_default(kind: str) -> None:
    assert findings(lua(kind), open_libs=False) == []
    words = set(re.findall(r"(?<![.\w])[a-z_]+(?=\()", re.sub(r"--.*|\"[^\"]*\"", "", lua(kind))))
    local = set(re.findall(r"local function (\w+)", lua(kind)))
    assert words - local <= {"type", "ipairs", "next", "pcall", "tostring", "function"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_that_it_is_ours_and_which_version(kind: str) -> None:
    assert version(lua(kind)) == 1
    assert version("\n  " + lua(kind)) == 1
    assert version(lua(kind).partition("\n")[2]) is None
    assert same(lua(kind), lua(kind).replace("\n", "\r\n").rstrip())
    assert not same(lua(kind), lua(kind).replace("512", "513"))


@pytest.mark.parametrize("kind", KINDS)
def test_helm_and_kustomize_leave_it_alone(kind: str) -> None:
    """Neither a template nor a block of YAML may change it."""
    assert "{{" not in lua(kind) and "\t" not in lua(kind) and "\r" not in lua(kind)
    assert all(line == line.rstrip() for line in lua(kind).splitlines())


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Stack", KINDS[0]), ("stacks", KINDS[0]), ("pulumi.com/Program", KINDS[1]), ("auto.pulumi.com_Update", KINDS[3])],
)
def test_a_kind_is_known_by_several_names(word: str, kind: str) -> None:
    assert kind_named(word) == kind


def test_a_kind_that_we_have_no_check_for_is_unknown() -> None:
    assert kind_named("Pod") is None


_SOME = {
    "pulumi.com/Program": {"artifact": st.fixed_dictionaries({}, optional={"url": st.sampled_from(["", "http://x"])})},
    "auto.pulumi.com/Workspace": {"conditions": conditions},
    "auto.pulumi.com/Update": {"conditions": conditions, "permalink": st.sampled_from(["", "https://x", "l" * 600])},
}


def odd_objects(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of this kind in every combination of states."""
    if kind == "pulumi.com/Stack":
        return odd_stacks
    status = {"observedGeneration": st.integers(0, 2), **_SOME[kind]}
    return st.fixed_dictionaries(
        {
            "metadata": st.fixed_dictionaries(
                {"name": st.just("shop"), "generation": st.integers(1, 2)},
                optional={
                    "deletionTimestamp": st.just("2026-11-23T18:37:06Z"),
                    "finalizers": st.lists(st.sampled_from(["a/b", "c/d", "f" * 400]), max_size=3),
                },
            ),
            "spec": st.fixed_dictionaries({}, optional={"type": st.sampled_from(["up", "destroy", "u" * 600])}),
        },
        optional={"status": st.fixed_dictionaries({}, optional=status)},
    )


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=150)
def test_whatever_the_object_there_is_a_verdict(kind: str, data: st.DataObject) -> None:
    obj = data.draw(odd_objects(kind) | st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), anything))
    found = ours(kind).judge({key: wrecked(data.draw, value) for key, value in obj.items()})
    assert found.status in ("Healthy", "Progressing", "Degraded")
    assert found.given and len(found.message.encode()) < 2048 and len(found.deletion_message.encode()) < 2048


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=50)
def test_it_is_handed_every_field_that_it_reads(kind: str, data: st.DataObject) -> None:
    obj = data.draw(odd_objects(kind))
    assert ours(kind).judge(obj) == Script(lua(kind)).judge(obj)


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_read_that_it_is_not_handed(kind: str) -> None:
    for part, fields in checks._READ.items():
        assert set(re.findall(rf"(?<![.\w]){part}\.(\w+)", lua(kind))) <= set(fields)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=100)
def test_the_order_of_conditions_never_counts(kind: str, data: st.DataObject) -> None:
    obj = data.draw(odd_objects(kind))
    listed = (obj.get("status") or {}).get("conditions")
    if listed:
        mixed = data.draw(st.permutations(listed))
        assert ours(kind).judge(obj) == ours(kind).judge({**obj, "status": {**obj["status"], "conditions": mixed}})


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=100)
def test_a_deleted_object_is_judged_so_that_argo_cd_believes_it(kind: str, data: st.DataObject) -> None:
    obj = data.draw(odd_objects(kind))
    found = ours(kind).judge(obj)
    assert bool(found.deletion_message) == ("deletionTimestamp" in obj["metadata"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_pulumi_printed_is_never_shown(kind: str) -> None:
    printed = "hunter2 \x1b[31m"
    for case in SUITES[kind].cases:
        obj = read_object(case.path)
        status = obj.get("status")
        if isinstance(status, Mapping):
            last = status.get("lastUpdate")
            more = {"message": printed, "outputs": {"token": printed}}
            if isinstance(last, Mapping):
                more["lastUpdate"] = {**last, "message": printed}  # type: ignore[dict-item]
            found = ours(kind).judge({**obj, "status": {**status, **more}})
            assert found == case.expected, case.path


@pytest.mark.parametrize("kind", KINDS)
def test_a_status_of_one_and_a_half_megabytes_is_judged_in_time(kind: str) -> None:
    odd = {"type": "Odd", "status": "True", "reason": "Odd", "message": "x" * 100, "lastTransitionTime": ""}
    status = {"observedGeneration": 1, "conditions": [dict(odd) for _ in range(10_000)]}
    obj = {"metadata": {"generation": 1}, "status": status}
    assert len(msgspec.json.encode(obj)) > 1_400_000
    assert ours(kind).judge(obj).status == "Progressing"
