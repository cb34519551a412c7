"""Objects of files are judged as of the time at which they were saved, and what the files lack isn't guessed."""

from __future__ import annotations

from typing import Any

from diagnosis.explain import Diagnosis
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.reading.object_files import context_of_files, saved_at
from fleet.board.rows import Key
from stacks.times import instant
from support.scenes import scenes

SCENE = scenes()["12k-W1-wedge"]
LATER = SCENE.now + 86_400
WEDGED = Key("files", "crash", "mid-deleted")


def _found(objects: list[dict[str, Any]], now: float) -> list[tuple[str, str]]:
    diagnosis = Diagnosis(FleetFacts({"files": context_of_files("files", objects, now)}))
    return [(each.id, each.certainty) for each in diagnosis.findings(WEDGED)]


def test_a_comment_in_the_first_line_says_when() -> None:
    head = "# as seen at 2026-11-23T18:42:49.514573Z\n"
    assert saved_at(SCENE.objects, head, LATER) == instant("2026-11-23T18:42:49.514573Z")
    assert saved_at(SCENE.objects, "# nothing\n", SCENE.now + 5) == SCENE.now + 5


def test_a_copy_is_as_old_as_what_it_holds() -> None:
    assert abs(saved_at(SCENE.objects, "", LATER) - SCENE.now) < 60
    without_lease = [each for each in SCENE.objects if each["kind"] != "Lease"]
    assert saved_at(without_lease, "", LATER) == LATER


def test_a_picture_of_everything_lacks_what_isnt_there() -> None:
    assert _found(SCENE.objects, SCENE.now)[0] == ("W-1", "likely")


def test_kinds_that_files_dont_hold_are_unknown() -> None:
    alone = [each for each in SCENE.objects if each["kind"] in ("Stack", "Lease", "Workspace")]
    assert "W-1" not in [name for name, _ in _found(alone, SCENE.now)]
