"""A workspace pod's lines are understood for what they are, and outputs stay behind the redactor."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.logs.agent_log import AgentLine, OutputRedactor, agent_line, is_chatter, short
from stacks.logs.runs import RunSplitter
from support.podlogs import Recorded, agent_logs

TIME = "2026-11-23T18:24:13.057Z"
SECRET = "pl4nted-s3cret"


def program(text: str, level: str = "INFO") -> str:
    return f"{TIME}\t{level}\tpulumi\t{text}"


def passed(*lines: str) -> list[str]:
    redactor = OutputRedactor()
    return [shown for line in lines if (shown := redactor.redact(line)) is not None]


LINES = [
    (program("Updating (shop):"), AgentLine(TIME, "INFO", "pulumi", "Updating (shop):")),
    (program(""), AgentLine(TIME, "INFO", "pulumi", "")),
    (program('a\tb\t{"c": 1}'), AgentLine(TIME, "INFO", "pulumi", 'a\tb\t{"c": 1}')),
    (
        f'{TIME}\tINFO\tserver\tselected a stack\t{{"name": "dev"}}',
        AgentLine(TIME, "INFO", "server", "selected a stack", '{"name": "dev"}'),
    ),
    (f"{TIME}\tERROR\tcmd.serve.grpc\t", AgentLine(TIME, "ERROR", "cmd.serve.grpc", "")),
    (
        "2026-08-22T10:00:01.101+0200\tWARN\tcmd.init\tunable to",
        AgentLine("2026-08-22T10:00:01.101+0200", "WARN", "cmd.init", "unable to"),
    ),
    ("The stack's service account needs permission", None),
    ("E1123 18:35:02.938549   23084 webhook.go:154] Failed", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "line"), LINES)
def test_a_line_is_taken_apart(text: str, line: AgentLine | None) -> None:
    assert agent_line(text) == line


def test_fields_that_are_no_json_are_none() -> None:
    line = agent_line(f"{TIME}\tINFO\tserver\tselected a stack\t{{not json}}")
    assert line is not None
    assert line.values == {}


SHORT = [
    (
        'INFO\tserver\tselected a stack\t{"name": "organization/infra/shop"}',
        "selected a stack: organization/infra/shop",
    ),
    ('INFO\tcmd.serve\tPulumi Kubernetes Agent\t{"version": "v2.9.0"}', "Pulumi Kubernetes Agent (version=v2.9.0)"),
    (
        'ERROR\tserver\tup completed with an error\t{"error": "failed to run update: exit status 1\\ncode: 1\\n'
        'stdout: Updating (dev):\\n\\nstderr: error: no such file\\n\\n"}',
        "up completed with an error: no such file",
    ),
    (
        'ERROR\tserver\tfailed to send an engine event\t{"sequence": 0, "error": "transport is closing"}',
        "failed to send an engine event: transport is closing",
    ),
]


@pytest.mark.parametrize(("text", "words"), SHORT)
def test_an_agents_line_is_told_in_short_with_its_error(text: str, words: str) -> None:
    line = agent_line(f"{TIME}\t{text}")
    assert line is not None
    assert short(line) == words


CHATTER = [
    ("[core][Server #1] Server created", True),
    ("finished unary call with code OK", True),
    ("finished streaming call with code Unknown", True),
    ("finished unary call with code NotFound", False),
    ("shutting down the server", False),
    ("", False),
]


@pytest.mark.parametrize(("message", "chatter"), CHATTER)
def test_what_only_says_that_they_talk_is_chatter(message: str, chatter: bool) -> None:
    assert is_chatter(AgentLine(TIME, "INFO", "cmd.serve.grpc", message)) is chatter
    assert not is_chatter(AgentLine(TIME, "INFO", "pulumi", message))


OUTPUTS = [
    [
        "Updating (shop):",
        "    --outputs:--",
        f'  + password: "{SECRET}"',
        "  + zones   : [",
        f'  +     [0]: "{SECRET}"',
        "    ]",
    ],
    ["Outputs:", f'    password: "{SECRET}"', f'  ~ url     : "a" => "{SECRET}"'],
]


@pytest.mark.parametrize("lines", OUTPUTS)
def test_outputs_are_left_out_until_the_next_section(lines: list[str]) -> None:
    shown = passed(*map(program, lines), program("Resources:"), program("    1 unchanged"))
    assert SECRET not in "".join(shown)
    assert shown[-3].endswith("utputs:-- (not shown)") or shown[-3].endswith("utputs: (not shown)")
    assert shown[-2:] == [program("Resources:"), program("    1 unchanged")]


def test_other_lines_in_between_dont_open_the_curtain() -> None:
    call = f'{TIME}\tINFO\tcmd.serve.grpc\t[core][Server #6] Server created\t{{"system": "grpc"}}'
    warning = program("warning: something", "WARN")
    head, secret = program("Outputs:"), program(f'    password: "{SECRET}"')
    assert passed(head, call, secret, warning, secret, "… cut …", secret) == [
        program("Outputs: (not shown)"), call, warning, "… cut …",
    ]  # fmt: skip


def test_a_log_that_begins_within_outputs_begins_hidden() -> None:
    lines = [program(f'    password: "{SECRET}"'), program(f'    token: "{SECRET}"'), program("Resources:")]
    assert passed(*lines) == [program("(not shown)"), program("Resources:")]
    assert passed(f"    token: {SECRET}", f"    key: {SECRET}", "Resources:") == ["(not shown)", "Resources:"]


def test_a_log_that_begins_within_a_line_doesnt_show_the_rest_of_it() -> None:
    """A tail may begin in the middle of a long line, such as that of an error with the whole output in it."""
    rest = f'Outputs:\\n    password: \\"{SECRET}\\"\\n\\nstderr: error: no\\n"}}'
    shown = passed(rest, program("Resources:"), f"as it is {rest[-1]}")
    assert SECRET not in "".join(shown)
    assert shown[1:] == [program("Resources:"), "as it is }"]


def as_json(message: str, logger: str = "pulumi", level: str = "info", **fields: str) -> str:
    return json.dumps({"level": level, "ts": TIME, "logger": logger, "msg": message, **fields})


def test_an_agents_line_of_json_is_taken_apart() -> None:
    """As it writes with AGENT_JSON_LOG."""
    assert agent_line(as_json("Updating (shop):")) == AgentLine(
        TIME, "INFO", "pulumi", "Updating (shop):", as_json=True
    )
    selected = agent_line(as_json("selected a stack", "server", name="dev"))
    assert selected is not None
    assert short(selected) == "selected a stack: dev"
    assert agent_line(as_json("x").replace(f'"{TIME}"', "1763922253.05")) == AgentLine(
        "2025-11-23T18:24:13Z", "INFO", "pulumi", "x", as_json=True
    )
    for line in ('{"msg": "of somebody else"}', '{"level": 3, "logger": "x", "msg": "y"}', "{}", "{", "[1]"):
        assert agent_line(line) is None


def test_of_lines_of_json_only_outputs_are_left_out() -> None:
    lines = [
        as_json("Pulumi Kubernetes Agent", "cmd.serve", version="v2.9.0"), as_json("Updating (shop):"),
        as_json("Outputs:"),
        as_json(f'    password: "{SECRET}"'), as_json(SECRET), as_json("Resources:"), as_json("    1 unchanged"),
        as_json("up failed", "server", "error", error=f"stdout: Outputs:\n    a: {SECRET}\n\nstderr: error: no\n"),
    ]  # fmt: skip
    shown = passed(*lines)
    assert SECRET not in "".join(shown)
    assert [json.loads(line)["msg"] for line in shown] == [
        "Pulumi Kubernetes Agent", "Updating (shop):", "Outputs: (not shown)", "Resources:", "    1 unchanged",
        "up failed",
    ]  # fmt: skip
    assert "error: no" in shown[-1]


def test_a_log_in_json_has_runs() -> None:
    splitter = RunSplitter()
    for line in (as_json("selected a stack", "server", name="dev"), as_json("Updating (dev):"), as_json("+ x")):
        section = splitter.section_of(line)
    assert section.title == "run 1: up dev running"


@pytest.mark.parametrize(
    "line",
    [
        '{"msg": "setting up", "nested": {"a": "b"}}', '{"msg":"x"}', '["a"]', "it's all \\n in here", 'say "hi"}',
        "{", "outputs: 3 files", '{"not": json"}', "Collecting pulumi", "export A={\"b\": \"c\"}",
    ],
)  # fmt: skip
def test_no_line_of_an_entrypoint_is_hidden_for_its_form(line: str) -> None:
    assert passed("Setting up ...", line) == ["Setting up ...", line]


def test_a_log_that_begins_with_json_begins_with_it() -> None:
    line = '{"msg": "setting up", "nested": {"a": "b"}}'
    assert passed(line) == [line]
    assert SECRET not in "".join(passed(json.dumps({"msg": f"Outputs:\n    a: {SECRET}"})))


@pytest.mark.parametrize("head", ["Outputs (1):", "\x1b[1mOutputs:\x1b[0m", "Outputs: (new)"])
def test_outputs_are_left_out_however_their_head_is_written(head: str) -> None:
    lines = ["Updating (dev):", head, f'    cert: "{SECRET}', SECRET, f'    b: "{SECRET}"', "Resources:"]
    shown = passed(*map(program, lines))
    assert SECRET not in "".join(shown)
    assert shown[-1] == program("Resources:")


def test_a_log_that_begins_within_steps_shows_them() -> None:
    lines = [program("    [urn=urn:pulumi:shop::a]"), program("  + aws:s3/bucket:Bucket: (create)")]
    assert passed(*lines) == lines


def test_the_agents_own_words_repeat_no_outputs() -> None:
    error = f'stdout: Updating (dev):\\nOutputs:\\n    password: \\"{SECRET}\\"\\nResources:\\n    1 unchanged\\n'
    (shown,) = passed(
        f'{TIME}\tERROR\tserver\tup completed with an error\t{{"error": "failed: 1\\ncode: 1\\n{error}"}}'
    )
    assert SECRET not in shown
    assert "1 unchanged" in shown


def test_what_cant_be_read_is_not_shown() -> None:
    (shown,) = passed(f'{TIME}\tERROR\tserver\tup failed\t{{"error": Outputs: {SECRET}}}')
    assert SECRET not in shown


@pytest.mark.parametrize("log", [log for log in agent_logs() if log.container == "pulumi"], ids=str)
def test_of_real_logs_only_outputs_are_left_out(log: Recorded) -> None:
    redactor = OutputRedactor()
    for line in log.lines:
        shown = redactor.redact(line)
        if shown is None:
            said = agent_line(line)
            assert said is not None
            assert said.of_program
            assert said.message.startswith("  ")
        else:
            assert 'acme.example"' not in shown
            assert "replicas" not in shown


@given(st.lists(st.text(max_size=40), max_size=20))
def test_no_agents_line_whatever_it_holds_raises(texts: list[str]) -> None:
    redactor = OutputRedactor()
    for text in texts:
        for line in (text, program(text), f"{TIME}\tINFO\tserver\t{text}\t{{{text}}}"):
            redactor.redact(line)
            said = agent_line(line)
            if said is not None:
                short(said)
                is_chatter(said)
