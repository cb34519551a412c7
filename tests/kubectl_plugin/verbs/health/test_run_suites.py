"""``health test`` runs upstream's tests and single objects through the check that would judge them in Argo CD."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import health
from health.checks import source
from support.objects import condition, stack_object
from support.program import Ended, run

CHECKS = Path(health.__file__).parent
SCRIPT = """local state = obj.status.state
if state == "up" then
  return { status = "Healthy", message = "it is " .. state }
end
return { status = "Degraded", message = "it is not" }
"""
CASES = """tests:
- inputPath: testdata/up.yaml
  healthStatus: {status: Healthy, message: it is up}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A check with one test, for a kind of nobody's."""
    folder = tmp_path / "acme.example" / "Thing"
    (folder / "testdata").mkdir(parents=True)
    (folder / "health.lua").write_text(SCRIPT)
    (folder / "health_test.yaml").write_text(CASES)
    for state in ("up", "down"):
        (folder / "testdata" / f"{state}.yaml").write_text(
            f"apiVersion: acme.example/v1\nkind: Thing\nmetadata: {{name: thing}}\nstatus: {{state: {state}}}\n"
        )
    return folder


async def tested(*arguments: object) -> Ended:
    return await run("/nonexistent", "health", "test", *map(str, arguments))


async def test_our_own_checks_pass() -> None:
    ended = await tested(CHECKS)
    assert ended.code == 0
    assert len(ended.lines) > 80 and all(line.startswith("ok ") for line in ended.lines)
    assert f"{len(ended.lines)} as expected, 0 not" in ended.err


async def test_a_mismatch_is_shown_from_both_sides(suite: Path) -> None:
    tests = suite / "health_test.yaml"
    tests.write_text(CASES.replace("up.yaml", "down.yaml"))
    ended = await tested(suite)
    assert ended.code == 3
    assert ended.out.startswith("FAIL  acme.example/Thing")
    assert "expected  Healthy  it is up" in ended.out
    assert "found     Degraded  it is not" in ended.out
    assert "0 as expected, 1 not" in ended.err


@pytest.mark.parametrize("place", ["health_test.yaml", "health.lua", "."])
async def test_a_suite_is_found_by_its_file_its_script_or_its_folder(suite: Path, place: str) -> None:
    assert (await tested(suite / place)).out.startswith("ok    acme.example/Thing")


async def test_a_script_that_raises_is_a_mismatch(suite: Path) -> None:
    (suite / "health.lua").write_text("return obj.nosuch.state")
    ended = await tested(suite)
    assert ended.code == 3
    assert "<string>:1: attempt to index a non-table object(nil)" in ended.out
    (suite / "health.lua").write_text("\n\nreturn {{\n")
    ended = await tested(suite)
    assert ended.code == 3
    assert "<string> line:4" in ended.out


async def test_who_needs_open_libraries_is_told_so(suite: Path) -> None:
    (suite / "health.lua").write_text(
        "return {status = 'Healthy', message = string.format('it is %s', obj.status.state)}"
    )
    ended = await tested(suite)
    assert ended.code == 0
    assert "needs resource.customizations.useOpenLibs" in ended.err
    ended = await tested(suite, "--no-open-libs")
    assert ended.code == 3
    assert "nil in Argo CD unless" in ended.err


async def test_a_script_with_goto_is_run_and_remarked_on(suite: Path) -> None:
    (suite / "health.lua").write_text(f"goto start\n::start::\n{SCRIPT}")
    ended = await tested(suite)
    assert ended.code == 0
    assert "line 1: goto" in ended.err


async def test_a_single_object_is_judged_by_our_check(tmp_path: Path) -> None:
    path = tmp_path / "stacks.json"
    stalled = stack_object("other", conditions=[condition("Stalled", "SpecInvalid", "no branch\x1b[31m")])
    path.write_text(json.dumps({"kind": "List", "items": [stack_object(), stalled]}))
    ended = await tested(path)
    assert ended.code == 0
    assert ended.lines == [
        "ok    pulumi.com/Stack  prod/shop  Healthy  the stack has been processed and is up to date",
        "ok    pulumi.com/Stack  prod/other  Degraded  SpecInvalid: no branch",
    ]


@pytest.mark.parametrize(
    ("release", "shown"),
    [
        ("3.6", "Progressing  being deleted; nothing will be destroyed (destroyOnFinalize isn't set)"),
        ("v3.5.2", "Progressing  Pending deletion"),
    ],
)
async def test_a_deleted_object_is_shown_as_that_release_shows_it(tmp_path: Path, release: str, shown: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(stack_object(metadata={"deletionTimestamp": "2026-11-23T18:37:06Z"})))
    ended = await tested(path, "--argocd-version", release)
    assert ended.lines == [f"ok    pulumi.com/Stack  prod/shop  {shown}"]


async def test_another_check_judges_where_it_is_named(tmp_path: Path) -> None:
    script, path = tmp_path / "mine.lua", tmp_path / "stack.json"
    path.write_text(json.dumps(stack_object()))
    script.write_text("return {status = 'Suspended', message = obj.metadata.name}")
    assert (await tested(path, "--script", script)).lines == ["ok    pulumi.com/Stack  prod/shop  Suspended  shop"]
    script.write_text("error('no')")
    ended = await tested(path, "--script", script)
    assert (ended.code, ended.lines) == (3, ["FAIL  pulumi.com/Stack  prod/shop  <string>:1: no"])


@pytest.mark.parametrize("form", ["configmap-patch", "kustomize", "helm-values", "argocd-cr"])
async def test_scripts_are_found_in_whatever_holds_them(tmp_path: Path, form: str) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text((await run("/nonexistent", "health", "print", "--all-kinds", "-o", form)).out)
    stack = CHECKS / "pulumi.com" / "Stack"
    assert (await tested(stack, "--script", settings)).code == 0
    ended = await tested(settings)
    assert ended.code == 0
    assert len(ended.lines) == 4 and all(line.endswith("it compiles") for line in ended.lines)


async def test_an_argocd_cm_is_checked_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "argocd-cm.yaml"
    path.write_text(
        "kind: ConfigMap\ndata:\n"
        "  resource.customizations.health.pulumi.com_Stack: 'x = = 1'\n"
        "  resource.customizations.health.acme.example_Thing: 'return {}'\n"
        "  resource.customizations.health.pulumi.com-Program: 'return {}'\n"
        "  resource.customizations.useOpenLibs.pulumi.com_Stack: 'yes'\n"
    )
    ended = await tested(path)
    assert ended.code == 3
    assert [line[:4] for line in ended.lines] == ["FAIL", "FAIL", "ok  ", "ok  "]
    assert 'breaks every Application: strconv.ParseBool: parsing "yes"' in ended.out
    assert "<string> line:1" in ended.out
    assert "never used" in ended.err


async def test_json_has_all_of_it(suite: Path) -> None:
    ended = await tested(suite, "-o", "json")
    (result,) = ended.json["results"]
    assert result["ok"] is True
    assert result["kind"] == "acme.example/Thing"
    assert (
        result["expected"]
        == result["found"]
        == {
            "status": "Healthy",
            "message": "it is up",
            "deletionMessage": "",
        }
    )
    (script,) = ended.json["scripts"]
    assert script["openLibs"] is True and script["needsOpenLibs"] is False


async def test_junit_is_what_a_ci_reads(suite: Path) -> None:
    (suite / "health_test.yaml").write_text(CASES + CASES.partition("\n")[2].replace("up.yaml", "down.yaml"))
    ended = await tested(suite, "-o", "junit")
    assert ended.code == 3
    root = ElementTree.fromstring(ended.out)
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert [case.find("failure") is not None for case in root] == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.yaml", None, "No such file or directory"),
        ("empty.yaml", b"", "the file is empty"),
        ("list.yaml", b"- a\n", "a list where an object should be"),
        ("broken.yaml", b"a: [\n", "not YAML: line"),
        ("bytes.yaml", b"a: \xff\n", "bytes that aren't UTF-8"),
        ("pod.yaml", b"apiVersion: v1\nkind: Pod\n", "there is no check of ours for Pod; name one: --script FILE"),
        ("health_test.yaml", b"tests: [{inputPath: none.yaml, healthStatus: {}}]", "none.yaml: No such file"),
        ("health_test.yaml", b"tests: [{inputPath: x, healthStatus: {status: Fine}}]", "unknown status 'Fine'"),
        ("argocd-cm.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n", "has no health check"),
        ("alone.lua", b"return {}", "no health_test.yaml beside it"),
    ],
)
async def test_wrong_input_is_explained(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ended = await tested(path)
    assert ended.code == 2
    assert ended.err.startswith("error: ") and said in ended.err and str(tmp_path) in ended.err
    assert ended.out == "" and "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a file or a folder"),
        ((CHECKS, "--argocd-version", "latest"), "no version of Argo CD"),
        ((CHECKS, "--script", "/nonexistent.lua"), "No such file"),
        ((CHECKS, "--script", CHECKS / "pulumi.com/Stack/health_test.yaml"), "no health check in it"),
        ((CHECKS.parent / "docs",), "no health_test.yaml in it or below it"),
    ],
)
async def test_wrong_usage_is_explained(arguments: tuple[object, ...], said: str) -> None:
    ended = await tested(*arguments)
    assert ended.code == 2
    assert said in ended.err


async def test_a_megabyte_of_text_is_judged_or_refused_in_a_few_words(suite: Path) -> None:
    (suite / "health.lua").write_text(f"local text = '{'x' * 1_000_000}'\n{SCRIPT}")
    assert (await tested(suite)).code == 0
    (suite / "health.lua").write_text("x" * 1_000_000)
    ended = await tested(suite)
    assert ended.code == 3
    assert len(ended.out) < 2000


async def test_another_script_beside_ours_is_not_taken_for_ours(tmp_path: Path) -> None:
    """An object of one kind among the tests of another is judged by its own kind's check, as upstream does."""
    for kind, verdict in (("Thing", "Healthy"), ("Other", "Degraded")):
        folder = tmp_path / "acme.example" / kind
        folder.mkdir(parents=True)
        (folder / "health.lua").write_text(f"return {{status = '{verdict}'}}")
        (folder / "object.yaml").write_text("apiVersion: acme.example/v1\nkind: Other\n")
        (folder / "health_test.yaml").write_text("tests: [{inputPath: object.yaml, healthStatus: {status: Degraded}}]")
    assert (await tested(tmp_path)).code == 0
    assert source("pulumi.com", "Stack")
