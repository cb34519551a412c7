"""What was taken over is kept until it was given back: key by key, and a file that can't be read is named."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from actions.checks.config_map_plans import WantedChecks, plan_install
from actions.plan import Plan, TakenOver
from actions.record import ActionRecord, RecordError
from support.argocds import OURS, OURS_OF_PROGRAM, PROGRAM, STACK, THEIRS, UID, argo_cd, config_map

ALSO_THEIRS = 'return {status = "Suspended"}\n'


@pytest.fixture
def journal(tmp_path: Path) -> ActionRecord:
    """With what was taken over from an object: two checks at once."""
    wanted = WantedChecks({"pulumi.com/Stack": OURS, "pulumi.com/Program": OURS_OF_PROGRAM}, take_over=True)
    plan = plan_install(argo_cd(config_map({STACK: THEIRS, PROGRAM: ALSO_THEIRS})), wanted)
    assert isinstance(plan, Plan)
    journal = ActionRecord(tmp_path / "state")
    journal.save_taken_over(plan)
    return journal


def values(journal: ActionRecord, uid: str = UID) -> dict[str, str]:
    return {key: kept.value for key, kept in journal.taken_over_from(uid).items()}


def test_a_record_that_is_a_pipe_is_refused_without_waiting_for_a_reader(journal: ActionRecord) -> None:
    wanted = WantedChecks({"pulumi.com/Stack": OURS}, take_over=True)
    plan = plan_install(argo_cd(config_map({STACK: THEIRS})), wanted)
    assert isinstance(plan, Plan)
    os.mkfifo(journal.folder / "actions.jsonl")
    with pytest.raises(RecordError, match="it is a pipe, and a file is expected"):
        journal.note(plan, "sending")
    reading = os.open(journal.folder / "actions.jsonl", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(RecordError, match="it is a pipe"):
            journal.note(plan, "sending")
    finally:
        os.close(reading)


def test_giving_back_one_of_two_values_keeps_the_other(journal: ActionRecord) -> None:
    journal.archive_taken_over(UID, {STACK})
    assert values(journal) == {PROGRAM: ALSO_THEIRS}
    [kept] = (journal.folder / "taken-over").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    journal.archive_taken_over(UID, {PROGRAM})
    assert values(journal) == {}
    assert not list(kept.parent.glob("*.json"))


def test_what_was_given_back_can_be_read_later_too(journal: ActionRecord) -> None:
    journal.archive_taken_over(UID, {STACK})
    journal.archive_taken_over(UID, {PROGRAM})
    settled = [json.loads(path.read_text()) for path in (journal.folder / "taken-over").glob("*.settled")]
    assert {value["value"] for one in settled for value in one["values"]} == {THEIRS, ALSO_THEIRS}


def test_another_object_and_other_keys_settle_nothing(journal: ActionRecord) -> None:
    journal.archive_taken_over("another", {STACK, PROGRAM})
    journal.archive_taken_over(UID, {"url"})
    assert values(journal) == {STACK: THEIRS, PROGRAM: ALSO_THEIRS}


def test_a_value_that_cannot_be_put_away_is_no_reason_to_lose_it(
    journal: ActionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(RecordError, match="No space left"):
        journal.archive_taken_over(UID, {STACK})
    assert values(journal) == {STACK: THEIRS, PROGRAM: ALSO_THEIRS}


def test_a_broken_file_is_named_with_what_to_do_where_its_context_is_concerned(journal: ActionRecord) -> None:
    assert journal.unreadable("lab") == ()
    [kept] = (journal.folder / "taken-over").glob("*.json")
    kept.write_text("{")
    assert values(journal) == {}
    [said] = journal.unreadable("lab")
    assert str(kept) in said
    assert "--restore" in said
    assert journal.unreadable("laboratory") == ()
    assert journal.unreadable("la") == ()


def test_kept_values_know_who_had_them(journal: ActionRecord) -> None:
    assert journal.taken_over_from(UID)[STACK] == TakenOver(STACK, THEIRS, ("kubectl-create",))


def test_a_plan_of_which_the_last_request_is_not_in_the_record_was_broken_off(tmp_path: Path) -> None:
    record = ActionRecord(tmp_path, lambda: 1.0)
    planned = plan_install(argo_cd(config_map({})), WantedChecks({"pulumi.com/Stack": OURS}))
    assert isinstance(planned, Plan)
    plan = replace(planned, requests=planned.requests * 2)
    record.note(plan, "sending")
    record.note(plan, "done")
    key = plan.context, plan.target
    assert ActionRecord(tmp_path).interrupted[key].request.startswith("PATCH ")
    record.note(plan, "sending", 1)
    assert key in ActionRecord(tmp_path).interrupted
    record.note(plan, "done", 1)
    assert key not in ActionRecord(tmp_path).interrupted
