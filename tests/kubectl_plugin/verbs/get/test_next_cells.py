"""NEXT in ``get stacks`` is what is found for a row, as on the board."""

from __future__ import annotations

import pytest

from fleet.board.rows import Key
from kubectl_plugin.verbs.get.next_cells import with_findings
from support.scene_boards import board_of
from support.scenes import CONTEXT, scenes
from views.columns import STACK_COLUMNS


@pytest.mark.parametrize(
    ("scene", "key", "shown"),
    [
        ("02d-stalled", ("fail", "shop-capped"), "on change"),
        ("19a-token-invalid", None, "never"),
        ("12k-W1-wedge", ("crash", "mid-deleted"), "never"),
    ],
)
def test_it_is_what_is_found(scene: str, key: tuple[str, str] | None, shown: str) -> None:
    recorded = scenes()[scene]
    board = board_of(recorded)
    row = board.stacks[Key(CONTEXT, *key)] if key is not None else next(iter(board.stacks.values()))
    columns = with_findings(STACK_COLUMNS, board, lambda: recorded.now)
    (text,) = [column.text(row, recorded.now) for column in columns if column.id == "next"]
    assert text == shown
