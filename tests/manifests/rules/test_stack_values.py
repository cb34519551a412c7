"""Names that are too long, durations, and the shape of configuration."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Problem, SetValue, Severity
from manifests.product_versions import ProductVersion
from manifests.repository import Repository
from support.lint_texts import problems_in, told
from support.lint_texts_of_stacks import in_spec

NAME, DURATION, CONFIG = "stack/name-too-long", "stack/duration", "stack/config-shape"


def values(text: str, **versions: ProductVersion) -> list[Problem]:
    rules = (NAME, DURATION, CONFIG, "stack/wrong-type", "stack/unknown-field")
    return [each for each in problems_in(text, **versions) if each.rule in rules]


def named(name: str, field: str = "name") -> str:
    return in_spec("refresh: true").replace("name: web\n", f"{field}: {name}\n", 1)


# Names


def test_a_name_has_42_characters_at_most() -> None:
    assert values(named("w" * 42)) == []
    [problem] = values(named("w" * 43))
    assert told([problem]) == [f"example.yaml:4:3 {NAME}"]
    assert "has 43 characters" in problem.message


def test_before_version_2_3_a_name_may_be_longer() -> None:
    assert values(named("w" * 43), pko=(2, 2, 1)) == []
    assert [each.rule for each in values(named("w" * 43), pko=(2, 3, 0))] == [NAME]


def test_a_generated_name_gets_five_characters_more() -> None:
    assert values(named("w" * 37, "generateName")) == []
    assert [each.rule for each in values(named("w" * 38, "generateName"))] == [NAME]


def test_the_old_version_of_the_api_lets_it_in_and_the_operator_cannot_write_it() -> None:
    [problem] = values(named("w" * 43).replace("pulumi.com/v1", "pulumi.com/v1alpha1"))
    assert problem.rule == NAME
    assert "can't write its status" in problem.message


def test_a_program_may_have_a_long_name() -> None:
    text = f"apiVersion: pulumi.com/v1\nkind: Program\nmetadata:\n  name: {'w' * 60}\nprogram: {{}}\n"
    assert values(text) == []


def test_one_that_is_there_cannot_be_changed_any_more() -> None:
    value = {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": {"name": "w" * 50}, "spec": {"stack": "a"}}
    [problem] = [each for each in lint(Repository([], objects=[Document("prod", 0, value)])) if each.rule == NAME]
    assert "refuses every change of it" in problem.message


# Durations


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("1d", "24h"),
        ("2 hours", "2h"),
        ("PT30M", "30m"),
        ("1h 30m", "1h30m"),
        ("1w", "168h"),
        ("1w2d", "216h"),
        ("1d12h30m", "36h30m"),
        ("1.5d", "36h"),
        ("'30'", None),
        ("9999999h", None),
        ("9223372037s", None),
        ("2562048h", None),
        ("soon", None),
    ],
)
def test_a_duration_that_go_cannot_read_stops_all_stacks(written: str, right: str | None) -> None:
    text = in_spec(f"prerequisites:\n    - name: db\n      requirement:\n        succeededWithinDuration: {written}")
    [problem] = values(text)
    assert told([problem]) == [f"example.yaml:13:9 {DURATION}"]
    assert "no Stack of the cluster is reconciled any more" in problem.message
    path = ("spec", "prerequisites", 0, "requirement", "succeededWithinDuration")
    assert problem.edits == (() if right is None else (SetValue(path, right),))
    assert (f"`succeededWithinDuration: {right}`" if right else "there are no days") in problem.fix


@pytest.mark.parametrize(
    "written", ["30m", "1h30m", "24h", "'0'", "1.5h", "500ms", "-1h", "1h0m0s", "2562047h", "9223372036s"]
)
def test_durations_that_go_reads(written: str) -> None:
    text = in_spec(f"prerequisites: [{{name: db, requirement: {{succeededWithinDuration: {written}}}}}]")
    assert values(text) == []


def test_the_time_to_live_of_updates_is_one_too() -> None:
    text = in_spec("updateTemplate:\n    spec:\n      ttlAfterCompleted: 7d")
    [problem] = values(text)
    assert told([problem]) == [f"example.yaml:12:7 {DURATION}"]
    assert problem.edits == (SetValue(("spec", "updateTemplate", "spec", "ttlAfterCompleted"), "168h"),)


def test_a_number_is_refused_by_the_api_server_already() -> None:
    text = in_spec("prerequisites: [{name: db, requirement: {succeededWithinDuration: 30}}]")
    assert [each.rule for each in values(text)] == ["stack/wrong-type"]


# Configuration


@pytest.mark.parametrize(
    ("config", "right"),
    [
        ("[]", {}),
        ("[{name: 'web:a', value: '1'}, {key: b, value: '2'}]", {"web:a": "1", "b": "2"}),
        ("[{'web:a': '1'}, {b: '2'}]", {"web:a": "1", "b": "2"}),
        ("[{a: '1'}, {a: '2'}]", None),
        ("[{key: a, value: b, secret: true}]", None),
        ("[a=b]", None),
        ("'a: b'", None),
        ("7", None),
        ("true", None),
    ],
)
def test_configuration_that_is_no_map_stops_all_stacks(config: str, right: dict[str, Any] | None) -> None:
    [problem] = values(in_spec(f"config: {config}"))
    assert told([problem]) == [f"example.yaml:10:3 {CONFIG}"]
    assert "no Stack of the cluster is reconciled any more" in problem.message.replace("no \nStack", "no Stack")
    assert problem.edits == (() if right is None else (SetValue(("spec", "config"), right),))


def test_before_version_2_3_the_api_server_refuses_it() -> None:
    [problem] = values(in_spec("config: [a]"), pko=(2, 2, 0))
    assert problem.rule == CONFIG
    assert "The API server refuses the whole Stack" in problem.message


def test_before_version_2_3_values_are_texts() -> None:
    text = in_spec("config:\n    a: 1.10\n    b: true\n    c: [d]\n    e: '2'\n    f: null")
    found = values(text, pko=(2, 2, 0))
    assert told(found) == [f"example.yaml:{line}:5 {CONFIG}" for line in (11, 12, 13)]
    assert [each.severity for each in found] == [Severity.ERROR] * 3
    assert [each.edits for each in found] == [
        (SetValue(("spec", "config", "a"), "1.10"),),
        (SetValue(("spec", "config", "b"), "true"),),
        (),
    ]
    assert values(text) == []


@pytest.mark.parametrize(
    ("image", "is_old"),
    [
        ("pulumi/pulumi:3.201.0-nonroot", True),
        ("pulumi/pulumi-nodejs:3.100.0", True),
        ("registry.example.com/mirror/pulumi/pulumi:v3.150.2", True),
        ("pulumi/pulumi:3.202.0", False),
        ("pulumi/pulumi:4.0.0", False),
        ("pulumi/pulumi:latest-nonroot", False),
        ("pulumi/pulumi:3", False),
        ("acme/runner:1.4.0", False),
        ("acme/pulumi-runner:1.4.0", False),
        ("pulumi/pulumi@sha256:0123", False),
    ],
)
def test_values_that_are_no_texts_need_a_newer_pulumi_than_the_image_says(image: str, is_old: bool) -> None:
    template = f"workspaceTemplate: {{spec: {{image: '{image}'}}}}"
    text = in_spec(f"{template}\n  config:\n    a: '1'\n    b: 2")
    found = values(text)
    assert told(found) == ([f"example.yaml:13:5 {CONFIG}"] if is_old else [])
    assert all(each.severity is Severity.WARNING and "3.202" in each.fix for each in found)
    assert values(in_spec(f"{template}\n  config: {{a: '1'}}")) == []


def test_the_image_of_the_container_itself_counts() -> None:
    containers = "[{name: pulumi, image: 'pulumi/pulumi:3.100.0'}]"
    text = in_spec(
        f"workspaceTemplate: {{spec: {{podTemplate: {{spec: {{containers: {containers}}}}}}}}}\n  config: {{a: 1}}"
    )
    assert [each.rule for each in values(text)] == [CONFIG]
