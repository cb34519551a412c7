"""What may be done is asked of the server beforehand, and a server that doesn't tell is no refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.access import AccessQuestion, ask_access
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.program import write

QUESTION = AccessQuestion("patch", "pulumi.com", "stacks", "prod", "status", "shop")


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([AccessRule()], True),
        ([AccessRule(READ)], False),
    ],
)
async def test_the_answer_is_the_servers(tmp_path: Path, rules: list[AccessRule], allowed: bool) -> None:
    async with ApiServer() as server:
        server.access.grant("token-1", "somebody", *rules)
        path = write(tmp_path / "config", server.kubeconfig("lab", token="token-1"))
        connection = Connection(load(str(path), {}).target("lab"))
        try:
            answer = await ask_access(connection, QUESTION)
        finally:
            await connection.close()
    assert (answer.question, answer.allowed) == (QUESTION, allowed)


async def test_a_server_that_does_not_tell_is_no_refusal(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.faults.answer(500, "selfsubjectaccessreviews")
        path = write(tmp_path / "config", server.kubeconfig("lab"))
        connection = Connection(load(str(path), {}).target("lab"))
        try:
            answer = await ask_access(connection, QUESTION)
        finally:
            await connection.close()
    assert answer.allowed is None
    assert answer.why
