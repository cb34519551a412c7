"""From a row to the line that explains it: logs on the screen, cut into runs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cluster.container_logs.log_stream import LogGap
from cluster.kubeconfig import load
from demo import serve, write_kubeconfig
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.logs.log_events import LinesWritten, LogNotice, NoLog
from fleet.logs.log_sources import LogSource, workspace_source
from support.waiting import eventually
from tui.app import PkoArgo
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_line import head_text
from tui.logs.log_lines_widget import LogLines
from tui.logs.log_page import LogPage
from tui.logs.log_view import LineSelection, chosen

KEY = Key("hub", "shop", "web")
AGENT = workspace_source(KEY, "web-workspace-0", "pulumi")


def written(*lines: str, source: LogSource = AGENT) -> LinesWritten:
    block = "".join(f"2026-11-25T10:00:{number:02}.000000000Z {line}\n" for number, line in enumerate(lines))
    return LinesWritten(source, block.encode())


def agent(logger: str, message: str, level: str = "INFO", fields: str = "") -> str:
    tail = f"\t{fields}" if fields else ""
    return f"2026-11-25T10:00:00.000Z\t{level}\t{logger}\t{message}{tail}"


TWO_RUNS = (
    agent("cmd.serve", "Pulumi Kubernetes Agent", fields='{"version": "v2.9.0"}'),
    agent("server", "selected a stack", fields='{"name": "dev"}'),
    agent("pulumi", "Updating (dev)"),
    agent("pulumi", "error: no such bucket", "WARN"),
    agent("server", "up completed with an error", "ERROR", '{"error": "exit status 1"}'),
    agent("server", "selected a stack", fields='{"name": "dev"}'),
    agent("pulumi", "Updating (dev)"),
    agent("pulumi", " + aws:s3/bucket:Bucket: (create)"),
    agent("server", "up completed", fields='{"result": "succeeded"}'),
)


def test_a_log_is_cut_into_runs_and_each_has_a_head() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(*TWO_RUNS))
    assert [section.result for section in buffer.sections] == ["failed", "succeeded"]
    heads = [head_text(line) for line in buffer.lines if line.kind == "head"]
    assert heads[1].startswith("== run 1: up dev failed (")
    last = chosen(buffer.lines, LineSelection(buffer.sections[-1]))
    assert any("aws:s3/bucket" in line.text for line in last)
    assert not any("no such bucket" in line.text for line in last)


def test_errors_are_marked_and_hostile_lines_are_harmless() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(agent("pulumi", "error: \x1b]52;c;aGk=\x07[/x] boom"), "no zap line \x1b[31m"))
    assert [line.text for line in buffer.lines if line.kind == "error"] == ["error: [/x] boom"]
    assert all("\x1b" not in line.text for line in buffer.lines)


def test_gaps_and_what_stands_in_a_logs_place_are_said() -> None:
    buffer = LogBuffer()
    buffer.add_event(LogNotice(AGENT, LogGap("the connection broke", "10:00", "10:05", None)))
    buffer.add_event(LogNotice(KEY, NoLog("the pod is gone", "error: no", "https://app.pulumi.com/acme")))
    texts = [line.text for line in buffer.lines]
    assert "lines may be missing" in texts[0]
    assert texts[-2:] == ["error: no", "https://app.pulumi.com/acme"]


def test_the_oldest_lines_are_given_up_beyond_a_bound() -> None:
    buffer = LogBuffer(bound=100_000)
    for _ in range(20):
        buffer.add_event(written(*(agent("pulumi", "x" * 200) for _ in range(60))))
    assert buffer.dropped
    assert sum(len(line.text) for line in buffer.lines) <= 100_000


async def test_from_the_board_to_the_failing_line_in_three_keys() -> None:
    with TemporaryDirectory() as folder:
        async with serve(moving=False) as play:
            path = Path(folder) / "config"
            write_kubeconfig(path, play.kubeconfig())
            kubeconfig = load(str(path), {})
            app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts))
            async with app.run_test(size=(120, 40), notifications=True) as pilot:
                rows = app.fleet.board.stacks
                await eventually(lambda: len(rows) > 20)
                key = next(key for key in rows if key.name == "features")
                app.push_screen(LogPage(app.fleet, [key]))
                await eventually(lambda: isinstance(app.screen, LogPage))
                page = app.screen
                assert isinstance(page, LogPage)
                await eventually(lambda: any(line.kind == "error" for line in page.buffer.lines))
                await pilot.press("0", "e", "t")
                shown = page.query_one(LogLines)
                await eventually(
                    lambda: any(
                        "error: failed to download" in shown.render_line(y).text for y in range(shown.size.height)
                    )
                )
                await pilot.press("escape")
                await eventually(lambda: not isinstance(app.screen, LogPage))


@pytest.mark.parametrize(
    "keys", [["slash", "x", "enter", "n", "N", "h"], ["a"], ["p"], ["s"], ["f"], ["left_square_bracket"]]
)
async def test_every_key_works_on_an_empty_log(keys: list[str]) -> None:
    with TemporaryDirectory() as folder:
        async with serve(moving=False) as play:
            path = Path(folder) / "config"
            write_kubeconfig(path, play.kubeconfig())
            kubeconfig = load(str(path), {})
            app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts[:1]))
            async with app.run_test(size=(80, 24), notifications=True) as pilot:
                await eventually(lambda: app.fleet.board.stacks)
                await app.push_screen(LogPage(app.fleet, [next(iter(app.fleet.board.stacks))]))
                await pilot.press(*keys)
                await pilot.press("escape")
