"""Fixes and rights: who may read is told so beforehand, and the rights that docs/rbac.yaml names are enough."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actions.plan import Plan, PlanBlocked
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.stacks.reconcile import RECONCILE
from actions.stacks.release import RELEASE
from actions.stacks.restart_workspace import RESTART_WORKSPACE
from actions.stacks.unwedge import UNWEDGE
from actions.workflow import ChangeFault, ChangeKind
from cluster.access import AccessQuestion, ask_access
from contract.api import Api
from contract.api import kubeconfig as kubeconfig
from support.fixing import carried_out, within
from support.granted import FIXER, VIEWER, granted, rules_of, take_away
from support.program import run
from support.scene_edits import with_update_over
from support.scenes import Scene, scenes
from support.sent_fixes import POD, Fixer, end_pod, fixer, is_gone, plan_now, sent
from support.sent_fixes import quiet_containers as quiet_containers
from support.waiting import eventually

Obj = dict[str, Any]
FAILED = scenes()["02d-stalled"]
WEDGED = scenes()["12k-W1-wedge"]
OVER = with_update_over(WEDGED, "mid-deleted")
UNDESTROYED = scenes()["13c-destroy-failed-once"]
INITIALISED = scenes()["01h-succeeded"]
STACKS = AccessQuestion("get", "pulumi.com", "stacks", "")


async def allowed(who: Fixer, question: AccessQuestion) -> bool:
    return (await ask_access(who.connection, question)).allowed is True


REFUSED = [
    (RECONCILE, FAILED, "shop-capped", "patch stacks.pulumi.com"),
    (UNWEDGE, WEDGED, "mid-deleted", "patch stacks/status.pulumi.com and to patch stacks.pulumi.com"),
    (RESTART_WORKSPACE, INITIALISED, "shop", "delete pods"),
    (RELEASE, UNDESTROYED, "stuck-destroy", "patch stacks.pulumi.com"),
]


@pytest.mark.parametrize(("change", "scene", "name", "right"), REFUSED, ids=[each[0].id for each in REFUSED])
async def test_who_may_only_read_is_told_so_and_sends_nothing(
    api: Api,
    tmp_path: Path,
    kubeconfig: Path,
    change: ChangeKind[DiagnosedStack, FixRequest],
    scene: Scene,
    name: str,
    right: str,
) -> None:
    async with sent(api, tmp_path, scene, name) as on, granted(api, on.there.all_namespaces, rules_of(VIEWER)) as token:
        config = json.loads(kubeconfig.read_text())
        config["clusters"][0]["cluster"] = {"server": on.gate.url}
        config["users"][0]["user"] = {"token": token}
        config["contexts"][0]["context"]["namespace"] = on.namespace
        kubeconfig.write_text(json.dumps(config))
        async with fixer(api, tmp_path, token=token) as reader:
            await eventually(lambda: allowed(reader, AccessQuestion("get", "pulumi.com", "stacks", on.namespace)))
        env = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        ended = await run(kubeconfig, change.id, name, "--yes", env=env)
        assert ended.code == 1
        assert f"{name}: you may not do that: it needs the right to {right}\n" in ended.err
        assert on.gate.writes == []
        assert not list(tmp_path.rglob("actions.jsonl"))


async def with_rights(
    api: Api, on: Any, folder: Path, rules: list[Obj], check: Callable[[Fixer], Any], question: AccessQuestion
) -> None:
    """Check something as somebody with these rights in the Stack's namespace, who may read all of the scene."""
    every = [*rules_of(VIEWER), *rules]
    async with (
        granted(api, on.there.all_namespaces, every) as token,
        fixer(api, folder, on.gate.url, token) as who,
    ):
        await eventually(lambda: allowed(who, question))
        await check(who)


DONE = [
    (RECONCILE, FAILED, "shop-capped", 1),
    (UNWEDGE, WEDGED, "mid-deleted", 2),
    (RELEASE, UNDESTROYED, "stuck-destroy", 1),
    (RESTART_WORKSPACE, INITIALISED, "shop", 1),
]


@pytest.mark.parametrize(("change", "scene", "name", "requests"), DONE, ids=[each[0].id for each in DONE])
async def test_the_rights_that_the_documents_name_are_enough(
    api: Api, tmp_path: Path, change: ChangeKind[DiagnosedStack, FixRequest], scene: Scene, name: str, requests: int
) -> None:
    async with sent(api, tmp_path, scene, name) as on:

        async def check(who: Fixer) -> None:
            on.who = who
            task = within(await on.look(change), 2.0 if change is RESTART_WORKSPACE else 30.0)
            plan = plan_now(task)
            assert [right.allowed for right in plan.rights] == [True] * len(plan.rights)
            node = asyncio.create_task(end_pod(api, POD.format(on.namespace, "shop-workspace-0")))
            _, result = await on.carried_out(task)
            node.cancel()
            if change is RESTART_WORKSPACE:  # nobody makes a new pod
                assert (result.fault, result.written) == (ChangeFault.NOT_YET, True), result.text
                assert await is_gone(api, POD.format(on.namespace, "shop-workspace-0"))
            else:
                assert result.fault is ChangeFault.NONE, result.text
            assert len(on.gate.writes) == requests

        await with_rights(api, on, tmp_path, rules_of(FIXER), check, AccessQuestion("delete", "", "pods", on.namespace))


async def test_who_may_not_write_a_status_may_ask_for_a_run_and_free_nothing(api: Api, tmp_path: Path) -> None:
    rules = [each for each in rules_of(FIXER) if each["resources"] != ["stacks/status"]]
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:

        async def check(who: Fixer) -> None:
            on.who = who
            found = (await on.look(UNWEDGE)).plan()
            assert isinstance(found, PlanBlocked) and found.unseen
            assert found.text.endswith("you may not do that: it needs the right to patch stacks/status.pulumi.com")
            assert isinstance((await on.look(RECONCILE)).plan(), Plan)

        question = AccessQuestion("patch", "pulumi.com", "stacks", on.namespace)
        await with_rights(api, on, tmp_path, rules, check, question)
        assert on.gate.writes == []


@pytest.mark.parametrize("taken", ["stacks/status", "stacks"])
async def test_a_right_that_is_taken_away_meanwhile_is_the_servers_to_refuse(
    api: Api, tmp_path: Path, taken: str
) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        resource, _, sub = taken.partition("/")
        question = AccessQuestion("patch", "pulumi.com", resource, on.namespace, sub)

        async def check(who: Fixer) -> None:
            on.who = who
            task = await on.look(UNWEDGE)
            plan = plan_now(task)
            if taken == "stacks":  # between the first request and the second one

                async def before_the_second(said: str) -> None:
                    if said == f"PATCH {on.path}":
                        await take_away_and_wait()

                on.gate.before = before_the_second
            else:
                await take_away_and_wait()
            _, result = await carried_out(task, plan)
            assert "cannot patch resource" in result.text
            if taken == "stacks":
                assert result.fault is ChangeFault.UNPROVEN
                assert result.text.startswith("1 of 2 requests were written, and then ")
            else:
                assert (result.fault, result.written) == (ChangeFault.REFUSED, False)
                assert result.text.endswith("; nothing was written")
            assert on.gate.writes == [f"PATCH {on.path}/status", f"PATCH {on.path}"][: 2 if taken == "stacks" else 1]

        async def take_away_and_wait() -> None:
            await take_away(api, taken)

            async def is_away() -> bool:
                return not await allowed(on.who, question)

            await eventually(is_away)

        await with_rights(api, on, tmp_path, rules_of(FIXER), check, question)
