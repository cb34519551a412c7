"""What a log screen keeps, chooses, finds and dates; without a screen."""

from __future__ import annotations

import time

import pytest

from cluster.container_logs.log_stream import LogEnded, LogGap, LogResumed, LogWaiting
from fleet.board.rows import Key
from fleet.logs.log_events import LinesWritten, LogNotice, LogsLimited, NoLog
from fleet.logs.log_sources import LogSource, workspace_source
from support.waiting import LIMIT
from tui.logs.line_prefixes import LinePrefixes, sent, stamp, typed
from tui.logs.line_wrap import LONGEST, LineWrap
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_line import LogLine
from tui.logs.log_view import LineSelection, LogView, chosen
from tui.logs.search import Search, UnsearchableError
from tui.logs.whole_line import whole_lines

KEY = Key("hub", "shop", "web")
AGENT = workspace_source(KEY, "web-workspace-0", "pulumi", "uid-1")
NOW = 1_790_000_000.0


def written(*lines: str, source: LogSource = AGENT, hour: int = 10) -> LinesWritten:
    block = "".join(f"2026-11-25T{hour}:{n // 60:02}:{n % 60:02}.000000000Z {line}\n" for n, line in enumerate(lines))
    return LinesWritten(source, block.encode())


def said(message: str, level: str = "INFO", logger: str = "pulumi", fields: str = "") -> str:
    return f"2026-11-25T10:00:00.000Z\t{level}\t{logger}\t{message}" + (f"\t{fields}" if fields else "")


def texts(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines]


def flood(buffer: LogBuffer, count: int, text: str = "x" * 100) -> None:
    for start in range(0, count, 50):
        buffer.add_event(written(*(said(f"{text} {n}") for n in range(start, min(start + 50, count)))))


# Bounds


def test_memory_stays_below_the_bound_whatever_comes() -> None:
    buffer = LogBuffer(bound=1 << 20)
    flood(buffer, 20_000)
    assert buffer.size <= 1 << 20
    buffer.add_event(written(said("y" * 700_000)))
    buffer.add_event(written(said("z" * 700_000)))
    assert buffer.size <= 1 << 20


def test_what_was_let_go_is_said_in_its_place_with_number_and_time() -> None:
    buffer = LogBuffer(bound=1 << 20)
    flood(buffer, 20_000)
    first = buffer.lines[0]
    assert first.kind == "note"
    assert f"{buffer.dropped:,} older lines were let go" in first.text
    assert "log-memory" in first.text and "2026-11-25T10:00" in first.text
    assert (
        buffer.dropped + len([line for line in buffer.lines if line.kind != "note"]) == 20_001
    )  # the head of the run too


def test_numbers_stay_in_step_with_places() -> None:
    buffer = LogBuffer(bound=1 << 20)
    flood(buffer, 20_000)
    assert [line.number for line in buffer.lines] == list(range(buffer.first, buffer.first + len(buffer.lines)))


def test_a_view_follows_what_is_added_and_let_go() -> None:
    buffer = LogBuffer(bound=1 << 20)
    view = LogView(buffer)
    for _ in range(40):
        flood(buffer, 500)
        view.update()
        assert view.lines == chosen(buffer.lines, LineSelection())
    assert buffer.dropped


# Choosing


def test_a_view_can_begin_at_an_instant() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(*(said(f"line {n}") for n in range(120))))
    view = LogView(buffer)
    view.choose(LineSelection(since="2026-11-25T10:01:30.000000000Z"))
    assert texts(view.lines)[0] == "line 90"


def test_a_narrowed_view_keeps_hits_and_what_happened_between_them() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(said("one bucket"), said("two")))
    buffer.add_event(LogNotice(AGENT, LogGap("the connection broke")))
    buffer.add_event(written(said("another Bucket")))
    lines = chosen(buffer.lines, LineSelection(only=Search.of("bucket")))
    assert [line.text for line in lines if line.kind != "note"] == ["one bucket", "another Bucket"]
    assert any("lines may be missing" in line.text for line in lines)


def test_chatter_is_folded_counted_and_unfolded() -> None:
    call = said("finished unary call with code OK", logger="cmd.serve.grpc", fields='{"grpc.method": "Install"}')
    buffer = LogBuffer()
    buffer.add_event(written(said("a"), call, call, said("b")))
    assert buffer.chatter == 2
    assert [line.text for line in chosen(buffer.lines, LineSelection()) if line.kind != "head"] == ["a", "b"]
    assert len(chosen(buffer.lines, LineSelection(chatter=True))) == len(chosen(buffer.lines, LineSelection())) + 2
    view = LogView(buffer)
    view.choose(LineSelection(only=Search.of("a")))
    assert view.folded == 2
    view.choose(LineSelection(only=Search.of("nobody says so")))
    assert view.folded == 0  # only what would be seen is counted
    view.choose(LineSelection(chatter=True))
    assert view.folded == 0


def test_lines_are_told_apart_by_line_ends_of_logs_alone() -> None:
    buffer = LogBuffer()
    buffer.add_event(written("one\x0btwo\u2028three", "50 %\r100 %"))
    shown = [line.text for line in buffer.lines if line.kind != "head"]
    assert shown == ["one two three", "100 %"]


# What is told


def test_a_lost_context_is_told_once_for_all_its_logs_and_so_is_its_return() -> None:
    others = [workspace_source(KEY, f"pod-{number}", "pulumi") for number in range(3)]
    buffer = LogBuffer()
    for about in ("hub", *others):
        buffer.add_event(LogNotice(about, LogWaiting("connection refused", lost=True)))
    assert buffer.lost.reasons == {"hub": "connection refused"}
    assert len(buffer.lines) == 1
    for about in ("hub", *others):
        buffer.add_event(LogNotice(about, LogResumed()))
    assert not buffer.lost
    assert [line.text for line in buffer.lines[1:]] == ["-- hub: connected again"]


def test_a_log_that_ends_while_its_context_is_lost_does_not_bring_it_back() -> None:
    buffer = LogBuffer()
    buffer.add_event(LogNotice(AGENT, LogWaiting("connection refused", lost=True)))
    buffer.add_event(LogNotice(AGENT, LogEnded("the pod is gone", gone=True)))
    assert not any("connected again" in line.text for line in buffer.lines)


def test_a_pod_that_ended_is_said_to_have_ended_and_its_lines_are_kept() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(said("Updating (dev)")))
    buffer.add_event(LogNotice(AGENT, LogEnded("the pod is gone", gone=True)))
    assert [line.text for line in buffer.lines][-2:] == [
        "Updating (dev)",
        "-- hub/shop/web pulumi: the log has ended: the pod is gone",
    ]
    assert buffer.lines[-1].section is buffer.sections[-1]


def test_a_gap_has_its_times_and_count() -> None:
    buffer = LogBuffer()
    buffer.add_event(LogNotice(AGENT, LogGap("rotated", "2026-11-25T10:00:00Z", "2026-11-25T10:05:00Z", 12)))
    assert "after 2026-11-25T10:00:00Z and before 2026-11-25T10:05:00Z (12: rotated)" in buffer.lines[0].text


def test_logs_that_have_to_wait_are_named_and_none_is_dropped_silently() -> None:
    waiting = [workspace_source(Key("hub", "shop", f"s{n}"), f"s{n}-workspace-0", "pulumi") for n in range(436)]
    buffer = LogBuffer()
    buffer.add_event(LogNotice("", LogsLimited(64, waiting)))
    assert "64 logs are open at once, 436 more wait" in buffer.lines[0].text
    assert "hub/shop/s0 pulumi" in buffer.lines[1].text
    assert "431 others" in buffer.lines[-1].text


def test_outputs_in_what_stands_in_a_logs_place_are_not_shown() -> None:
    buffer = LogBuffer()
    message = "up failed: x\nOutputs:\n    password: hunter2\nerror: quota exceeded\x1b[31m"
    buffer.add_event(LogNotice(KEY, NoLog("the pod is gone", message, "https://app.pulumi.com/acme/1")))
    assert "hunter2" not in "\n".join(texts(buffer.lines))
    assert [line.text for line in buffer.lines if line.kind == "error"] == ["error: quota exceeded"]
    assert texts(buffer.lines)[-1] == "https://app.pulumi.com/acme/1"


def test_only_the_pod_that_is_meant_is_written_down() -> None:
    buffer = LogBuffer(pod="web-workspace-0")
    buffer.add_event(written(said("ours")))
    buffer.add_event(written(said("not ours"), source=workspace_source(KEY, "other-0", "pulumi")))
    assert "not ours" not in texts(buffer.lines)


def test_the_whole_of_an_agents_line_has_its_fields() -> None:
    buffer = LogBuffer()
    buffer.add_event(
        written(said("Pulumi Kubernetes Agent", logger="cmd.serve", fields='{"version": "v2.9.0", "x": {"y": 1}}'))
    )
    line = buffer.lines[-1]
    assert line.text == "Pulumi Kubernetes Agent (version=v2.9.0)"
    whole = {part.label: part.text for part in whole_lines(line)}
    assert whole["version"] == "v2.9.0" and '"y": 1' in whole["x"]
    assert whole["from"] == "hub/shop/web pulumi, pod web-workspace-0"


# Searching


@pytest.mark.parametrize(
    ("typed_", "found"),
    [
        ("bucket", ["my Bucket", "bucket b[0]"]),
        ("Bucket", ["my Bucket"]),
        ("b[uo]", ["my Bucket", "bucket b[0]", "bold"]),
        (r"b\[0", ["bucket b[0]"]),
        (r"^\S+$", ["bold"]),
        ("nowhere", []),
    ],
)
def test_texts_and_patterns_are_found(typed_: str, found: list[str]) -> None:
    buffer = LogBuffer()
    source = workspace_source(KEY, "p", "fetch")
    buffer.add_event(written("my Bucket", "bucket b[0]", "bold", source=source))
    places, whole = Search.of(typed_).places(buffer.lines)
    assert [buffer.lines[place].text for place in places] == found
    assert whole


@pytest.mark.parametrize("bad", ["(a|b)*c|(", "[", "*", "a{2,1}"])
def test_what_is_no_pattern_is_refused_in_words(bad: str) -> None:
    with pytest.raises(UnsearchableError, match="no regular"):
        Search.of(bad)


@pytest.mark.parametrize(
    "hostile",
    [
        "(a+)+b", "(a*)*b", "a{0,200}a{0,200}a{0,200}b", "(a{0,9}){0,9}b", "(a{1,50}){1,50}b", "((a{0,9})x?){3}b",
        "((a+)a)+b", "(?:a+a)*b", "((a|aa)x?)*b", "(a?a?)*b", "a{,50}a{,50}a{,50}b", "a+?a+?a+?b", "a*+a*+a*+b",
        r"a\\+\\+\\+\\*b", "[*+]a*a*a*b", "(a|a)" * 30 + "b", "a?" * 30 + "b", "a{0,9}" * 9 + "b", "(?x)(a+) +b",
        "(?P<n>a+)+b", "(?=a+)+b", "(a+)(?#x)+b", "a{,}a{,}a{,}b", r"(a*)(a*)\1b", "a{" + "9" * 5000 + "}", "(?R)*a",
    ],
)  # fmt: skip
def test_what_could_take_for_ever_is_stopped_however_it_is_written(hostile: str) -> None:
    try:
        search = Search.of(hostile)
    except UnsearchableError:
        return
    began = time.process_time()
    for length in (30, 400, 3900, 100_000):
        search.test("a" * length)
        search.spans("a" * length)
    assert time.process_time() - began < LIMIT


@pytest.mark.parametrize(
    "good",
    [
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", "[0-9a-f]{40}", r"https?://\S+",
        "error|warning|failed", "(up|destroy) (succeeded|failed)", "^ [+-] .*bucket", r"[*+?{}]{2}", r"\(a\+\)\+",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "(?i)Error", "a{b}", "{}", r"(\.\d+)?$", "(?P<n>a)(?P=n)",
        "[]+*]x", "(abc)+", "(?:ab)+?",
    ],
)  # fmt: skip
def test_what_people_look_for_is_no_trouble(good: str) -> None:
    search = Search.of(good)
    search.test("a" * 3900)
    search.spans("a" * 3900)
    assert not search.timed_out


@pytest.mark.parametrize(
    "slow",
    [
        "a{0,200}a{0,200}b", "a*a*b", "a*a*a?a?b", "a?a?a?a?b", "a{0,10}a{0,10}b", "a{200}a{200}b", r"(a*)\1b",
        "(a|a)(a|a)(a|a)b", "a{1000}b", "(a|b|c|d|a)*b", "(?:aa)*(?:aaa)*b",
    ],
)  # fmt: skip
def test_no_line_however_long_holds_up_the_screen(slow: str) -> None:
    try:
        search = Search.of(slow)
    except UnsearchableError:
        return
    began = time.process_time()
    search.test("a" * 1_000_000)
    search.spans("a" * 1_000_000)
    assert time.process_time() - began < LIMIT


def test_a_pattern_gives_up_instead_of_hanging() -> None:
    buffer = LogBuffer()
    buffer.add_event(written(*(["a" * 3900] * 3000), source=workspace_source(KEY, "p", "fetch")))
    began = time.monotonic()
    _, whole = Search.of("a*a*[bc]").places(buffer.lines)
    assert not whole
    assert time.monotonic() - began < LIMIT


# Times


def test_times_as_sent_and_as_ages() -> None:
    time_ = sent(NOW - 65)
    assert stamp(time_, "sent", NOW) == f"{time_[:23]}Z"
    assert stamp(time_, "age", NOW).strip() == "65s"
    assert stamp(time_, "off", NOW) == ""
    assert len({len(stamp(sent(NOW - ago), "local", NOW)) for ago in (0, 90_000)}) == 1


@pytest.mark.parametrize(
    ("text", "ago"), [("-5m", 300), ("5m", 300), ("-1h30m", 5400), ("-90s", 90), (sent(NOW - 77), 77)]
)
def test_a_time_may_be_typed_as_an_age_or_as_sent(text: str, ago: float) -> None:
    assert typed(text, NOW) == pytest.approx(NOW - ago)


def test_a_time_of_day_is_the_last_one_that_was() -> None:
    for text in ("00:00Z", "23:59:59Z", "12:00", "06:30"):
        assert 0 <= NOW - typed(text, NOW) < 86_400


@pytest.mark.parametrize("text", ["", "soon", "25:00", "12:61", "5", "-"])
def test_what_is_no_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time"):
        typed(text, NOW)


# Breaking lines


def test_rows_and_lines_find_each_other() -> None:
    lines = [LogLine(n, "x" * length) for n, length in enumerate([0, 10, 11, 25])]
    flow = LineWrap(lines, lambda line: 10)
    assert flow.height == 1 + 1 + 2 + 3
    assert [flow.at(row) for row in range(7)] == [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
    assert "".join(flow.part(lines[3], part) for part in range(3)) == "x" * 25
    lines.append(LogLine(4, "日本語" * 4))
    assert flow.height == 7 + 3


def test_a_line_of_a_megabyte_takes_bounded_rows_and_says_so() -> None:
    line = LogLine(0, "m" * 1_000_000)
    flow = LineWrap([line], lambda line: 80)
    assert flow.height <= LONGEST // 80 + 3
    assert "more characters" in flow.part(line, flow.height - 1) + flow.part(line, flow.height - 2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one two three four", ["one two", "three four"]),
        ("no such file or directory", ["no such", "file or", "directory"]),
        ("onetwothreefour five", ["onetwothre", "efour five"]),
        ("exactly te n", ["exactly te", "n"]),
        ("日本語 日本語 日本語", ["日本語", "日本語", "日本語"]),
        ("日本語日本語日本語", ["日本語日本", "語日本語"]),
    ],
)
def test_lines_are_broken_between_words_and_long_words_where_they_must(text: str, rows: list[str]) -> None:
    flow = LineWrap([LogLine(0, text)], lambda line: 10)
    assert [flow.part(LogLine(0, text), part) for part in range(flow.height)] == rows


def test_times_have_no_date_and_names_only_their_end_where_there_is_little_room() -> None:
    name = "[us-prod/data/orders-database]"
    line = LogLine(0, "text", time=sent(NOW), source=AGENT)
    wide, narrow = LinePrefixes({AGENT: name}, "sent", 160), LinePrefixes({AGENT: name}, "sent", 80)
    assert wide.of(line, NOW) == (f"{sent(NOW)[:23]}Z ", f"{name} ")
    assert narrow.of(line, NOW) == (f"{sent(NOW)[11:23]}Z ", "[…od/data/orders-database] ")
    assert narrow.width(line, NOW) == len("".join(narrow.of(line, NOW)))
    assert LinePrefixes({AGENT: "[web]"}, "sent", 80).of(line, NOW)[0] == f"{sent(NOW)[:23]}Z "
