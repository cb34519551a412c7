"""A pod's log is cut into the runs that there really were, and each is tied to its own Update."""

from __future__ import annotations

import pytest

from stacks.logs.runs import LogSection, RunSplitter, update_of
from stacks.records.base import OwnedMetadata
from stacks.records.workspace import Update
from support.podlogs import Recorded, agent_logs, split_log

# What was done when these were recorded: the runs of every pulumi container, in order.
OK, BAD, CUT, ON = "succeeded", "failed", "cut off", "running"
RUNS: dict[str, list[list[str]]] = {
    "01a-new-no-status": [[]],
    "01b-workspace-pending": [[]],
    "01c-installing": [[]],
    "01d-initializing": [[]],
    "01e-current-update-before-update": [[f"run {ON}"]],
    "01f-update-running": [[f"run {ON}"]],
    "01g-update-complete-not-absorbed": [[f"up {OK}"]],
    "01h-succeeded": [[f"up {OK}"]],
    "02a-failed-once": [[f"up {BAD}"]],
    "02b-failed-twice": [[f"up {BAD}"] * 2],
    "02c-failed-three-times": [[f"up {BAD}"] * 3],
    "02d-stalled": [[f"up {BAD}"] * 4],
    "05m-no-source": [[]],
    "05o-poison-runaway-resync": [[f"up {OK}"] * 8 + [f"run {ON}"]],
    "06b-prereq-failing": [[f"up {BAD}"] * 4],
    "06e-prereq-running": [[f"run {ON}"]],
    "06g-prereq-satisfied": [[f"up {OK}"], [f"up {OK}"]],
    "06h-prereq-out-of-date": [[f"run {ON}"]],
    "07a-preview-good": [[f"preview {OK}"]],
    "07b-preview-failed-once": [[f"preview {BAD}"]],
    "07d-preview-stalled": [[f"preview {BAD}"] * 4],
    "08a-annotation-not-seen": [[f"up {OK}"]],
    "08b-annotation-accepted-running": [[f"up {OK}", f"run {ON}"]],
    "08c-annotation-done": [[f"up {OK}", f"up {OK}"]],
    "09a-resync-waiting": [[f"up {OK}"]],
    "10g-no-auth-delegator": [[]],
    "10i-pod-terminating-mid-run": [[f"up {ON}"]],
    "10k-pod-deleted-mid-run-after": [[f"up {ON}"]],
    "11a-agent-killed-mid-run": [[f"up {ON}"]],
    "11c-after-cancel": [[f"up {CUT}", f"up {BAD}", f"up {OK}"]],
    "12a-update-deleted-while-running": [[f"up {ON}"]],
    "12c-complete-not-absorbed-operator-dead": [[f"up {OK}", f"up {OK}"]],
    "12f-annotated-operator-down": [[f"up {OK}"]],
    "12g-running-operator-dead": [[f"up {BAD}"]],
    "12i-complete-then-deleted-operator-dead": [[f"up {OK}", f"up {OK}"]],
    "12k-W1-wedge": [[f"up {BAD}"]],
    "12l-current-update-cleared-not-annotated": [[f"up {OK}", f"up {OK}"]],
    "12m-operator-restart-aborted": [[f"up {BAD}"]],
    "12o-wedge-healed": [[f"up {OK}", f"up {OK}", f"up {OK}"]],
    "12p-workspace-deleted-mid-run": [[f"up {ON}"]],
    "13b-destroy-running": [[f"destroy {ON}"]],
    "13c-destroy-failed-once": [[], [f"destroy {BAD}"]],
    "13g-namespace-terminating": [[]],
    "13i-cascade-secret-gone": [[f"up {OK}"]],
    "15a-spec-changed-while-running": [[f"run {ON}"]],
    "15c-new-commit-rolls-pod": [[f"up {OK}"], []],
    "16a-reclaim-delete": [[f"up {OK}"]],
    "16b-update-ttl": [[f"up {OK}"]],
    "17-secret-outputs": [[f"up {OK}"]],
    "18c-program-update-running": [[f"up {ON}"]],
    "18d-program-ready": [[f"up {OK}"]],
    "19a-token-invalid": [[]],
    "20a-refresh-resync": [[f"up {OK}"] * 3],
    "21a-init-no-passphrase": [[]],
    "21b-init-stack-not-found": [[]],
    "21d-install-no-runtime": [[]],
    "21f-config-missing-key": [[]],
    "21i-healed-by-pod-delete": [[], [f"up {OK}"]],
    "22b-workers-all-busy": [[]],
    "22d-pending-operations": [[f"up {OK}"] * 3],
}
# Runs whose Update was deleted, or is older than what was recorded.
UNTIED = {
    ("01e-current-update-before-update", 1),
    ("12k-W1-wedge", 1),
    ("12l-current-update-cleared-not-annotated", 2),
    ("12o-wedge-healed", 2),
    ("16b-update-ttl", 1),
}
PULUMI = [log for log in agent_logs() if log.container == "pulumi"]


def runs(log: Recorded) -> list[LogSection]:
    return [section for section in split_log(log.lines) if section.is_run]


@pytest.mark.parametrize("situation", sorted({log.situation for log in PULUMI}))
def test_every_recorded_log_is_cut_into_its_runs(situation: str) -> None:
    found = [
        [f"{section.operation or 'run'} {section.result}" for section in runs(log)]
        for log in PULUMI
        if log.situation == situation
    ]
    assert found == RUNS[situation]


@pytest.mark.parametrize("log", PULUMI, ids=str)
def test_every_run_is_tied_to_its_own_update(log: Recorded) -> None:
    """In order, none twice, and never to one that was made after the run or over before it."""
    tied = [update_of(section, log.updates) for section in runs(log)]
    names = [update.metadata.name for update in tied if update is not None]
    assert names == sorted(set(names))
    untied = {(log.situation, section.run) for section, update in zip(runs(log), tied, strict=True) if update is None}
    assert untied == {each for each in UNTIED if each[0] == log.situation and runs(log)}


def test_all_sections_together_are_the_log() -> None:
    for log in PULUMI:
        assert sum(section.lines for section in split_log(log.lines)) == len(log.lines)


def test_numbers_go_through_the_whole_log() -> None:
    (log,) = (log for log in PULUMI if log.situation == "02d-stalled")
    assert [section.run for section in runs(log)] == [1, 2, 3, 4]
    assert split_log(log.lines)[0].title == "start of the workspace"
    assert runs(log)[3].title == "run 4: up fail-shop-capped failed"


def test_a_run_counts_what_pulumi_did() -> None:
    (log,) = (log for log in PULUMI if log.situation == "02a-failed-once")
    (run,) = runs(log)
    assert run.counts == "1 create, 1 error"
    assert run.first_error.startswith("error: Error reading file at path ./missing.txt")
    assert (run.began, run.ended) == ("2026-11-23T18:26:39.722Z", "2026-11-23T18:26:44.429Z")


def test_a_run_says_why_it_was_wanted() -> None:
    (log,) = (log for log in PULUMI if log.situation == "08c-annotation-done")
    assert [run.message for run in runs(log)] == ["Initial stack update", 'Sync request: "2026-11-23 please"']


def test_a_log_that_ends_in_a_run_has_cut_it_off() -> None:
    (log,) = (log for log in PULUMI if log.situation == "10i-pod-terminating-mid-run")
    splitter = RunSplitter()
    for line in log.lines:
        splitter.section_of(line)
    assert splitter.last_run is not None
    assert splitter.last_run.result == "running"
    splitter.end()
    assert splitter.last_run.result == "cut off"


def test_a_log_that_begins_within_a_run_has_that_run() -> None:
    (log,) = (log for log in PULUMI if log.situation == "02a-failed-once")
    half = log.lines[log.lines.index(next(line for line in log.lines if "(create)" in line)) :]
    (section,) = split_log(half)
    assert (section.run, section.operation, section.result) == (1, "up", "failed")


def test_an_installation_that_failed_is_no_run() -> None:
    (log,) = (log for log in PULUMI if log.situation == "21d-install-no-runtime")
    (section,) = split_log(log.lines)
    assert (section.is_run, section.result, section.errors) == (False, "failed", 1)


def update(name: str, kind: str = "up", message: str = "", ended: str = "") -> Update:
    from stacks.records.base import Condition
    from stacks.records.workspace import UpdateSpec, UpdateStatus

    complete = Condition("Complete", "True", "Updated", "", ended)
    return Update(
        OwnedMetadata(name, "prod"),
        UpdateSpec(type=kind, message=message),
        UpdateStatus(conditions=[complete] if ended else []),
    )


RUN = LogSection(run=1, operation="up", began="2026-11-23T18:24:07.441Z")


def test_a_run_is_not_tied_to_an_update_of_another_kind_or_time() -> None:
    made = "shop-1a209a6aa5a"  # 2026-11-23T18:24:07.258Z
    assert update_of(RUN, [update(made)]) is not None
    assert update_of(RUN, [update(made, "destroy")]) is None
    assert update_of(RUN, [update(made, ended="2026-11-23T18:24:00Z")]) is None
    assert update_of(RUN, [update("shop-1a209a70000")]) is None
    assert update_of(RUN, [update("shop-by-hand")]) is None
    wanted = LogSection(run=1, operation="up", began=RUN.began, message="Initial stack update")
    assert update_of(wanted, [update(made, message="Stack marked for deletion")]) is None
