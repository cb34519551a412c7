"""A name means one thing: no two classes share one, and no two modules but where they hold the same idea in two kinds.

`make check` runs this beside the import rules.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = (
    "actions", "cluster", "demo", "diagnosis", "fleet", "health", "kubectl_plugin", "manifests", "settings", "stacks",
    "tui", "views",
)  # fmt: skip

SAME_IDEA = {
    "board": {"fleet/board", "kubectl_plugin/verbs"},  # the board, and the verb that opens it
    "catalogue": {"diagnosis", "manifests"},  # everything that is looked for: causes, rules
    "registry": {"actions", "kubectl_plugin/cli"},  # everything that there is to choose from: changes, verbs
    "refresh": {"actions/checks", "kubectl_plugin/verbs/app"},  # of Applications: after a check, and the verb
    **{  # a fix, and the verb that makes it
        name: {"actions/stacks", "kubectl_plugin/verbs"}
        for name in ("cancel", "reconcile", "release", "restart_workspace", "unwedge")
    },
    "sync": {"demo/argocd", "kubectl_plugin/verbs/app"},  # of an Application: played, and the verb that asks for it
}
"""Modules that may share a name since they hold the same idea: name -> the folders that have one."""


def modules() -> Iterator[Path]:
    for folder in PRODUCT:
        yield from (path.relative_to(ROOT) for path in sorted((ROOT / folder).rglob("*.py")) if path.stem != "__init__")


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in modules():
        for statement in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
                places[statement.name].append(str(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_two_modules_share_a_name_but_for_the_same_idea_in_two_kinds() -> None:
    places = defaultdict(set)
    for path in modules():
        places[path.stem].add(str(path.parent))
    assert {name: found for name, found in places.items() if len(found) > 1} == SAME_IDEA


def test_every_room_says_what_it_holds() -> None:
    rooms = {path.parent for path in modules()}
    silent = [
        str(room)
        for room in sorted(rooms)
        if not ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize(("page", "least"), [("docs/architecture.md", 30), ("CONTRIBUTING.md", 5)])
def test_the_pages_for_contributors_name_files_that_exist(page: str, least: int) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_.]+)`", text)
    assert len(named) > least
    known = [*(ROOT / folder for folder in PRODUCT), ROOT]
    assert [name for name in named if not any((place / name).exists() for place in known)] == []
