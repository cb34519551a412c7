"""A plan beside one that was shown whole: every request with what it sends, and what else differs from that one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import join

from actions.plan import CommandRequest, Plan, PlannedRequest
from stacks.text import one_line, plain, visible


def in_brief(plan: Plan, shown: Plan) -> Iterator[str]:
    """The title, each request on a line with every byte that is sent, and what differs from the plan that was `shown`.

    Every line is harmless to a terminal.
    """
    yield one_line(plain(f"{plan.context}: {plan.title}"))
    for request in plan.requests:
        yield " ".join(visible(f"  {request.method} {request.url} {_sent(request)}").rstrip().split("\n"))
    if plan.risk != shown.risk:
        yield f"  risk {plan.risk.level}: {one_line(plain(plan.risk.text))}"
    if plan.word not in ("", shown.word):
        yield f"  typed before it is sent: {one_line(plain(plan.word))}"
    for label, texts, known in (
        ("checked", [each.text for each in plan.checked], {each.text for each in shown.checked}),
        ("note", plan.notes, set(shown.notes)),
    ):
        for text in texts:
            if text not in known:
                yield f"  {label} {one_line(plain(text))}"


def _sent(request: PlannedRequest) -> str:
    """The command, or the body as JSON on one line."""
    if isinstance(request, CommandRequest):
        return join(request.command)
    return json.dumps(json.loads(request.body), separators=(",", ":")) if request.body else ""
