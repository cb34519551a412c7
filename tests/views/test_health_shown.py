"""A Stack that the board knows to be broken is never shown as healthy, and its word of health stays what it is."""

from __future__ import annotations

import pytest

from fleet.board.rows import Key, StackRow
from kubectl_plugin.output.printers import TONE_CODES, table
from stacks.phases.phase import is_broken
from support.scene_boards import board_of
from support.scenes import CONTEXT, scenes
from views import json_output, tones
from views.columns import STACK_COLUMNS, health_shown
from views.filter import parse
from views.filter_fields import stack_filter_fields

HEALTH = next(column for column in STACK_COLUMNS if column.id == "health")


@pytest.fixture
def wedged() -> StackRow:
    """A Stack that waits for an Update that is gone, which its status doesn't tell."""
    return board_of(scenes()["12k-W1-wedge"]).stacks[Key(CONTEXT, "crash", "mid-deleted")]


def test_a_broken_stack_whose_check_finds_nothing_wrong_is_marked_and_red(wedged: StackRow) -> None:
    assert is_broken(wedged.rank)
    assert HEALTH.text(wedged, 0.0) == f"{wedged.health.status} !"
    assert HEALTH.tone(wedged) == "bad"
    assert len(HEALTH.text(wedged, 0.0)) <= HEALTH.width.least


def test_the_json_and_filters_have_the_word_alone(wedged: StackRow) -> None:
    word = wedged.health.status
    assert json_output.stack(wedged, 0.0)["health"]["status"] == word
    assert HEALTH.filter_text(wedged) == word
    fields = stack_filter_fields(wedged)
    assert parse(f"status:{word.lower()}").matches(fields)
    assert word.lower() in fields.statuses


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_no_broken_row_is_green_and_no_other_is_marked(scene: object) -> None:
    for row in board_of(scene).stacks.values():  # type: ignore[arg-type]
        if is_broken(row.rank):
            assert HEALTH.tone(row) not in ("good", "busy") or row.health.status == "Missing"
        else:
            assert health_shown(row) == row.health.status


def test_a_marked_word_has_the_tone_of_trouble_in_printed_tables(wedged: StackRow) -> None:
    marked = health_shown(wedged)
    assert f"\x1b[{TONE_CODES['bad']}m{marked}\x1b[0m" in table(["HEALTH", "NAME"], [[marked, "web"]], colour=True)


def test_only_what_looks_well_is_marked() -> None:
    shown = {word: tones.health_word(word, broken=True) for word in ("Degraded", "Unknown", "Healthy", "Odd")}
    assert shown == {"Degraded": "Degraded", "Unknown": "Unknown", "Healthy": "Healthy !", "Odd": "Odd"}
    assert tones.health_word("Healthy", broken=False) == "Healthy"
