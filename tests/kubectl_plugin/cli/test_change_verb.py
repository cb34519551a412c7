"""What all verbs do that change something, with a change that none of them makes."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from actions.workflow import ChangeKind, ChangeRequest, Timing
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from kubectl_plugin.cli import change_verb
from kubectl_plugin.cli.chosen_contexts import ChosenContexts
from kubectl_plugin.cli.common_flags import add_change_flags, add_context_flags
from kubectl_plugin.cli.exit_codes import ExitCode
from support.made_up_change import TEAM, StackTarget, read_again
from support.made_up_change import annotate as annotate
from support.objects import stack_object
from support.program import write


async def find_stack(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> tuple[list[StackTarget], bool]:
    targets = [StackTarget(context, "prod", "shop", {}) for context in connections]
    return [await read_again(connections[target.context], target) for target in targets], False


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_context_flags(parser)
    add_change_flags(parser, diff="the Stack")
    return parser.parse_args(arguments)


async def test_a_change_that_no_verb_makes_is_shown_sent_and_proven(
    annotate: ChangeKind[StackTarget, ChangeRequest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(change_verb, "TIMING", Timing(proof_interval=0.05))
    verb = change_verb.ChangeVerb(annotate, ChangeRequest(("payments",)), find_stack)

    async def run(*arguments: str) -> tuple[ExitCode, str, str]:
        code = await asyncio.to_thread(change_verb.run, options("--kubeconfig", kubeconfig, *arguments), verb)
        return code, *capsys.readouterr()

    def team() -> str | None:
        found = server.store.get("Stack", "prod", "shop")
        assert found is not None
        return (found["metadata"].get("annotations") or {}).get(TEAM)

    async with ApiServer() as server:
        server.store.put(stack_object("shop"))
        kubeconfig = str(write(tmp_path / "kubeconfig", server.kubeconfig("lab")))
        code, out, err = await run("--dry-run", "client")
        assert (code, err, team()) == (ExitCode.FINE, "", None)
        assert "PATCH /apis/pulumi.com/v1/namespaces/prod/stacks/shop?fieldManager=pko-argo" in out
        assert "kubectl --context lab -n prod annotate stack shop example.com/team=payments" in out
        code, out, err = await run("--yes")
        assert (code, out) == (ExitCode.FINE, "lab/prod/shop: it is payments's; read back twice\n")
        assert "give lab/prod/shop to payments" in err
        assert team() == "payments"
        code, out, err = await run("--yes")
        assert (code, out) == (ExitCode.FINE, "lab/prod/shop is payments's already, and nothing to do\n")
