"""What a finding offers can be done: over all recorded scenes the first verb of the first finding leads to a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from actions.plan import Plan, PlanBlocked, PlanUnacknowledged
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import DiagnosedStack
from actions.stacks.workspace_processes import WorkspaceProcesses
from diagnosis.catalogue import STACK_CAUSES
from support.fixing import planned, target_of
from support.scene_edits import later
from support.scenes import Scene, scenes

REFUSED: dict[tuple[str, str], str] = {}
"""by scene and verb: why the first verb isn't planned there all the same"""
UNACKNOWLEDGED = {
    ("13a-foreign-finalizer", "release"): "somebody else holds it",
    ("13c-destroy-failed-once", "cancel"): "it may be a run in CI",
}
"""by scene and verb: what has to be taken into account first"""


def looked_into(target: DiagnosedStack, *names: str) -> DiagnosedStack:
    """The target when these processes of its pod are known, or that there is no pod."""
    facts = target.facts
    assert facts is not None
    seen = WorkspaceProcesses(facts.pod_name, target.looked_at, ("tini", "agent", *names))
    return replace(target, processes=seen if facts.pod is not None else replace(seen, names=None, pod_gone=True))


def stacks(scene: Scene) -> Iterator[DiagnosedStack]:
    for obj in scene.objects:
        if obj["kind"] == "Stack":
            yield looked_into(target_of(scene, obj["metadata"]["name"]))


@pytest.mark.parametrize("name", scenes())
def test_the_first_verb_of_the_first_finding_is_planned(name: str) -> None:
    for target in stacks(scenes()[name]):
        verbs = [verb for finding in target.findings[:1] for verb in finding.actions[:1] if verb in CHANGES]
        for verb in verbs:
            found = planned(CHANGES[verb], target)
            if isinstance(found, PlanUnacknowledged):
                assert UNACKNOWLEDGED[name, verb] in found.text
                found = planned(CHANGES[verb], target, acknowledged=True)
            if isinstance(found, PlanBlocked):
                assert REFUSED[name, verb] in found.text
            else:
                assert isinstance(found, Plan), found


def test_scenes_offer_each_of_the_fixes() -> None:
    offered = {
        verb
        for scene in scenes().values()
        for target in stacks(scene)
        for finding in target.findings[:1]
        for verb in finding.actions
    }
    assert offered == {"reconcile", "restart-workspace", "cancel", "unwedge", "release"}


def test_every_verb_that_a_cause_names_for_stacks_is_there() -> None:
    named = {verb for cause in STACK_CAUSES for verb in cause.helps if not verb.startswith("app ")}
    assert named <= set(CHANGES)


def test_a_run_that_hangs_is_ended_by_a_restart_and_not_by_cancel() -> None:
    running = later(scenes()["13b-destroy-running"], 7200.0)
    target = looked_into(target_of(running, "slow-destroy"))
    hung = next(each for each in target.findings if each.id == "U-11")
    assert hung.actions == ("restart-workspace",)
    restart = planned(CHANGES["restart-workspace"], target)
    assert isinstance(restart, PlanUnacknowledged)
    assert "although there is no pulumi process in slow-destroy-workspace-0: perhaps it hangs" in restart.text
    cancel = planned(CHANGES["cancel"], target)
    assert isinstance(cancel, PlanBlocked)
    assert cancel.reasons == ("wait for its end; restart-workspace breaks off a run that hangs",)
