"""Problems for people: one line each for pipes, grouped by file and in colour for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from manifests.phrases import counted
from manifests.problem import Problem, Severity
from manifests.reports.shown_problems import shown_problems

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_STRONG = "1"
_DIM = "2"
_NARROWEST = 40
_SHORT = 2
"""lines of a fix that are printed each time"""


def lines_report(problems: Iterable[Problem]) -> str:
    """Each problem as ``FILE:LINE:COLUMN: severity rule: message``, as compilers do, with what helps below it."""
    return "".join(_lines(each, fix) for each, fix in _with_fixes(problems))


def _with_fixes(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """The problems, each with how it is mended: a long text is printed once, and the others name its place."""
    first: dict[str, Problem] = {}
    for each in shown_problems(problems):
        same = first.setdefault(each.fix, each)
        is_again = same is not each and len(each.fix.splitlines()) > _SHORT
        where = f"{same.object} of {same.file}" if same.position is None else _place(same)
        yield each, f"The same fix as for {where}." if is_again else each.fix


def _lines(problem: Problem, fix: str) -> str:
    help_ = "".join(f"    {line}\n" for line in fix.splitlines())
    return f"{_place(problem)}: {problem.severity} {problem.rule}: {problem.named_message}\n{help_}"


def _place(problem: Problem) -> str:
    position = problem.position
    return problem.file if position is None else f"{problem.file}:{position.line}:{position.column}"


def grouped_report(problems: Sequence[Problem], width: int, *, colour: bool) -> str:
    """The problems under the names of their files."""
    paint = _paint if colour else _plain
    parts = []
    for file, group in groupby(_with_fixes(problems), key=lambda each: each[0].file):
        found = list(group)
        positions = [each.position for each, _ in found]
        places = ["" if each is None else f"{each.line}:{each.column}" for each in positions]
        wide = max(map(len, places))
        parts.append(f"{paint(file, _STRONG)}\n")
        parts += [
            _entry(each, fix, place.rjust(wide), width, paint) for (each, fix), place in zip(found, places, strict=True)
        ]
        parts.append("\n")
    return "".join(parts)


def _entry(problem: Problem, fix: str, place: str, width: int, paint: Callable[[str, str], str]) -> str:
    severity = paint(problem.severity.value.ljust(7), _COLOURS[problem.severity])
    whose = f"  {problem.object}" if problem.object else ""
    head = f"  {paint(place, _DIM)}  {severity}  {paint(problem.rule, _STRONG)}{whose}\n"
    margin = " " * (4 + len(place))
    said = _wrapped(problem.message, width, margin)
    return head + said + "".join(paint(line, _DIM) + "\n" for line in _wrapped(fix, width, margin).splitlines())


def _wrapped(text: str, width: int, margin: str) -> str:
    """Lines that fit, the text's own line breaks and indentation kept: YAML may be in it."""
    lines = []
    for line in text.splitlines():
        own = margin + line[: len(line) - len(line.lstrip(" "))]
        lines += textwrap.wrap(
            line.strip(), max(width, _NARROWEST), initial_indent=own, subsequent_indent=own,
            break_long_words=False, break_on_hyphens=False,
        ) or [""]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def counts(
    problems: Iterable[Problem], files: int, further: Mapping[str, int] | None = None, what: str = "file"
) -> str:
    """The last line, such as ``2 errors and 1 note in 3 of 17 files``. `further` are counts by what they are of; `what`
    is what stands in the place of files."""
    found = list(problems)
    parts = [
        counted(sum(each.severity is severity for each in found), severity.value)
        for severity in Severity
        if any(each.severity is severity for each in found)
    ]
    more = "".join(f"; {number} {kind}" for kind, number in (further or {}).items() if number)
    looked_at = counted(files, what)
    if not parts:
        return f"no problems in {looked_at}{more}"
    told = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"{told} in {len({each.file for each in found})} of {looked_at}{more}"


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if text else text


def _plain(text: str, code: str) -> str:
    return text
