"""A plan as lines of text, for a person who decides about it. Both front ends print the same lines."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from actions.plan import Plan
from cluster.apply import WriteRequest
from stacks.text import one_line, plain

LONG = 200
"""characters of a text that are shown where it isn't the text that matters"""
SHOWN = 3
"""requests of a kind that are shown, and then how many more there are"""
_WIDE = 1_000
"""characters of a line for a shell beyond which it is shown with every byte, or not at all: a part of it is worse"""


def describe(plan: Plan, *, whole: bool = False) -> Iterator[str]:
    """What is sent, where, when, the risk and the proof, a line each. `whole`: with every byte that is sent."""
    yield plain(plan.title)
    yield f"  where     {one_line(plain(f'{plan.context}: {plan.target}'))}"
    for request in plan.requests if whole else plan.requests[:SHOWN]:
        yield f"  request   {request.method} {plain(request.url)}"
        yield f"            Content-Type: {request.content_type}"
        yield from (f"            {line}" for line in _body(request, whole=whole).splitlines())
    if not whole and len(plan.requests) > SHOWN:
        yield f"            and {len(plan.requests) - SHOWN} more"
    wants = ", ".join(f"{one.what} {plain(one.value)}" for one in plan.preconditions)
    yield f"  only if   {wants} is still what it is; otherwise the server refuses, and nothing is changed"
    yield f"  risk      {plan.risk.level}: {plan.risk.text}"
    for note in plan.notes:
        yield f"  note      {one_line(plain(note))}"
    for value in plan.taken_over:
        yield f"  takes     {value.key} from {plain(value.who)}; the value is saved first"
    for line in plan.kubectl if whole else plan.kubectl[:SHOWN]:
        yield f"  kubectl   {plain(line) if whole or len(line) <= _WIDE else _as_its_size(line)}"
    if plan.proof is not None:
        yield f"  proof     {plan.proof.text}"


def difference(plan: Plan) -> Iterator[str]:
    """What the plan changes, key by key, as the lines of a unified diff."""
    for key, before, after in plan.differences:
        lines = (plain(before).splitlines(), plain(after).splitlines())
        yield from difflib.unified_diff(*lines, f"{key} (there)", f"{key} (planned)", lineterm="")


def _as_its_size(line: str) -> str:
    return f"one line of {len(line):,} characters, shown where every byte is"


def _body(request: WriteRequest, *, whole: bool) -> str:
    body = json.loads(request.body)
    return json.dumps(body if whole else _shortened(body), indent=2, ensure_ascii=True)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if isinstance(value, str) and len(value) > LONG:
        lines = value.splitlines()
        digest = sha256(value.encode()).hexdigest()[:12]
        return f"{lines[0][:80]} ... ({len(lines)} lines, {len(value.encode()):,} bytes, sha256 {digest})"
    return value
