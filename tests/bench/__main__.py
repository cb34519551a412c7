"""Measure, and write docs/benchmarks.md.

usage: python -m tests.bench [clients|screen|pages|logs|piped|checks|diagnosis|lint|lint_live|real]…
(all of them, and the page is written, without an argument)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from tests.bench.figures import Section, report  # noqa: E402

PARTS = ("clients", "screen", "pages", "logs", "piped", "checks", "diagnosis", "lint", "lint_live", "real")


def measured(part: str) -> list[Section]:
    """What one part has to report; nothing where what it needs can't be had here."""
    found: list[Section] = import_module(f"tests.bench.{part}").sections()
    return found


def main(arguments: Sequence[str]) -> None:
    page = report([section for part in arguments or PARTS for section in measured(part)])
    print(page)
    if not arguments:
        (ROOT / "docs" / "benchmarks.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
