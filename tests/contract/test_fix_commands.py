"""`cancel` runs in the workspace pod over a real stream: what is run there, with which variables, and what isn't."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from actions.plan import PlanBlocked, PlanUnacknowledged
from actions.stacks.cancel import CANCEL
from actions.workflow import ChangeFault
from cluster.access import AccessQuestion, ask_access
from contract.api import Api
from contract.kubelets import Kubelet
from support.fixing import carried_out
from support.granted import FIXER, VIEWER, granted, rules_of
from support.scenes import scenes
from support.sent_fixes import Sent, fixer, plan_now, sent
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]
LOCKED = scenes()["13c-destroy-failed-once"]
NAME, STACK, HOLDER = "stuck-destroy", "organization/infra/del-stuck-destroy", "ci@runner-7"
ENV_FILE = """# written by the agent
export PULUMI_ACCESS_TOKEN=pul-0123456789abcdef0123456789abcdef01234567
QUOTED="a  b $(touch ran)"
SINGLE='it; touch ran'
BARE=$(touch ran)`touch ran`; touch ran
COMMENTED=left # of this
=nameless
2BAD=no
NOT A LINE
LAST=without an end"""


class Pod:
    """What runs in the workspace pod: a stand-in for pulumi, and what it was given."""

    def __init__(self, kubelet: Kubelet, folder: Path) -> None:
        self.kubelet, self.folder = kubelet, folder
        (folder / "bin").mkdir()
        self.given = folder / "given"
        (folder / "env").write_text(ENV_FILE)

    def put_pulumi(self, says: str = "echo The currently running update has been canceled!", code: int = 0) -> None:
        path = self.folder / "bin" / "pulumi"
        keep = f'{{ echo "$# $*"; env; }} >> {shlex.quote(str(self.given))}'
        path.write_text(f"#!/bin/sh\n{keep}\n{says}\nexit {code}\n")
        path.chmod(0o755)

    def put_shell(self, *processes: str) -> None:
        """The container's shell. Without names of processes it lists those that run on this machine."""
        listed = (
            f'case "$2" in "cat /proc"*) printf "%s\\n" {shlex.join((*processes, ":end"))}; exit;; esac'
            if processes
            else ""
        )
        variables = f"export PATH={self.folder / 'bin'}:$PATH PULUMI_ENV={self.folder / 'env'} OF_CONTAINER=yes"
        self.kubelet.put_program("sh", f'{listed}\n{variables}\ncd {self.folder}\nexec /bin/sh "$@"')

    @property
    def runs(self) -> list[str]:
        """The arguments of each run of pulumi, after their number."""
        lines = self.given.read_text().splitlines() if self.given.exists() else []
        return [line for line in lines if line[:1].isdigit() and " cancel " in line]

    @property
    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.given.read_text().splitlines() if "=" in line)


@pytest.fixture
def pod(api: Api, tmp_path: Path) -> Pod:
    if api.kubelet is None:
        pytest.skip("no kubelet runs beside this server")
    made = Pod(api.kubelet, tmp_path)
    made.put_pulumi()
    made.put_shell("tini", "agent")
    return made


@asynccontextmanager
async def locked(api: Api, tmp_path: Path) -> AsyncIterator[Sent]:
    """The Stack with the lock of somebody else, looked at without the gateway: that passes no streams on."""
    async with sent(api, tmp_path, LOCKED, NAME) as on, fixer(api, tmp_path / "state") as who:
        on.who = who
        await eventually(lambda: answers(on))
        yield on


async def answers(on: Sent) -> bool:
    """Whether the node has heard of the pod."""
    processes = (await on.look(CANCEL)).target.processes
    return processes.names is not None


def words_of(folder: Path) -> list[str]:
    """What the record says of each request."""
    files = list((folder / "state").rglob("actions.jsonl"))
    return [json.loads(line)["word"] for file in files for line in file.read_text().splitlines()]


async def test_cancel_runs_once_with_the_variables_of_the_agent(api: Api, pod: Pod, tmp_path: Path) -> None:
    async with locked(api, tmp_path) as on:
        found = (await on.look(CANCEL)).plan()
        assert isinstance(found, PlanUnacknowledged)
        assert found.word == HOLDER
        task = await on.look(CANCEL, holder=HOLDER)
        plan = plan_now(task)
        assert [right.allowed for right in plan.rights] == [True] * 3
        steps, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert result.text == "pulumi cancel ended well; reconcile is the next step"
    assert "it printed: The currently running update has been canceled!" in steps
    assert pod.runs == [f"4 cancel --yes --stack {STACK}"]
    given = pod.variables
    assert given["OF_CONTAINER"] == "yes"
    assert given["PULUMI_ACCESS_TOKEN"].startswith("pul-")
    assert (given["QUOTED"], given["SINGLE"]) == ("a  b $(touch ran)", "it; touch ran")
    assert given["BARE"] == "$(touch ran)`touch ran`; touch ran"
    assert (given["COMMENTED"], given["LAST"]) == ("left", "without an end")
    assert not {"2BAD", "NOT A LINE", ""} & set(given)
    assert not (tmp_path / "ran").exists()
    assert words_of(tmp_path) == ["sending", "done"]


async def test_what_cancel_prints_and_records_has_no_secret(api: Api, pod: Pod, tmp_path: Path) -> None:
    pod.put_pulumi('echo "error: token $PULUMI_ACCESS_TOKEN is refused"; printf "\\033[31mred"')
    async with locked(api, tmp_path) as on:
        task = await on.look(CANCEL, holder=HOLDER)
        steps, _ = await carried_out(task, plan_now(task))
    (printed,) = [step for step in steps if step.startswith("it printed")]
    assert "is refused" in printed
    (record,) = (tmp_path / "state").rglob("actions.jsonl")
    for said in (printed, record.read_text()):
        assert "pul-0123" not in said
        assert "\x1b" not in said


async def test_a_cancel_that_fails_is_told_with_what_it_printed_and_not_run_again(
    api: Api, pod: Pod, tmp_path: Path
) -> None:
    pod.put_pulumi("echo error: no stack named that >&2", 3)
    async with locked(api, tmp_path) as on:
        task = await on.look(CANCEL, holder=HOLDER)
        _, result = await carried_out(task, plan_now(task))
    if pod.kubelet.whole:
        assert result.fault is ChangeFault.FAILED
        assert result.text == "sh ended with exit code 3: error: no stack named that"
    else:
        assert result.fault is ChangeFault.UNKNOWN
        assert result.text.startswith("what came of it isn't known: Internal error occurred: ")
    assert len(pod.runs) == 1


async def test_while_a_process_of_pulumis_works_in_the_pod_nothing_is_cancelled(
    api: Api, pod: Pod, tmp_path: Path
) -> None:
    copied = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", copied)
    pod.put_shell()
    async with locked(api, tmp_path) as on:
        working = await asyncio.create_subprocess_exec(str(copied), f"{LIMIT:.0f}")
        try:
            found = (await on.look(CANCEL, holder=HOLDER)).plan()
        finally:
            working.kill()
            await working.wait()
    assert isinstance(found, PlanBlocked)
    assert "pulumi" in found.text and f"runs in {NAME}-workspace-0" in found.text
    assert pod.runs == []


async def test_a_process_that_began_after_the_question_keeps_it_from_being_sent(
    api: Api, pod: Pod, tmp_path: Path
) -> None:
    async with locked(api, tmp_path) as on:
        task = await on.look(CANCEL, holder=HOLDER)
        plan = plan_now(task)
        pod.put_shell("tini", "agent", "pulumi", "pulumi-language-")
        _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert result.text == "it was changed meanwhile, so nothing was written"
    assert isinstance(result.replanned, PlanBlocked)
    assert pod.runs == []
    assert words_of(tmp_path) == []


async def test_the_rights_that_the_documents_name_are_enough_for_cancel(api: Api, pod: Pod, tmp_path: Path) -> None:
    without = [each for each in rules_of(FIXER) if each["resources"] != ["pods/exec"]]
    async with locked(api, tmp_path) as on:
        for rules, enough in ((without, False), (rules_of(FIXER), True)):
            async with (
                granted(api, on.there.all_namespaces, [*rules_of(VIEWER), *rules]) as token,
                fixer(api, tmp_path / "state", token=token) as who,
            ):
                on.who = who
                await eventually(lambda: may(on, "delete", "pods"))
                task = await on.look(CANCEL, holder=HOLDER)
                if not enough:
                    found = task.plan()
                    assert isinstance(found, PlanBlocked) and found.unseen
                    assert found.text.endswith("it needs the right to create pods/exec and to get pods/exec")
                    continue
                _, result = await carried_out(task, plan_now(task))
                assert result.fault is ChangeFault.NONE, result.text
    assert len(pod.runs) == 1


async def may(on: Sent, verb: str, resource: str) -> bool:
    return (await ask_access(on.who.connection, AccessQuestion(verb, "", resource, on.namespace))).allowed is True
