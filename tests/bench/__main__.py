"""Measure, and write docs/benchmarks.md.

usage: python -m tests.bench [clients|screen|logs|checks|real]…
(all of them, and the page is written, without an argument)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))


def _clients() -> Sequence[object]:
    from tests.bench.clients import section

    return [section()]


def _screen() -> Sequence[object]:
    from tests.bench.screen import sections

    return sections()


def _pages() -> Sequence[object]:
    from tests.bench.pages import section

    return [section()]


def _logs() -> Sequence[object]:
    from tests.bench.logs import section

    return [section()]


def _checks() -> Sequence[object]:
    from tests.bench.checks import section

    return [section()]


def _real() -> Sequence[object]:
    from tests.bench.real import section

    found = section()
    return [found] if found else []


PARTS: dict[str, Callable[[], Sequence[object]]] = {
    "clients": _clients,
    "screen": _screen,
    "pages": _pages,
    "logs": _logs,
    "checks": _checks,
    "real": _real,
}


def main(arguments: Sequence[str]) -> None:
    from tests.bench.figures import Section, report

    chosen = arguments or list(PARTS)
    sections = [section for name in chosen for section in PARTS[name]() if isinstance(section, Section)]
    page = report(sections)
    print(page)
    if not arguments:
        (ROOT / "docs" / "benchmarks.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
