"""What fits a shape, as a real API server was seen to have it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from manifests.schema.known_kinds import first_version_with, shape_of
from manifests.schema.schema_faults import faults_of
from manifests.schema.shape import Shape, ValueType
from manifests.schema.type_tables import ShapesOfVersion

QUANTITY = Shape(ValueType.QUANTITY)
TIME = Shape(ValueType.STRING, is_time=True)


@pytest.mark.parametrize("value", ["1", ".5", "5.", "1.5e3", "1Ki", "1k", "+1Gi", "-1", 3, -3, 1e3, "1e3.5"])
def test_quantities(value: Any) -> None:
    assert faults_of(value, QUANTITY) == []


@pytest.mark.parametrize(
    "value", ["1ee", "1K", "1KB", "1 ", "１", "", "\n1", "1\n", 0.5, 2**63, True, None, math.nan, math.inf]
)
def test_no_quantities(value: Any) -> None:
    assert len(faults_of(value, QUANTITY)) == 1


@pytest.mark.parametrize("value", ["2026-11-23T10:00:00Z", "2026-11-23t10:00:00z", "2026-11-23T10:00:00,5+01:00"])
def test_times(value: str) -> None:
    assert faults_of(value, TIME) == []


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23",
        "2026-11-23T10:00Z",
        "2026-11-23 10:00:00Z",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00+0100",
        "2026-02-30T10:00:00Z",
        "2026-11-23T25:00:00Z",
    ],
)
def test_no_times(value: str) -> None:
    assert len(faults_of(value, TIME)) == 1


def test_integers_go_as_far_as_their_bits() -> None:
    narrow = Shape(ValueType.INTEGER, bits=32)
    assert [bool(faults_of(value, narrow)) for value in (2**31 - 1, -(2**31), 2**31, 3.0, 3.5, True)] == [
        False, False, True, False, True, True,
    ]  # fmt: skip


def test_of_a_status_only_unknown_fields_are_seen() -> None:
    shape = shape_of("pulumi.com/v1", "Stack", (2, 9, 1))
    assert shape is not None
    assert faults_of({"spec": {"stack": "a"}, "status": {"observedGeneration": "1", "lastUpdate": 7}}, shape) == []
    [fault] = faults_of({"spec": {"stack": "a"}, "status": {"strange": 1}}, shape)
    assert fault.path == ("status", "strange")


def test_the_notation_of_types() -> None:
    table = {
        "Outer": """
            string: name* old@<2.3
            any: new@2.3
            [Inner by a,b]: items
            {int32}: limits
        """,
        "Inner": "string: a b",
    }
    old, new = (ShapesOfVersion(table, version).shape("Outer") for version in ((2, 2, 9), (2, 3, 0)))
    assert (sorted(old.fields or {}), sorted(new.fields or {})) == (
        ["items", "limits", "name", "old"],
        ["items", "limits", "name", "new"],
    )
    assert old.required == {"name"}
    items, limits = (new.fields or {})["items"], (new.fields or {})["limits"]
    assert (items.unique, limits.values and limits.values.bits) == (("a", "b"), 32)


def test_of_a_set_nothing_stands_twice() -> None:
    numbers = Shape(ValueType.ARRAY, items=Shape(ValueType.INTEGER), is_set=True)
    assert [fault.path for fault in faults_of([1, 2, 1, 3, 2], numbers)] == [(2,), (4,)]


def test_when_a_field_came() -> None:
    assert first_version_with("pulumi.com/v1", "Stack", ("spec", "runProgram")) == (2, 7, 0)
    assert first_version_with("pulumi.com/v1", "Stack", ("spec", "stack")) == (1, 0, 0)
    assert first_version_with("pulumi.com/v1", "Stack", ("spec", "suspend")) is None
