"""Paths as people write them, and names that are nearly the same."""

from __future__ import annotations

import pytest

from manifests.field_names import dotted, edit_distance, nearest_names
from manifests.problem import FieldPath
from manifests.schema.meant_durations import as_go_duration


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("spec", "prerequisites", 0, "name"), "spec.prerequisites[0].name"),
        (("spec", "config", "web:replicas"), "spec.config.web:replicas"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        ((), ""),
    ],
)
def test_paths_are_written_with_dots(path: FieldPath, written: str) -> None:
    assert dotted(path) == written


@pytest.mark.parametrize(
    ("one", "other", "distance"), [("", "ab", 2), ("abcd", "abdc", 1), ("kitten", "sitting", 3), ("same", "same", 0)]
)
def test_the_distance_of_words(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other) == distance


def test_the_nearest_come_first_and_others_not_at_all() -> None:
    names = ["branch", "backend", "refresh", "repoDir", "stack"]
    assert nearest_names("brnch", names) == ["branch"]
    assert nearest_names("refrehs", names) == ["refresh"]
    assert nearest_names("suspend", names) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1d", "24h"), ("1 day", "24h"), ("1h 30m", "1h30m"), ("90 minutes", "90m"), ("P1DT2H", "26h"), ("30m", "30m")],
)
def test_durations_as_people_write_them(written: str, meant: str) -> None:
    assert as_go_duration(written) == meant


@pytest.mark.parametrize("written", ["", "30", "d", "P", "1month", "1h and 30m", "soon", "1d-"])
def test_durations_that_are_not_clear(written: str) -> None:
    assert as_go_duration(written) == ""
