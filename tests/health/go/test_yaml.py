"""YAML means to us what it means to Argo CD."""

from __future__ import annotations

from typing import Any

import pytest

from health.go.yaml import YamlError, documents, first


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("# nothing", None),
        ("1:30", "1:30"),
        ("2026-11-23", "2026-11-23"),
        ("1e3", 1000.0),
        ("0x1F", 31),
        ("0X1f", 31),
        ("017", 15),
        ("0o17", 15),
        ("08", 8.0),
        ("1_000", 1000),
        ("0b11", 3),
        ("-0b11", -3),
        ("+12", 12),
        (".5", 0.5),
        ("1.", 1.0),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("=", "="),
        ("'y'", "y"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
        ("!!binary aGk=", "hi"),
        ("!mine x", "x"),
        ("1: a\ntrue: b\n1.5: c", {"1": "a", "true": "b", "1.5": "c"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("c: {<<: [{a: 1}, {a: 2, b: 3}], b: 4}", {"c": {"a": 1, "b": 4}}),
        ("a: 1\na: 2", {"a": 2}),
        ("a: 1\n---\n[", {"a": 1}),
    ],
)
def test_yaml_means_what_go_reads_in_it(text: str, value: Any) -> None:
    assert first(text) == value
    assert type(first(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [", "line"),
        ("a: 1\nb: c: d", "line 2"),
        ("\ta: 1", "cannot start any token"),
        ("~: 1", "can't be null"),
        ("? [a]\n: 1", "map or a list"),
        ("a: &x [*x]", "into itself"),
        ("a: *b", "undefined alias"),
        ("!!int x", "cannot decode `x`"),
        ("!!binary '***'", "base64"),
        ("a: \x01", "control characters"),
        ("x: {<<: 5}", "map merge"),
    ],
)
def test_yaml_that_go_refuses_is_refused(text: str, error: str) -> None:
    with pytest.raises(YamlError, match=error.replace("(", r"\(")):
        first(text)


def test_aliases_of_aliases_are_refused_before_they_fill_the_memory() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    with pytest.raises(YamlError, match="aliasing"):
        first(text)


def test_all_documents_can_be_had() -> None:
    assert list(documents("a: 1\n---\n---\nb: 2\n")) == [{"a": 1}, None, {"b": 2}]
