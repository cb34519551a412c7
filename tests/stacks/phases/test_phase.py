"""The table of phases: it is the only place that names them, and docs/phases.md says the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.phases.phase import PHASE_KINDS, READY, WEDGED, Phase, PhaseKind, is_broken

ROOT = Path(__file__).parents[3]
PRODUCT = ("cluster", "stacks", "health", "settings", "fleet", "diagnosis", "views", "actions", "tui", "kubectl_plugin")
TABLE = ROOT / "stacks/phases/phase.py"
OTHER_MEANINGS = {"destroying", "failed", "ready", "unknown", "unseen", "requested", "retrying", "updating"}
"""words that also name other things: what a run does and how it ended, how a sync of Argo CD stands"""


def constants(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def names_of_phases_compared(path: Path) -> Iterator[int]:
    """Lines that compare the name of a phase with a text, whatever the text is."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare) and any(
            ast.unparse(side).endswith("phase.name") for side in (node.left, *node.comparators)
        ):
            yield node.lineno


@pytest.mark.parametrize("folder", PRODUCT)
def test_phases_are_named_in_their_table_alone(folder: str) -> None:
    names = {kind.name for kind in PHASE_KINDS} - OTHER_MEANINGS
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != TABLE
        for line, text in constants(path)
        if text in names
    ]
    compared = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in names_of_phases_compared(path)
    ]
    assert (found, compared) == ([], [])


def test_every_phase_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in PHASE_KINDS]
    assert len(set(names)) == len(names)


def test_every_constant_is_in_the_list() -> None:
    from stacks.phases import phase

    made = {kind for kind in vars(phase).values() if isinstance(kind, PhaseKind)}
    assert made == set(PHASE_KINDS)


def test_what_is_hopeless_counts_as_broken_and_what_needs_nobody_comes_last() -> None:
    assert all(is_broken(kind.rank) for kind in PHASE_KINDS if kind.hopeless)
    assert max(PHASE_KINDS, key=lambda kind: kind.rank) is READY
    assert Phase(WEDGED).urgency(0.0) == 0


def test_something_that_has_gone_on_for_long_is_more_urgent_than_something_under_way() -> None:
    calm = [kind for kind in PHASE_KINDS if not is_broken(kind.rank)]
    for kind in calm:
        assert is_broken(Phase(kind, late_at=1.0).urgency(2.0)) or kind.rank < 7, kind.name


def test_the_documentation_has_every_phase() -> None:
    from stacks.phases.phase import markdown_table

    assert markdown_table() in (ROOT / "docs/phases.md").read_text("utf-8")
