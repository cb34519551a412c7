"""A plan beside one that was shown: all that is sent is there, and of the rest what differs."""

from __future__ import annotations

from dataclasses import replace

from actions.plan import Check, CommandRequest, Plan, Risk
from actions.plan_in_brief import in_brief
from cluster.apply import merge_patch

LOW = Risk("low", "nothing")
PLAN = Plan("change a", "eu", "Stack prod/a", (merge_patch("/a", {"x": {"y": "z"}}, "me"),), (), LOW, ())


def test_every_request_is_there_with_all_that_it_sends() -> None:
    command = CommandRequest("prod", "a-0", "pulumi", ("pulumi", "cancel", "--stack", "org/a b"), 1.0)
    lines = list(in_brief(replace(PLAN, requests=(*PLAN.requests, command)), PLAN))
    assert lines[0] == "eu: change a"
    assert lines[1].startswith("  PATCH /a") and lines[1].endswith(' {"x":{"y":"z"}}')
    assert lines[2].endswith("pulumi cancel --stack 'org/a b'")
    assert len(lines) == 3


def test_of_the_rest_only_what_differs_is_there() -> None:
    shown = replace(PLAN, notes=("known",), checked=(Check("seen", 1.0),), word="eu")
    other = replace(
        shown,
        risk=Risk("high", "it is lost"),
        notes=("known", "its own"),
        checked=(Check("seen", 2.0), Check("more", 2.0)),
        word="hub",
    )
    assert list(in_brief(other, shown))[2:] == [
        "  risk high: it is lost",
        "  typed before it is sent: hub",
        "  checked more",
        "  note its own",
    ]


def test_no_line_is_obeyed_by_a_terminal() -> None:
    hostile = replace(PLAN, title="a\x1b]52;c;x\x07\nb", notes=("\x1b[2Jn",))
    assert all(line.isprintable() for line in in_brief(hostile, PLAN))
