"""How the page of a Stack tells of failures in a row, by what the operator's version makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stacks.records.stack import LastUpdate
from stacks.versions import PkoVersion
from tui.pages.stack_text import StackPageContent, stack_lines


@pytest.mark.parametrize(
    ("failures", "version", "words"),
    [
        (0, (2, 9, 0), "the first; the operator gives up after 3 retries"),
        (1, (2, 9, 0), "2 in a row; the operator gives up after 3 retries"),
        (3, (2, 8, 0), "4 in a row; the operator has given up after 3 retries"),
        (3, (2, 7, 0), "4 in a row; this operator tries again without end"),
        (2, None, "3 in a row; operators from 2.8 on give up after 3 retries, and which one this is isn't known"),
        (0, (1, 16, 0), ""),
    ],
)
def test_failures_in_a_row_are_told_with_the_end_of_retries(
    fleet: Any, kit: Any, failures: int, version: PkoVersion | None, words: str
) -> None:

    last = LastUpdate("run-1", 1, "", "up", "failed", "", last_resync_time=kit.ago(30), failures=failures)
    fleet.put("eu", kit.stack("web", last=last))
    (row,) = fleet.board.stacks.values()
    lines = stack_lines(StackPageContent(replace(row, version=version), fleet.board.contexts["eu"]), fleet.now)
    assert [line.text for line in lines if line.label == "Failed"] == ([words] if words else [])
