"""Commands in a workspace pod, as a shell or an exec names them."""

from __future__ import annotations

import pytest

from actions.stacks.cancel_command import cancel_command
from demo.operator.known_stack import GOOD, HANGS, PlannedRun
from demo.play import stories
from demo.play.simulation import Simulation
from demo.server.served_commands import CommandResult
from support.plays import NOW

LEDGER = "organization/payments/ledger"
CANCELED = CommandResult(0, "The currently running update for 'ledger' has been canceled!\n", "")


@pytest.fixture
def play() -> Simulation:
    return Simulation([stories.eu_ledger], now=NOW)


def run(play: Simulation, *command: str, pod: str = "ledger-workspace-0", container: str = "pulumi") -> object:
    return play.operators["eu-prod"].commands.run("payments", pod, container, list(command))


@pytest.mark.parametrize(
    "command",
    [
        ("pulumi", "cancel", "--yes", "--stack", LEDGER),
        ("/pulumi/bin/pulumi", "cancel", "-y", f"--stack={LEDGER}"),
        ("pulumi", "cancel", "--yes", "-s", "ledger"),
        ("pulumi", "cancel", "--yes", "ledger"),
        ("pulumi", "cancel", "--yes"),
        ("env", "PULUMI_COLOR=never", "pulumi", "cancel", "--yes", "--stack", LEDGER),
        ("sh", "-c", f"pulumi cancel --yes --stack '{LEDGER}'"),
        (
            "sh", "-c",
            f"set -a; [ -f /share/.env ] && . /share/.env\nset +a\nexec pulumi cancel --yes --stack {LEDGER} 2>&1",
        ),
        ("/bin/sh", "-c", 'set -a; . "$PULUMI_ENV"; exec pulumi cancel --yes --stack "$1"', "sh", LEDGER),
        ("sh", "-e", "-c", 'if true; then pulumi cancel --yes --stack "${1}"; fi', "sh", LEDGER),
        cancel_command(LEDGER),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_lock_is_cancelled_however_that_is_written(play: Simulation, command: tuple[str, ...]) -> None:
    assert play.backend.locked(LEDGER)
    assert run(play, *command) == CANCELED
    assert play.backend.locked(LEDGER) == ""


def test_where_nothing_is_locked_it_is_cancelled_all_the_same(play: Simulation) -> None:
    for _ in range(2):
        assert run(play, "pulumi", "cancel", "--yes", "--stack", LEDGER) == CANCELED


@pytest.mark.parametrize("name", ["nobody", "acme/payments/ledger-eu", "organization/shop/ledger"])
def test_a_stack_that_is_not_there_cant_be_cancelled(play: Simulation, name: str) -> None:
    told = CommandResult(1, "", f"error: no stack named '{name}' found\n")
    assert run(play, "pulumi", "cancel", "--yes", "--stack", name) == told
    assert play.backend.locked(LEDGER)


def test_what_else_is_run_is_not_known(play: Simulation) -> None:
    assert run(play, "pulumi", "stack", "ls") is None
    assert run(play, "sh", "-c", "echo pulumi cancel") is None
    assert run(play, "sh", "-c", "") is None
    assert run(play, "sh", "-c", "echo 'never closed") is None
    assert run(play, "sh", "-c") is None
    assert run(play) is None


def test_nothing_runs_where_there_is_no_such_container(play: Simulation) -> None:
    command = ("pulumi", "cancel", "--yes", "--stack", LEDGER)
    assert run(play, *command, pod="nobody-workspace-0") is None
    assert run(play, *command, container="fetch") is None
    assert play.backend.locked(LEDGER)


@pytest.mark.parametrize(
    ("planned", "names"),
    [
        (None, ["tini", "agent"]),
        (HANGS, ["tini", "agent"]),
        (GOOD, ["tini", "agent", "pulumi", "pulumi-language"]),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", "cat /proc/[0-9]*/comm"),
        ("sh", "-c", 'for name in /proc/[0-9]*/comm; do cat "$name"; done'),
        ("sh", "-c", "cat /proc/*/comm 2>/dev/null || true"),
    ],
    ids=" ".join,
)
def test_processes_are_listed_by_the_names_that_the_kernel_keeps(
    play: Simulation, command: tuple[str, ...], planned: PlannedRun | None, names: list[str]
) -> None:
    play.operators["eu-prod"].known_stacks["payments", "ledger"].run = planned
    assert run(play, *command) == CommandResult(0, "".join(f"{name}\n" for name in names), "")
