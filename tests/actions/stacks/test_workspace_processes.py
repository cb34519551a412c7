"""The list of a pod's processes: when it counts as whole, and what is said where it doesn't."""

from __future__ import annotations

from typing import Any

import pytest

from actions.plan import PlanBlocked
from actions.stacks import workspace_processes
from actions.stacks.cancel import CANCEL
from actions.stacks.workspace_processes import WorkspaceProcesses, list_processes
from cluster.container_exec.exec_stream import ExecResult
from cluster.http.connection import Connection
from support.fixing import planned, target_of
from support.scenes import scenes

LOCKED, NAME = scenes()["13c-destroy-failed-once"], "stuck-destroy"


async def listed(monkeypatch: pytest.MonkeyPatch, connection: Connection, result: ExecResult) -> WorkspaceProcesses:
    """What is known once the command that lists them has ended like this."""

    async def run(*words: Any, **options: Any) -> ExecResult:
        return result

    monkeypatch.setattr(workspace_processes, "run_in_container", run)
    found = await list_processes(connection, target_of(LOCKED, NAME).facts, lambda: 0.0)
    assert found is not None
    return found


@pytest.mark.parametrize("said", ["", "cat: /proc/71/comm: No such file or directory\n"])
async def test_a_list_from_which_a_process_vanished_meanwhile_is_whole(
    monkeypatch: pytest.MonkeyPatch, connection: Connection, said: str
) -> None:
    found = await listed(monkeypatch, connection, ExecResult(0, "tini\nagent\n:end\n", said))
    assert (found.names, found.none_of_pulumi) == (("tini", "agent"), True)


@pytest.mark.parametrize(
    "result",
    [
        ExecResult(None, "tini\nagent\n", ""),
        ExecResult(137, "tini\nagent\n", ""),
        ExecResult(2, "tini\n", ""),
        ExecResult(0, "tini\nagent\n", "", cut=True),
        ExecResult(0, "tini\nage", ""),
        ExecResult(0, "", ""),
        ExecResult(0, ":end\n", ""),
        ExecResult(None, "", ""),
    ],
)
async def test_a_list_that_may_not_be_whole_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, connection: Connection, result: ExecResult
) -> None:
    found = await listed(monkeypatch, connection, result)
    assert found.names is None and not found.none_of_pulumi
    assert found.unread == ("the list isn't whole" if "tini" in result.stdout else "they couldn't be listed")
    plan = planned(CANCEL, target_of(LOCKED, NAME, processes=found), holder="ci@runner-7")
    assert isinstance(plan, PlanBlocked)
    assert f"isn't known: {found.unread}" in plan.text
