"""Updates under way: one that hangs or is just long, one that waits for a worker or its workspace."""

from __future__ import annotations

import copy

from diagnosis.catalogue import STACK_CAUSES
from diagnosis.cause import POD, Cause
from diagnosis.explain import Diagnosis
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING, CausedBy, Finding
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import LONG_AGO, condition, later, lease, running_like, status_of
from support.scenes import CONTEXT, Scene, diagnosis_of, ids_of, scenes

RUNS = scenes()["15a-spec-changed-while-running"]
WHERE = ("busy", "respec")
NAME = "respec-1a209aaaf64"
NO_WORKER = scenes()["22b-workers-all-busy"]
ONE = ("workers", "one")
ITS_UPDATE = "one-1a209bde2d3"


def _ids(scene: Scene, where: tuple[str, str] = WHERE) -> list[str]:
    return ids_of(scene, *where)


def _writes(scene: Scene, seconds_ago: float, logger: str = "pulumi") -> Scene:
    changed = scene.copy()
    log = next(log for log in changed.logs if (log.pod, log.container) == ("respec-workspace-0", "pulumi"))
    log.lines.append(f"{rfc3339(changed.now - seconds_ago)}\tINFO\t{logger}\t+ aws:s3:Bucket: (create)")
    return changed


# U-11


def test_a_long_run_that_says_nothing_seems_to_hang() -> None:
    found = the_finding(later(RUNS, 3600.0), *WHERE, "U-11")
    assert (found.severity, found.certainty) == (PROBLEM, LIKELY)
    assert "seems to hang" in found.title
    assert "R-1" not in _ids(later(RUNS, 3600.0))


def test_a_long_run_that_writes_is_fine() -> None:
    assert "U-11" not in _ids(_writes(later(RUNS, 3600.0), 60.0))
    assert "U-11" in _ids(_writes(later(RUNS, 3600.0), 660.0))


def test_lines_of_the_agent_are_no_sign_of_pulumi() -> None:
    changed = _writes(_writes(later(RUNS, 3600.0), 1200.0), 60.0, "cmd.serve.grpc")
    assert "U-11" in _ids(changed)


def test_a_run_of_twenty_minutes_is_only_long_where_the_last_one_was_short() -> None:
    changed = later(RUNS, 1200.0)
    assert "U-11" not in _ids(changed)
    before = copy.deepcopy(changed.object("Update", NAME))
    before["metadata"] |= {"name": "respec-1a209a00000", "uid": "before", "creationTimestamp": "2026-11-23T18:20:00Z"}
    before["status"]["conditions"][2] |= {"status": "True", "lastTransitionTime": "2026-11-23T18:21:00Z"}
    changed.objects.append(before)
    assert "U-11" in _ids(changed)
    before["spec"]["type"] = "refresh"
    assert "U-11" not in _ids(changed)


def test_without_the_log_nobody_says_that_a_run_hangs() -> None:
    changed = later(RUNS, 3600.0)
    changed.refused["logs"] = "pods/log is forbidden"
    assert "U-11" not in _ids(changed)


def test_a_run_older_than_its_operator_hangs_whatever_the_log_says() -> None:
    changed = _writes(later(RUNS, 600.0), 10.0)
    lease(changed)["acquireTime"] = rfc3339(changed.now - 90.0)
    found = the_finding(changed, *WHERE, "U-11")
    assert found.certainty == LIKELY
    assert "operator that is gone" in found.title


def test_an_operator_that_has_just_begun_has_still_to_mark_old_runs() -> None:
    changed = _writes(later(RUNS, 600.0), 10.0)
    lease(changed)["acquireTime"] = rfc3339(changed.now - 20.0)
    assert "U-11" not in _ids(changed)


def test_a_run_that_began_with_the_operator_is_no_older() -> None:
    changed = _writes(later(RUNS, 600.0), 10.0)
    lease(changed)["acquireTime"] = "2026-11-23T18:29:30Z"
    assert "U-11" not in _ids(changed)


def test_a_long_run_whose_pod_is_being_deleted_ends() -> None:
    changed = later(RUNS, 3600.0)
    changed.object("Pod", "respec-workspace-0")["metadata"]["deletionTimestamp"] = rfc3339(changed.now + 100.0)
    assert _ids(changed) == ["U-6"]


def test_a_long_run_whose_agent_has_ended_ends() -> None:
    changed = later(RUNS, 3600.0)
    container = status_of(changed, "Pod", "respec-workspace-0")["containerStatuses"][0]
    container["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": rfc3339(changed.now - 900.0)}}
    assert _ids(changed) == ["U-6"]


# U-15


def _with_busy(scene: Scene, *names: str) -> Scene:
    changed = scene.copy()
    base_stack = changed.object("Stack", "one")
    for name in names:
        stack = copy.deepcopy(base_stack)
        stack["metadata"] |= {"name": name, "uid": f"uid-of-{name}"}
        stack["spec"]["stack"] = f"organization/infra/{name}"
        stack["status"]["currentUpdate"]["name"] = f"{name}-1a209bd0000"
        update = running_like(changed.object("Update", ITS_UPDATE), f"{name}-1a209bd0000", changed.now)
        update["metadata"]["labels"]["pulumi.com/stack-name"] = name
        update["metadata"]["ownerReferences"][1] |= {"name": name, "uid": f"uid-of-{name}"}
        workspace = copy.deepcopy(changed.object("Workspace", "one"))
        workspace["metadata"] |= {"name": name, "uid": f"workspace-of-{name}"}
        pod = copy.deepcopy(changed.object("Pod", "one-workspace-0"))
        pod["metadata"] |= {"name": f"{name}-workspace-0", "uid": f"pod-of-{name}"}
        changed.objects += [stack, update, workspace, pod]
    deployment = next(each for each in changed.objects if each["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["env"].append({"name": "MAX_CONCURRENT_RECONCILES", "value": "2"})
    return changed


def test_an_update_without_a_worker_is_certain_where_all_are_seen_to_be_busy() -> None:
    found = the_finding(_with_busy(NO_WORKER, "two", "three"), *ONE, "U-15")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert "all 2 are busy" in found.title
    assert {evidence.object.name for evidence in found.evidence[1:]} == {"two-1a209bd0000", "three-1a209bd0000"}
    assert found.caused_by == ()


def test_where_not_all_are_seen_it_is_likely() -> None:
    found = the_finding(_with_busy(NO_WORKER, "two"), *ONE, "U-15")
    assert found.certainty == LIKELY
    assert "1 of 2" in found.title
    unread = _with_busy(NO_WORKER, "two", "three")
    unread.refused["Deployment"] = "deployments is forbidden"
    found = the_finding(unread, *ONE, "U-15")
    assert found.certainty == LIKELY
    assert found.unknown == ("deployments is forbidden",)


def test_without_the_lease_nobody_knows_whether_a_worker_is_to_come() -> None:
    changed = _with_busy(NO_WORKER, "two", "three")
    changed.refused["Lease"] = "leases is forbidden"
    found = the_finding(changed, *ONE, "U-15")
    assert found.certainty == LIKELY
    assert "leases is forbidden" in found.unknown


def test_after_half_an_hour_without_a_worker_a_person_is_needed() -> None:
    found = the_finding(later(NO_WORKER, 1900.0), *ONE, "U-15")
    assert found.severity == PROBLEM
    assert found.next_step.startswith("End the runs that hang")


def test_runs_that_hang_are_behind_it() -> None:
    changed = later(_with_busy(NO_WORKER, "two", "three"), 600.0)
    lease(changed)["acquireTime"] = rfc3339(changed.now - 100.0)
    found = the_finding(changed, *ONE, "U-15")
    assert found.severity == PROBLEM
    assert set(found.caused_by) == {CausedBy(Key(CONTEXT, "workers", name), "U-11") for name in ("two", "three")}


def test_an_update_that_was_just_made_waits_for_nothing() -> None:
    changed = NO_WORKER.copy()
    changed.now -= 25.0
    assert _ids(changed, ONE) == []


def test_an_update_that_has_begun_has_a_worker() -> None:
    changed = NO_WORKER.copy()
    running = running_like(changed.object("Update", ITS_UPDATE), ITS_UPDATE, changed.now)
    status_of(changed, "Update", ITS_UPDATE)["conditions"] = running["status"]["conditions"]
    assert _ids(changed, ONE) == []


def test_an_update_whose_workspace_is_not_ready_waits_for_that() -> None:
    changed = NO_WORKER.copy()
    condition(changed.object("Workspace", "one"), "Ready")["status"] = "False"
    assert "U-15" not in _ids(changed, ONE)


def test_without_an_operator_nobody_has_a_worker() -> None:
    changed = NO_WORKER.copy()
    lease(changed)["renewTime"] = LONG_AGO
    assert "U-15" not in _ids(changed, ONE)


# U-10


def _waiting(reason: str = "WorkspaceNotReady", since: float = 30.0) -> Scene:
    changed = RUNS.copy()
    found = condition(changed.object("Update", NAME), "Progressing")
    found |= {"status": "False", "reason": reason, "lastTransitionTime": rfc3339(changed.now - since)}
    return changed


def test_an_update_waits_for_its_workspace() -> None:
    found = the_finding(_waiting(), *WHERE, "U-10")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert the_finding(_waiting(since=130.0), *WHERE, "U-10").severity == PROBLEM
    assert _ids(_waiting()) == ["U-10"]


def test_a_workspace_that_is_gone_is_made_by_the_next_run() -> None:
    found = the_finding(_waiting("WorkspaceNotFound"), *WHERE, "U-10")
    assert "which is gone" in found.title
    assert found.next_step.startswith("Wait")


def test_a_connection_that_fails_is_no_workspace_that_is_not_ready() -> None:
    assert "U-10" not in _ids(_waiting("TransientFailure"))


def test_while_the_agent_does_not_run_that_is_what_is_told() -> None:
    changed = _waiting()
    status_of(changed, "Pod", "respec-workspace-0")["containerStatuses"][0]["state"] = {"waiting": {"reason": "x"}}
    assert "U-10" not in _ids(changed)


def test_what_keeps_the_pod_from_starting_says_why_an_update_waits() -> None:
    def pod_fails(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
        return Finding("", PROBLEM, "The pod fails", evidence=(facts.quote("metadata", "name"),))

    pod = Cause("P-0", POD, "x", "x", "x", "x", "x", "x", pod_fails)
    fleet = diagnosis_of(_waiting(since=130.0)).fleet
    found = Diagnosis(fleet, (pod, *STACK_CAUSES)).findings(Key(CONTEXT, *WHERE))
    assert [finding.id for finding in found] == ["P-0"]
