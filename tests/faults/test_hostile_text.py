"""Text that isn't ours does nothing to a terminal and shows no secret, wherever it stands and wherever it comes out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from rich.segment import Segment
from textual.color import Color

from actions.plan import Plan, Precondition, Proof, Risk, TakenOver, describe, difference
from actions.record import RECORD_FILE, ActionRecord, read_kept
from cluster.apply import merge_patch
from cluster.decoding.decoder import Decoder
from cluster.errors import presentable
from cluster.resources import ResourceKind
from demo.server.api_server import ApiServer
from fleet import resource_kinds
from fleet.resource_kinds import APPLICATIONS, STACKS, UPDATES, WORKSPACES
from fleet.stack_objects import queries, watched_kinds
from kubectl_plugin.output.harmless_stream import harmless_stream
from settings import state_file
from stacks.records.application_detail import AppDetail, tidy_app_detail
from stacks.records.stack_detail import StackDetail, tidy_stack_detail
from support.hostile_text import CONTROLS, HOSTILE, PLANTED, hostile_object, troubles
from support.program import run, write
from support.terminal import Terminal, terminal
from support.waiting import eventually
from tui.widgets.harmless_lines import HarmlessLines

KINDS = list(
    {
        kind.record: kind
        for module in (resource_kinds, queries, watched_kinds)
        for kind in vars(module).values()
        if isinstance(kind, ResourceKind)
    }.values()
)
DETAILS = [ResourceKind(STACKS.resource, StackDetail, tidy_stack_detail)]
DETAILS += [ResourceKind(APPLICATIONS.resource, AppDetail, tidy_app_detail)]  # type: ignore[list-item]


@pytest.mark.parametrize("kind", [*KINDS, *DETAILS], ids=lambda kind: kind.record.__name__)
def test_no_field_of_any_record_keeps_what_is_hostile(kind: ResourceKind[Any]) -> None:
    raw = msgspec.json.encode(hostile_object(kind.record))
    record = Decoder(kind).one(raw)
    assert "seen" in record.metadata.name
    assert troubles("".join(_texts(msgspec.to_builtins(record)))) == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


NAME = f"eu {CONTROLS} end"


@pytest.fixture
async def kubeconfig(tmp_path: Path) -> AsyncIterator[Path]:
    """One context whose names are hostile, and in it an object of each kind with hostile text in every field."""
    async with ApiServer() as server:
        for kind in (STACKS, APPLICATIONS, WORKSPACES, UPDATES):
            metadata = {"name": "shop", "namespace": "prod", "uid": f"u-{kind.resource.plural}"}
            obj = hostile_object(kind.record, deletionTimestamp=None)
            obj["metadata"] = {**obj["metadata"], **metadata, "annotations": {HOSTILE: HOSTILE, "db-password": PLANTED}}
            api_version = f"{kind.resource.group}/{kind.resource.version}"
            server.store.put({"apiVersion": api_version, "kind": kind.resource.kind, **obj})
        config = server.kubeconfig("eu", namespace="prod")
        config["clusters"][0]["name"] = config["contexts"][0]["context"]["cluster"] = f"cluster {NAME}"
        config["users"][0]["name"] = config["contexts"][0]["context"]["user"] = f"user {NAME}"
        config["contexts"][0]["name"] = config["current-context"] = NAME
        path = write(tmp_path / "config", config)
        assert yaml.safe_load(path.read_text())["current-context"] == NAME
        yield path


@pytest.mark.parametrize("kind", ["stacks", "apps", "workspaces", "updates", "contexts"])
@pytest.mark.parametrize("output", ["wide", "json", "yaml", "csv"])
async def test_nothing_hostile_is_printed(kubeconfig: Path, kind: str, output: str) -> None:
    ended = await run(kubeconfig, "get", kind, "-A", "-o", output)
    assert ended.code == 0
    assert "end" in ended.out
    assert troubles(ended.out.replace("\r\n", "\n")) == []
    assert troubles(ended.err) == []
    field = "name" if kind == "contexts" else "context"
    if output == "json":
        assert json.loads(ended.out)[0][field] == NAME
    if output == "yaml":
        assert yaml.safe_load(ended.out)[0][field] == NAME
    if output == "csv":
        assert len(list(csv.reader(io.StringIO(ended.out)))) == 2


async def test_no_hostile_name_of_a_context_is_printed(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "contexts", "-o", "name")
    assert "end" in ended.out
    assert troubles(ended.out) == []


@pytest.mark.parametrize("kind", [STACKS, APPLICATIONS, WORKSPACES, UPDATES], ids=lambda kind: kind.resource.plural)
async def test_no_hostile_name_of_an_object_is_printed(tmp_path: Path, kind: ResourceKind[Any]) -> None:
    async with ApiServer() as server:
        api_version = f"{kind.resource.group}/{kind.resource.version}"
        server.store.put({"apiVersion": api_version, "kind": kind.resource.kind, **hostile_object(kind.record)})
        plural = "apps" if kind is APPLICATIONS else kind.resource.plural
        ended = await run(write(tmp_path / "config", server.kubeconfig("eu")), "get", plural, "-A", "-o", "name")
    assert "seen" in ended.out
    assert troubles(ended.out) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("tree", "shop", "-n", "prod"),
        ("tree", "shop", "-n", "prod", "-o", "json"),
        ("logs", "shop", "-n", "prod"),
        ("logs", HOSTILE.replace("\x00", "")),
        ("get", HOSTILE.replace("\x00", "")),
        ("get", "stacks", HOSTILE.replace("\x00", "")),
        ("get", "--context", HOSTILE.replace("\x00", "")),
        ("config",),
        ("health", "status"),
        ("health", "install", "--dry-run=client"),
    ],
    ids=lambda arguments: " ".join(arguments)[:20].encode("ascii", "ignore").decode(),
)
async def test_nothing_hostile_is_said(kubeconfig: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    home = tmp_path / "home" / "pko-argo"
    home.mkdir(parents=True)
    (home / "config.toml").write_text(f"theme = {json.dumps(CONTROLS)}\nnonsense = 1\n", encoding="utf-8")
    ended = await run(kubeconfig, *arguments, env={"XDG_CONFIG_HOME": str(tmp_path / "home")})
    assert [one for one in troubles(ended.out, "\n\t") if one != "a secret"] == []
    assert [one for one in troubles(ended.err) if one != "a secret"] == []


async def test_what_a_server_refuses_with_is_harmless(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.faults.answer(403, message=HOSTILE)
        ended = await run(write(tmp_path / "config", server.kubeconfig("eu")), "get")
    assert "seen" in ended.err
    assert troubles(ended.err) == []


async def test_what_a_credential_plugin_says_is_harmless(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    said = HOSTILE.replace("\x00", "")
    pem = f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----"
    plugin.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{pem}\n{said}\nEND\nexit 1\n", encoding="utf-8")
    plugin.chmod(0o700)
    exec_plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}
    config = {
        "clusters": [{"name": "eu", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "eu", "user": {"exec": exec_plugin}}],
        "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "eu"}}],
        "current-context": "eu",
    }
    ended = await run(write(tmp_path / "config", config), "get")
    assert "failed with exit code 1" in ended.err
    assert troubles(ended.err) == []
    assert PLANTED not in presentable(HOSTILE)


OBEYED = (
    b"\x1b]52;c;aGFja2Vk",
    b"\x1b]8;;https://evil",
    b"\x1bPevil",
    b"\xc2\x9b",
    b"\xc2\x90",
    b"\xc2\x85",
    b"\x00",
    b"\x7f",
)
HIDDEN = tuple(text.encode() for text in ("\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"))


WALK = [
    ("\r", "CONDITIONS"), ("y", "apiVersion: pulumi.com/v1"), ("q", "CONDITIONS"),
    ("F", "Look again"), ("r", " ago"), ("q", "CONDITIONS"), ("t", "Workspace"), ("u", ""),
    ("v", ""), ("q", "NAMESPACE"), ("x", "by state"), ("\r", "Kubernetes"), ("q", "by state"),
    ("q", "NAMESPACE"), ("a", "Applications 1"), ("\r", "SYNC POLICY"), ("y", "kind: Application"),
    ("q", "SYNC POLICY"), ("q", "Applications 1"), ("F", "Look again"), ("r", " ago"), ("q", "Applications 1"),
    ("/", ""), ("\x1b[A", "sh"),
]  # fmt: skip
"""keys, and a word of what they open"""


def _has_come(opened: Terminal, before: int, seen: str) -> bool:
    return len(opened.text) > before and seen in opened.text[before:]


async def test_nothing_hostile_reaches_the_terminal_from_any_screen(kubeconfig: Path, tmp_path: Path) -> None:
    (tmp_path / "config-home" / "pko-argo").mkdir(parents=True)
    (tmp_path / "config-home" / "pko-argo" / "config.toml").write_text(f"theme = {json.dumps(NAME)}\n")
    state = tmp_path / "state-home" / "pko-argo" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"filters": [f"sh{CONTROLS}"]}))
    homes = {"XDG_CONFIG_HOME": str(tmp_path / "config-home"), "XDG_STATE_HOME": str(tmp_path / "state-home")}
    async with terminal(kubeconfig, columns=200, lines=60, env=homes) as opened:
        await eventually(lambda: "shop" in opened.text)
        for keys, seen in WALK:
            before = len(opened.text)
            opened.type(keys)
            await eventually(partial(_has_come, opened, before, seen))
        opened.type("\x03")
        await opened.ended()
        raw = opened.raw
    assert [mark for mark in (*OBEYED, *HIDDEN) if mark in raw] == []
    assert "\u0301" * 6 not in raw.decode()
    assert PLANTED.encode() not in raw


def test_a_new_widget_is_harmless_by_default() -> None:
    segments = [Segment("left "), Segment(CONTROLS), Segment("\u3000wide"), Segment("right\n")]
    shown = HarmlessLines().apply(segments, Color(0, 0, 0))
    text = "".join(segment.text for segment in shown)
    assert text.isprintable()
    assert text.startswith("left ")
    assert HarmlessLines().apply(segments[:1], Color(0, 0, 0)) is not None
    assert sum(segment.cell_length for segment in shown) == sum(segment.cell_length for segment in segments)


def test_a_new_verb_is_harmless_by_default() -> None:
    raw = io.BytesIO()
    stream = harmless_stream(io.TextIOWrapper(raw, encoding="utf-8"), colours=True)
    print(f"a\x1b[32mgreen\x1b[0m{CONTROLS}b\tc", file=stream, flush=True)
    stream.write("1,2\r\n")
    stream.flush()
    text = raw.getvalue().decode()
    assert text.startswith("a\x1b[32mgreen\x1b[0m")
    assert text.endswith("b\tc\n1,2\r\n")
    for sequence in ("\x1b[32m", "\x1b[0m", "\x1b[31m", "\r\n"):
        text = text.replace(sequence, "")
    assert [one for one in troubles(text, "\n\t") if "accents" not in one] == []


def test_a_streams_progress_is_written_over_itself() -> None:
    raw = io.BytesIO()
    stream = harmless_stream(io.TextIOWrapper(raw, encoding="utf-8"), colours=False)
    print("\r1 of 2\r\x1b[31m", end="", file=stream, flush=True)
    assert raw.getvalue() == b"\r1 of 2"


def hostile_plan() -> Plan:
    request = merge_patch("/api/v1/namespaces/prod/configmaps/argocd-cm", {"data": {"a": CONTROLS}}, manager="pko-argo")
    return Plan(
        HOSTILE, HOSTILE, HOSTILE, (request,), (Precondition("uid", HOSTILE),), Risk("low", HOSTILE), (HOSTILE,),
        Proof(HOSTILE, "/x", lambda found: ""), ((HOSTILE, HOSTILE, "after"),),
        (TakenOver(HOSTILE, HOSTILE, (HOSTILE,)),), (HOSTILE,),
    )  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
def test_a_plan_is_shown_harmless(whole: bool) -> None:
    plan = hostile_plan()
    for line in (*describe(plan, whole=whole), *difference(plan)):
        assert line.isprintable()


def test_the_record_can_be_looked_at_and_means_what_was_there(tmp_path: Path) -> None:
    plan, record = hostile_plan(), ActionRecord(tmp_path)
    record.note(plan, "refused", detail=HOSTILE)
    saved_to = record.save_taken_over(plan)
    assert saved_to is not None
    text = (tmp_path / RECORD_FILE).read_text()
    assert [one for one in troubles(text) if one.startswith("'")] == []
    assert json.loads(text)["context"] == HOSTILE
    assert PLANTED not in json.loads(text)["detail"]
    assert [one for one in troubles(saved_to.read_text()) if one.startswith("'")] == []
    assert read_kept(saved_to).values[0].value == HOSTILE
    assert saved_to.name.isprintable()


def test_a_remembered_filter_is_what_a_person_can_have_typed(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"filters": [f"status:{CONTROLS}ready"]}))
    assert state_file.load(path).filters[0].isprintable()
