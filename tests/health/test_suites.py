"""Upstream's test format: what is read, and what is said where it can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from health.result import NO_OPINION, NOTHING, Health
from health.suites import InputError, read_object, read_objects, read_text, suite, suites

GOOD = "tests:\n- inputPath: testdata/a.yaml\n  healthStatus: {status: Healthy, message: fine}\n"


def written(folder: Path, text: str, name: str = "health_test.yaml") -> Path:
    path = folder / "acme.example" / "Thing" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_suite_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    (found,) = suites(tmp_path)
    assert found == suite(path)
    assert found.kind == "acme.example/Thing"
    assert found.script == path.parent / "health.lua"
    assert [(case.path, case.expected) for case in found.cases] == [
        (path.parent / "testdata" / "a.yaml", Health("Healthy", "fine"))
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("{status: Degraded, deletionMessage: stuck}", Health("Degraded", "", "stuck")),
        ("{Status: Healthy, MESSAGE: x}", Health("Healthy", "x")),
        ("{}", NO_OPINION),
        ("~", NOTHING),
    ],
)
def test_an_expected_health_is_read_in_each_of_its_spellings(tmp_path: Path, status: str, expected: Health) -> None:
    path = written(tmp_path, f"tests:\n- InputPath: a.yaml\n  healthStatus: {status}\n")
    assert suite(path).cases[0].expected == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "the file is empty"),
        ("- a", "a list where an object should be"),
        ("tests: x", "no list of tests"),
        ("tests: []", "no list of tests"),
        ("tests: [x]", "test 1 has no inputPath"),
        ("tests: [{healthStatus: {}}]", "test 1 has no inputPath"),
        (GOOD.replace("Healthy", "Helthy"), "unknown status 'Helthy'; Argo CD knows Healthy, Suspended"),
        (GOOD.replace("fine", "5"), "have to be texts"),
        (GOOD.replace("message", "massage"), "no field 'massage'"),
        (GOOD.replace("{status: Healthy, message: fine}", "Healthy"), "should have a status"),
        ("tests: [", "not YAML: line"),
        (f"{GOOD}---\n{GOOD}", "2 documents in one file"),
    ],
)
def test_wrong_input_is_named(tmp_path: Path, text: str, error: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        suite(path)
    assert error in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_object(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="Is a directory"):
        read_text(tmp_path)
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InputError, match="line 2: bytes that aren't UTF-8"):
        read_text(odd)


def test_a_list_is_read_as_the_objects_in_it(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("kind: List\nitems: [{kind: A}, {kind: B}]\n---\nkind: C\n")
    assert [obj["kind"] for obj in read_objects(path)] == ["A", "B", "C"]
    path.write_text("kind: StackList\nitems: [x]\n")
    with pytest.raises(InputError, match="no object"):
        read_objects(path)
