"""The time of day is read in one place; everything else is given a clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("cluster", "stacks", "health", "settings", "fleet", "diagnosis", "views", "actions", "tui", "kubectl_plugin")


def reads_of_the_clock(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Each ``time.time`` in a module, and whether it is the default of an argument."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    defaults = {id(one) for function in functions for one in (*function.args.defaults, *function.args.kw_defaults)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("time.time", "datetime.now", "datetime.utcnow"):
            yield str(path.relative_to(ROOT)), node.lineno, id(node) in defaults
        elif isinstance(node, ast.ImportFrom) and node.module == "time" and any(n.name == "time" for n in node.names):
            yield str(path.relative_to(ROOT)), node.lineno, False


def test_nothing_but_the_clock_reads_the_time_of_day() -> None:
    found = [one for folder in PRODUCT for path in (ROOT / folder).rglob("*.py") for one in reads_of_the_clock(path)]
    elsewhere = [(path, line) for path, line, default in found if not (default and path.startswith("cluster/"))]
    assert [path for path, _ in elsewhere] == ["fleet/clock.py"], elsewhere
