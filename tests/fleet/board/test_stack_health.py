"""Our check is asked about a part of each Stack, and says the same as about the whole of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from fleet.board import stack_health
from fleet.board.stack_health import judge
from health.checks import check
from health.result import ScriptError
from stacks.records.stack import Stack, tidy_stack
from support.hostile import odd_stacks
from support.objects import as_stack, stack
from support.recorded import situations


@given(odd_stacks)
@settings(max_examples=500)
def test_the_part_is_judged_like_the_whole(obj: dict[str, Any]) -> None:
    record = tidy_stack(msgspec.convert(obj, Stack))
    whole = msgspec.to_builtins(record, str_keys=True)
    found = check("pulumi.com", "Stack").judge(whole)
    assert judge(record) == found


def test_recorded_stacks_are_judged_alike_too() -> None:
    for situation in situations():
        assert judge(as_stack(situation.stack)).status == check("pulumi.com", "Stack").judge(situation.stack).status


def test_a_broken_script_is_shown_and_crashes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(group: str, kind: str) -> None:
        raise ScriptError("<string>:1: syntax error")

    monkeypatch.setattr(stack_health, "check", broken)
    stack_health._judge.cache_clear()
    try:
        found = judge(stack())
    finally:
        stack_health._judge.cache_clear()
    assert found.status == "Unknown"
    assert "<string>:1: syntax error" in found.message
