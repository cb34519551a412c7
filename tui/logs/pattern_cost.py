"""What a regular expression may cost, told from how it is written: Python's engine can't be stopped while it tries.

The engine goes back to every place where it might have chosen otherwise, so the time for one line grows with a
power of the line's length, one higher with each repetition without end, and with the product of all other choices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WHOLE = 1 << 30
"""characters; no line is longer"""

_ATOM = re.compile(
    r"\(\?#[^)]*\)|\(\?P=\w+\)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<[\w=!]*>?|\(\?[a-zA-Z-]*[:=!>)]?", re.DOTALL
)
"""comment, back reference by name, escaped character, set, group with a name or looking back, other special group"""
_REPEAT = re.compile(r"(?:[*+?]|\{(?P<least>\d*)(?P<to>,(?P<most>\d*))?\})[?+]?")
_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")
_FEW = 10
"""a repetition that goes beyond it counts as one without end"""
_MOST_ENDLESS = 2
_MOST_CHOICES = 256
_STEPS = (1_000_000, 1_000_000, 64_000_000)
"""steps that one line may take, by the number of endless repetitions; a second has about a hundred million"""


class CostlyError(Exception):
    """A pattern that could take for ever."""


@dataclass
class _Group:
    """What has been seen of the group that is being read."""

    varied: bool = False
    """it can match one text in several ways, or at least several times"""
    branches: int = 1


@dataclass
class _Cost:
    endless: int = 0
    choices: int = 1
    fixed: int = 0


def reach(pattern: str) -> int:
    """How many characters of a line the pattern may be tried on. Raises CostlyError if no line is short enough."""
    cost = _cost(_simplified(pattern))
    if cost.endless > _MOST_ENDLESS or cost.choices > _MOST_CHOICES:
        raise CostlyError
    work = cost.choices * (1 + cost.fixed // _FEW)
    if not cost.endless and work == 1:
        return WHOLE
    return max(1, int((_STEPS[cost.endless] / work) ** (1 / (cost.endless + 1))))


def _simplified(pattern: str) -> str:
    """Every atom as one letter, and every group's opening as a bare bracket; a back reference is an `x*`."""

    def plain(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith("(?P=") or re.fullmatch(r"\\[1-9]", text):
            return "x*"
        if text[0] != "(":
            return "x"
        return "" if text.endswith(")") else "("

    bare = _ATOM.sub(plain, pattern)
    return re.sub(r"\s", "", bare) if _VERBOSE.search(pattern) else bare


def _cost(bare: str) -> _Cost:
    cost, open_groups, closed, at = _Cost(), [_Group()], None, 0
    while at < len(bare):
        repeat = _REPEAT.match(bare, at)
        if repeat is not None and at and not repeat[0].startswith("{}"):
            _repeat(repeat, closed, cost)
            open_groups[-1].varied = True
            closed, at = None, repeat.end()
            continue
        sign, closed = bare[at], None
        at += 1
        if sign == "(":
            open_groups.append(_Group())
        elif sign == "|":
            open_groups[-1].branches += 1
            open_groups[-1].varied = True
        elif sign == ")" and len(open_groups) > 1:
            closed = open_groups.pop()
            cost.choices *= closed.branches
            open_groups[-1].varied |= closed.varied
    return cost


def _repeat(found: re.Match[str], group: _Group | None, cost: _Cost) -> None:
    """Take in one repetition, of a group or of a single character."""
    sign = found[0][0]
    if sign == "?":
        cost.choices *= 2
        return
    least, most = int(found["least"] or 0) if sign == "{" else 0, None
    if sign == "{":
        most = least if not found["to"] else int(found["most"]) if found["most"] else None
    if group is not None and group.varied and most != 1:
        raise CostlyError
    if most == least:
        cost.fixed += least
    elif most is None or most > _FEW:
        cost.endless += 1
    else:
        cost.choices *= most - least + 1
