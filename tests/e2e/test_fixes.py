"""Fixes on a real kube-apiserver: its words of refusal, its rights, and commands beside a kubelet's code."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from actions.plan import PlanBlocked
from actions.stacks.cancel import CANCEL
from actions.workflow import ChangeFault
from cluster.access import AccessQuestion
from contract.api import Api
from contract.api import kubeconfig as kubeconfig
from contract.kubelets import Stub
from contract.test_application_fixes import *  # noqa: F403
from contract.test_fix_commands import *  # noqa: F403
from contract.test_fix_commands import HOLDER, Pod, locked
from contract.test_fix_faults import *  # noqa: F403
from contract.test_fix_rights import *  # noqa: F403
from contract.test_fix_rights import allowed
from contract.test_fixes import *  # noqa: F403
from e2e.control_plane import ADMIN, ControlPlane
from e2e.kwok import Kwok
from stacks.records.base import REQUEST
from support.fixing import carried_out
from support.gateway import gateway
from support.granted import FIXER, RBAC, VIEWER, granted, rules_of
from support.objects import stack_object
from support.program import running
from support.sent_fixes import fixer, plan_now
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]
MAY, MAY_NOT = 260, 40
CLUSTER_ROLES = f"{RBAC}/clusterroles"
BINDINGS = f"{RBAC}/clusterrolebindings"


async def make_stacks(api: Api, namespace: str, count: int) -> None:
    """Stacks that are fine, with a label of the test's own."""
    slots = asyncio.Semaphore(16)

    async def make(number: int) -> None:
        obj = stack_object(f"shop-{number:03}", namespace)
        path = f"/apis/pulumi.com/v1/namespaces/{namespace}/stacks"
        metadata = {"name": obj["metadata"]["name"], "labels": {"group": api.namespace}}
        async with slots:
            made = await api.make(path, {**obj, "metadata": metadata})
            code, answer = await api.put(f"{path}/{metadata['name']}/status", {**made, "status": obj["status"]})
            assert code == 200, answer

    await asyncio.gather(*(make(number) for number in range(count)))


def peak(pid: int) -> int:
    """The most memory that a process has had so far, in MiB."""
    with suppress(OSError):  # it may have ended
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) >> 10
    return 0


async def test_of_300_stacks_those_that_may_not_be_patched_are_named_and_the_others_sent_once(
    api: Api, kubeconfig: Path, tmp_path: Path
) -> None:
    foreign = f"{api.namespace}-foreign"
    await api.make("/api/v1/namespaces", {"metadata": {"name": foreign}})
    await make_stacks(api, api.namespace, MAY)
    await make_stacks(api, foreign, MAY_NOT)
    reads = f"{api.namespace}-reads"
    whom = {"kind": "ServiceAccount", "name": "somebody", "namespace": api.namespace}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": reads}
    await api.make(CLUSTER_ROLES, {"metadata": {"name": reads}, "rules": rules_of(VIEWER)})
    await api.make(BINDINGS, {"metadata": {"name": reads}, "roleRef": ref, "subjects": [whom]})
    async with gateway(api.session, api.url) as gate, granted(api, [api.namespace], rules_of(FIXER)) as token:
        config = json.loads(kubeconfig.read_text())
        config["clusters"][0]["cluster"] = {"server": gate.url}
        config["users"][0]["user"] = {"token": token}
        kubeconfig.write_text(json.dumps(config))
        questions = [
            AccessQuestion("list", "pulumi.com", "stacks", ""),
            AccessQuestion("patch", "pulumi.com", "stacks", api.namespace),
        ]
        async with fixer(api, tmp_path, token=token) as who:
            for question in questions:
                await eventually(partial(allowed, who, question))
        flags = ("-l", f"group={api.namespace}", "-A", "--yes", "--rate", "50", "--timeout", "0s")
        began, most = time.monotonic(), 0
        env = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        async with running(kubeconfig, "reconcile", *flags, env=env) as process:
            reading = asyncio.create_task(process.communicate())
            while not reading.done():
                most = max(most, peak(process.pid))
                await asyncio.wait([reading], timeout=0.1)
            out, err = (said.decode() for said in await reading)
        took = time.monotonic() - began
    paths = [f"/apis/pulumi.com/v1/namespaces/{api.namespace}/stacks/shop-{number:03}" for number in range(MAY)]
    assert sorted(gate.writes) == [f"PATCH {path}" for path in paths]
    refused = [line for line in err.splitlines() if "you may not do that" in line]
    assert [line.split(":")[1].strip() for line in refused] == [
        f"lab/{foreign}/shop-{number:03}" for number in range(MAY_NOT)
    ]
    assert len([line for line in err.splitlines() if "it was sent, and after 0s isn't proven" in line]) == MAY
    assert out == ""
    assert process.returncode == 1
    _, listed = await api.get(f"/apis/pulumi.com/v1/namespaces/{api.namespace}/stacks")
    assert len({each["metadata"]["annotations"][REQUEST] for each in listed["items"]}) == 1
    assert took < LIMIT
    assert most < 300
    made = [f"/apis/pulumi.com/v1/namespaces/{namespace}/stacks" for namespace in (api.namespace, foreign)]
    for path in (*made, f"{BINDINGS}/{reads}", f"{CLUSTER_ROLES}/{reads}"):
        assert (await api.delete(path))[0] == 200


@pytest.fixture
async def alone(other: ControlPlane, other_kwok: Kwok) -> Any:
    """A client of the control plane whose kubelet may be stopped, with a namespace of its own in it."""
    context = ssl.create_default_context(cafile=str(other.ca_file))
    api = Api(other.url, context, ADMIN, kubelet=Stub(other_kwok))
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), headers=headers) as api.session:
        api.namespace = f"contract-{secrets.token_hex(4)}"
        await api.make("/api/v1/namespaces", {"metadata": {"name": api.namespace}})
        yield api


async def test_a_pod_that_cannot_be_reached_is_not_taken_for_one_in_which_nothing_runs(
    alone: Api, other_kwok: Kwok, tmp_path: Path
) -> None:
    pod = Pod(Stub(other_kwok), tmp_path)
    pod.put_pulumi()
    pod.put_shell("tini", "agent")
    async with locked(alone, tmp_path) as on:
        task = await on.look(CANCEL, holder=HOLDER)
        plan = plan_now(task)
        other_kwok.stop()
        try:
            _, result = await carried_out(task, plan)
            assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
            assert isinstance(result.replanned, PlanBlocked)
            assert "whether Pulumi runs in stuck-destroy-workspace-0 isn't known: " in result.replanned.text
            again = (await on.look(CANCEL, holder=HOLDER)).plan()
            assert isinstance(again, PlanBlocked)
        finally:
            other_kwok.start()
    assert pod.runs == []


async def test_a_kubelet_that_ends_between_the_look_and_the_command_leaves_it_open_whether_that_ran(
    alone: Api, other_kwok: Kwok, tmp_path: Path
) -> None:
    pod = Pod(Stub(other_kwok), tmp_path)
    pod.put_pulumi("while kill -0 $PPID 2>/dev/null; do sleep 0.1; done")
    pod.put_shell("tini", "agent")
    async with locked(alone, tmp_path) as on:
        task = await on.look(CANCEL, holder=HOLDER)
        sending = asyncio.create_task(carried_out(task, plan_now(task)))
        try:
            await eventually(lambda: pod.runs)
            other_kwok.stop(at_once=True)
            async with asyncio.timeout(LIMIT):
                _, result = await sending
        finally:
            other_kwok.start()
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
    assert result.text.startswith("what came of it isn't known: ")
    assert len(pod.runs) == 1
