"""What a board's records say of recorded situations, beside what a whole diagnosis says: less, and nothing wrong."""

from __future__ import annotations

from functools import cache

import pytest

from diagnosis.board_findings import BoardFinding, BoardFindings
from diagnosis.finding import CERTAIN, PROBLEM, Finding
from fleet.board.board import Board
from fleet.board.rows import Key
from stacks.operator import UNKNOWN_OPERATOR
from stacks.phases.phase import is_broken
from support.scene_boards import board_of
from support.scenes import CONTEXT, Scene, diagnosis_of, scenes

LESS: dict[tuple[str, str], tuple[str, str]] = {
    # what only the pod's log or its Events say
    ("03e-bad-commit", "bad-commit"): ("B-6", ""),
    ("03l-flux-artifact-404", "bad-artifact"): ("P-7", ""),
    ("05l-git-two-methods", "git-two"): ("P-6", ""),
    ("05m-no-source", "no-source"): ("P-9", ""),
    ("10h-quota", "shop"): ("P-1", ""),
    ("13i-cascade-secret-gone", "secret-gone"): ("P-4", ""),
    ("10d-agent-unreachable", "agent-mute"): ("C-4", ""),
    ("10i-pod-terminating-mid-run", "pod-deleted"): ("U-6", ""),
    ("12p-workspace-deleted-mid-run", "ws-del"): ("U-6", ""),
    ("22d-pending-operations", "pending"): ("U-4", ""),
    # the operator's Lease, and the Updates of other Stacks
    ("12m-operator-restart-aborted", "mid"): ("U-5", "U-1"),
    ("22b-workers-all-busy", "one"): ("U-15", ""),
}
"""(scene, Stack) -> the id of the whole diagnosis, and the one by the board's records where it is another"""


@cache
def _whole(scene_name: str) -> dict[Key, list[Finding]]:
    diagnosis = diagnosis_of(scenes()[scene_name])
    return {
        key: diagnosis.findings(key) for key in diagnosis.fleet.contexts[CONTEXT].raw("Stack") and _keys(scene_name)
    }


def _keys(scene_name: str) -> list[Key]:
    stacks = [each["metadata"] for each in scenes()[scene_name].objects if each["kind"] == "Stack"]
    return [Key(CONTEXT, each["namespace"], each["name"]) for each in stacks]


def _by_board(scene: Scene, board: Board) -> dict[Key, BoardFinding | None]:
    findings = BoardFindings(board)
    return {key: findings.finding(key, scene.now) for key in board.stacks}


def _id(finding: Finding | None) -> str:
    return finding.id if finding is not None else ""


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_records_tell_the_cause_or_less(scene: Scene) -> None:
    differing = {}
    for key, found in _by_board(scene, board_of(scene)).items():
        ids = _id(next(iter(_whole(scene.name)[key]), None)), _id(found.finding if found is not None else None)
        if ids[0] != ids[1]:
            differing[scene.name, key.name] = ids
    assert differing == {place: ids for place, ids in LESS.items() if place[0] == scene.name}


@pytest.mark.parametrize("known", ["everything", "no lookup yet", "nothing of the operator", "neither"])
@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_what_is_certain_by_records_is_the_cause(scene: Scene, known: str) -> None:
    looked_up = known in ("everything", "nothing of the operator")
    operator = None if known in ("everything", "no lookup yet") else UNKNOWN_OPERATOR
    for key, found in _by_board(scene, board_of(scene, lookups=looked_up, operator=operator)).items():
        first = found.finding if found is not None else None
        if first is None or first.certainty != CERTAIN:
            continue
        whole = _whole(scene.name)[key][0]
        assert (first.id, first.severity) == (whole.id, whole.severity), key
        assert {cause.id for cause in first.caused_by} <= {cause.id for cause in whole.caused_by}, key


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_a_broken_row_is_marked_where_its_records_do_not_tell_the_cause(scene: Scene) -> None:
    board = board_of(scene)
    for key, found in _by_board(scene, board).items():
        whole = next(iter(_whole(scene.name)[key]), None)
        if whole is None or whole.severity != PROBLEM or found is None or not is_broken(board.stacks[key].rank):
            continue
        right = found.finding is not None and found.finding.id == whole.id
        assert found.needs_look or right, (key, board.stacks[key].phase)


def test_records_tell_most_problems() -> None:
    told = [
        found.finding is not None and found.finding.id == _whole(scene.name)[key][0].id
        for scene in scenes().values()
        for key, found in _by_board(scene, board_of(scene)).items()
        if found is not None and _whole(scene.name)[key] and _whole(scene.name)[key][0].severity == PROBLEM
    ]
    assert sum(told) >= 0.8 * len(told), (sum(told), len(told))
