"""A worker is busy with an Update from its first condition to its end; one without conditions waits for a worker."""

from __future__ import annotations

import pytest

from fleet.board.board import Board
from fleet.board.rows import Key
from fleet.board.worker_use import worker_use
from stacks.records.base import Condition, OwnedMetadata
from stacks.records.workspace import Update, UpdateSpec, UpdateStatus
from support.objects import NOW, PROCESSING, at, stack

KEY = Key("eu", "prod", "shop")
BEGAN = NOW - 60
NAME = f"shop-{int(BEGAN * 1000):x}"


def update(*conditions: Condition) -> Update:
    status = UpdateStatus(conditions=list(conditions)) if conditions else None
    return Update(OwnedMetadata(NAME, "prod", creation_timestamp=at(60)), UpdateSpec(), status)


def use(now: float = NOW, *, update: Update | None = None, gone: bool | None = None, name: str = NAME) -> str:
    """What is said of a Stack with this Update, as far as it was looked at."""
    board = Board()
    board.open("eu")
    current = {"currentUpdate": {"name": name}} if name else {}
    board.put_stack("eu", stack(conditions=[PROCESSING], **current), NOW)
    if update is not None or gone:
        board.set_related_objects(KEY, NOW, update=update, update_gone=bool(gone))
    return worker_use(board.stacks[KEY], board.related_objects(KEY), now)


RUNS = Condition("Progressing", "True", "Progressing", "", at(50))


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (update(RUNS), "busy"),
        (update(Condition("Progressing", "False", "WorkspaceNotReady"), Condition("Complete", "False")), ""),
        (update(RUNS, Condition("Complete", "True", "Updated", "", at(10))), ""),
        (update(), "waits"),
    ],
)
def test_an_update_that_runs_keeps_a_worker_busy(found, word) -> None:
    assert use(update=found) == word


def test_an_update_that_was_only_just_made_waits_for_nothing_yet() -> None:
    assert use(BEGAN + 10, update=update()) == ""
    assert use(BEGAN + 16, update=update()) == "waits"


def test_what_was_not_looked_at_is_not_known_and_what_is_gone_is_nothing() -> None:
    assert use() == "unknown"
    assert use(gone=True) == ""
    assert use(name="") == ""
