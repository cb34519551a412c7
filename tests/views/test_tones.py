"""A word has one tone, wherever it stands; and every tone is a colour on the screen and on a terminal."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fleet.board.context_state import CONTEXT_STATES
from fleet.stack_objects.object_tree import TreeNode
from health.result import STATUSES
from kubectl_plugin.output.printers import TONE_CODES, table
from stacks.phases.phase import PHASE_KINDS, READY, UPDATING, WEDGED, Phase
from tui.shell.themes import tone_rules
from views import tones
from views.filter import HEALTH_WORDS

ROOT = Path(__file__).parents[2]
TABLES = {
    name: value
    for name, value in vars(tones).items()
    if name.isupper() and value is not tones.STYLES and isinstance(value, dict)
}


def test_health_has_the_colours_of_argo_cds_own_pages() -> None:
    assert {word: tones.health_tone(word) for word in STATUSES} == {
        "Healthy": "good",
        "Progressing": "busy",
        "Missing": "busy",
        "Degraded": "bad",
        "Suspended": "odd",
        "Unknown": "odd",
    }


def test_every_word_of_health_and_state_of_a_context_has_a_tone_and_can_be_asked_for() -> None:
    assert {word.lower() for word in STATUSES} == {word.lower() for word in tones.HEALTH} == {*HEALTH_WORDS}
    assert tones.CONTEXT_STATE.keys() == {*CONTEXT_STATES}


@pytest.mark.parametrize("word", STATUSES)
def test_health_is_coloured_alike_on_the_board_in_tables_and_in_trees(word: str) -> None:
    tone = tones.health_tone(word)
    assert f"\x1b[{TONE_CODES[tone]}m{word}\x1b[0m" in table(["HEALTH", "NAME"], [[word, "web"]], colour=True)
    assert tones.tree_tone(TreeNode("Stack", "web", state=word, health=word)) == tone
    assert tones.tree_tone(TreeNode("Application", "web", state=f"Synced {word}", health=word)) == tone


def test_a_name_has_no_colour_in_tables_though_it_is_a_word_of_health() -> None:
    printed = table(["NAME", "HEALTH", "MESSAGE"], [["Degraded", "Healthy", ""]], colour=True)
    assert printed.splitlines()[1] == "Degraded   \x1b[32mHealthy\x1b[0m   <none>"


def test_a_phase_is_red_where_something_is_wrong() -> None:
    shown = {kind.name: tones.phase_tone(Phase(kind), kind.rank) for kind in (WEDGED, UPDATING, READY)}
    assert shown == {"wedged": "bad", "updating": "busy", "ready": ""}


@pytest.mark.parametrize("name", TABLES)
def test_every_tone_is_a_colour_of_the_screen(name: str) -> None:
    style = tone_rules()
    for tone in {*TABLES[name].values(), *(kind.tone for kind in PHASE_KINDS)} - {""}:
        assert f"--{tone} " in style


@pytest.mark.parametrize("folder", ["tui", "kubectl_plugin", "views", "diagnosis"])
def test_no_other_table_gives_tones_to_words(folder: str) -> None:
    known = {"good", "busy", "bad", "odd"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != ROOT / "views/tones.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Dict)
        and len([value for value in node.values if isinstance(value, ast.Constant) and value.value in known]) > 1
    ]
    assert not found
