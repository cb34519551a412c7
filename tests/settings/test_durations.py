"""A length of time reads the same in the configuration file and in a flag."""

from __future__ import annotations

import pytest

from settings.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10", 10), ("10s", 10), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("30s1m", 90), ("0", 0)],
)
def test_it_may_be_written_in_several_units(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "5d", "-5s", "5 s", "s", "5s!"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        seconds(text)
