"""The table in docs/health.md is made from the cases of the checks' own tests.

To write it anew: python tests/health/test_document.py
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from health import builtin  # noqa: E402
from health.check_kinds import KINDS  # noqa: E402
from health.checks import check  # noqa: E402
from health.judge import shown_health  # noqa: E402
from health.result import Health, ScriptError  # noqa: E402
from health.suites import HealthCase, HealthSuite, read_object, read_text, suite  # noqa: E402

DOCUMENT = ROOT / "docs" / "health.md"
START, END = "<!-- table -->\n", "<!-- end of table -->\n"
WAVES = {"Healthy": "goes on", "Progressing": "waits", "Degraded": "fails"}
LONGEST = 110


def test_the_document_has_the_table_of_the_cases() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == with_table(text), "write it anew: python tests/health/test_document.py"


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    for kind in KINDS:
        found = suite(ROOT / "health" / kind / "health_test.yaml")
        assert [case.path for _, cases in rows(found) for case in cases] == [case.path for case in found.cases]
        assert all(cases for _, cases in rows(found))


def with_table(text: str) -> str:
    """The document with the table in its place."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + "".join(table()) + END + after


def table() -> Iterator[str]:
    for kind in KINDS:
        found = suite(ROOT / "health" / kind / "health_test.yaml")
        name = kind.rpartition("/")[2]
        yield f"\n### {name}\n\n"
        own = name == "Stack"
        yield f"| situation |{' Argo CD 3.6 by itself |' if own else ''} ours | a wave |\n"
        yield f"|---|{'---|' if own else ''}---|---|\n"
        for row, cases in rows(found):
            yield f"| **{row}** |{' |' if own else ''} | |\n"
            for case in cases:
                yield _line(case, kind, own=own)
    yield "\n"


def rows(found: HealthSuite) -> list[tuple[str, list[HealthCase]]]:
    """The rows of the verdict table, which are comments in the test file, each with its cases."""
    cases = iter(found.cases)
    listed: list[tuple[str, list[HealthCase]]] = []
    for line in read_text(found.path).splitlines():
        if line.strip().startswith("# "):
            listed.append((line.strip()[2:], []))
        elif re.match(r"\s*- inputPath:", line):
            listed[-1][1].append(next(cases))
    return listed


def _line(case: HealthCase, kind: str, *, own: bool) -> str:
    obj = read_object(case.path)
    ours = shown_health(obj, check(*kind.split("/")).judge)
    theirs = f" {_argo_cds(obj)} |" if own else ""
    return f"| {_situation(case.path)} |{theirs} {_said(ours)} | {WAVES[ours.status]} |\n"


def _argo_cds(obj: dict[str, Any]) -> str:
    try:
        return _said(shown_health(obj, builtin.judge))
    except ScriptError:
        return "Unknown: it raises an error, and every sync of the Application ends in one"


def _situation(path: Path) -> str:
    """The comment on top of the object's file."""
    comment = re.match(r"(?:# .*\n)+", read_text(path))
    assert comment is not None, path
    return _cell(" ".join(line[2:] for line in comment[0].splitlines()))


def _said(health: Health) -> str:
    message = " ".join(health.message.split())
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]}…"
    if not health.status:
        return "nothing: it counts as healthy, and a wave waits for it"
    return f"{health.status}: {_cell(message)}" if message else health.status


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
