"""``health diff`` shows how the checks in force differ from ours, or from a file, and exits with 3 where they do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from support.argocds import OURS, STACK, THEIRS, config_map, put_argo_cd
from support.program import dead, run, write
from support.terminal import terminal


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("hub"))


@pytest.mark.parametrize("script", [OURS, OURS.replace("\n", "\r\n"), f"{OURS}\n\n"], ids=["same", "CRLF", "blanks"])
async def test_there_is_no_difference_to_ours(server: ApiServer, kubeconfig: Path, script: str) -> None:
    put_argo_cd(server, config_map({STACK: script}))
    ended = await run(kubeconfig, "health", "diff")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("verb", ["diff", "preview", "status"])
async def test_a_namespace_without_an_argo_cd_is_wrong_usage(server: ApiServer, kubeconfig: Path, verb: str) -> None:
    put_argo_cd(server, config_map())
    ended = await run(kubeconfig, "health", verb, "--instance", "nope")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: there is no Argo CD in namespace nope of hub;")


async def test_nothing_is_said_of_a_namespace_in_a_cluster_that_cant_be_asked(tmp_path: Path) -> None:
    ended = await run(write(tmp_path / "dead", dead()), "health", "diff", "--instance", "nope")
    assert ended.code == 1
    assert "there is no Argo CD" not in ended.err


async def test_a_changed_line_is_shown_as_diff_does(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS.replace("FAILURE_LIMIT = 3", "FAILURE_LIMIT = 9")}))
    ended = await run(kubeconfig, "health", "diff")
    assert ended.code == 3
    assert ended.lines[0] == f"--- hub/argocd {STACK} (changed)"
    assert ended.lines[1] == "+++ ours, version 1"
    changed = [line for line in ended.lines[2:] if line[0] in "+-"]
    assert [line[:24] for line in changed] == ["-local FAILURE_LIMIT = 9", "+local FAILURE_LIMIT = 3"]


async def test_where_nothing_is_installed_all_of_ours_is_new(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map())
    ended = await run(kubeconfig, "health", "diff")
    assert ended.code == 3
    assert ended.lines[0] == f"--- hub/argocd {STACK} (not installed)"
    assert all(line.startswith("+") for line in ended.lines[3:])


async def test_a_file_takes_the_place_of_ours(server: ApiServer, kubeconfig: Path, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: THEIRS}))
    file = tmp_path / "mine.lua"
    file.write_text(THEIRS)
    assert (await run(kubeconfig, "health", "diff", "--file", str(file))).code == 0
    file.write_text('return {status = "Degraded"}\n')
    ended = await run(kubeconfig, "health", "diff", "Stack", "--file", str(file))
    assert ended.code == 3
    assert ended.lines[1:3] == [f"+++ {file}", "@@ -1 +1 @@"]


@pytest.mark.parametrize(
    ("content", "kinds", "says"),
    [
        (None, (), "No such file"),
        (b"return return", (), "is no Lua script"),
        (b"\xff\xfe", (), "save the file as UTF-8"),
        (b"return {}", ("Stack", "Program"), "name that kind"),
    ],
)
async def test_a_file_that_cant_be_used_is_wrong_usage(
    kubeconfig: Path, tmp_path: Path, content: bytes | None, kinds: tuple[str, ...], says: str
) -> None:
    file = tmp_path / "x.lua"
    if content is not None:
        file.write_bytes(content)
    ended = await run(kubeconfig, "health", "diff", *kinds, "--file", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


async def test_all_kinds_and_only_the_argo_cd_that_is_meant(server: ApiServer, kubeconfig: Path) -> None:
    for name in ("one", "two"):
        put_argo_cd(server, config_map({STACK: OURS}, namespace=name))
    ended = await run(kubeconfig, "health", "diff", "--all-kinds", "--instance", "two")
    headings = [line for line in ended.lines if line.startswith("--- ")]
    assert len(headings) == 3
    assert all(" hub/two " in line for line in headings)


async def test_a_script_with_escape_sequences_moves_no_cursor(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: 'return {message = "\x1b[2J\u202e"}\x0b\n'}))
    ended = await run(kubeconfig, "health", "diff")
    assert ended.code == 3
    assert not set("\x1b\u202e\x0b") & set(ended.out)


async def test_a_megabyte_of_somebody_elses_can_be_compared(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: "-- a line of many\n" * 50_000}))
    assert (await run(kubeconfig, "health", "diff")).code == 3


async def test_what_may_not_be_read_cant_be_compared(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}, namespace="hidden"))
    server.access.grant("t", "dev", AccessRule(("get", "list"), ("deployments", "statefulsets")))
    ended = await run(write(tmp_path / "config", server.kubeconfig("hub", token="t")), "health", "diff")
    assert ended.code == 1
    assert "error: hub/hidden: argocd-cm may not be read" in ended.err


async def test_a_dead_context_is_an_error_beside_the_differences(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    kubeconfig = write(tmp_path / "config", server.kubeconfig("hub"), dead())
    ended = await run(kubeconfig, "health", "diff", "--all-contexts")
    assert ended.code == 1
    assert "hub/argocd" in ended.out
    assert "error: dead: " in ended.err


async def test_colour_is_for_terminals_only(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: THEIRS}))
    async with terminal(kubeconfig, "health", "diff") as shown:
        assert await shown.ended() == 3
        assert b"\x1b[31m-return" in shown.raw
    async with terminal(kubeconfig, "health", "diff", env={"NO_COLOR": "1"}) as shown:
        assert await shown.ended() == 3
        assert b"\x1b[31m" not in shown.raw


async def test_a_comment_that_is_taken_out_has_the_colour_of_what_is_taken_out(
    server: ApiServer, kubeconfig: Path
) -> None:
    put_argo_cd(server, config_map({STACK: f"-- theirs\n{THEIRS}-- the end\n"}))
    async with terminal(kubeconfig, "health", "diff") as shown:
        assert await shown.ended() == 3
        assert b"\x1b[31m--- theirs" in shown.raw
        assert b"\x1b[31m--- the end" in shown.raw
        assert b"\x1b[1m--- hub/argocd" in shown.raw
        assert b"\x1b[1m+++ ours" in shown.raw
        assert shown.raw.count(b"\x1b[1m") == 2


async def test_the_help_says_what_the_exit_codes_mean(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "diff", "--help")
    assert "0 no difference; 3 differences" in " ".join(ended.out.split())
