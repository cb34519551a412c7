"""Bytes become records: the usual ones fast, the odd ones as far as they go."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.decoding.decoder import Bookmark, Decoder, Deleted, UnreadableObject
from cluster.decoding.json_pieces import members, pieces
from cluster.errors import Garbled, Gone
from cluster.resources import Resource, ResourceKind
from stacks.records.stack import Stack, tidy_stack
from support.hostile import anything
from support.objects import stack_object

STACKS = ResourceKind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)
DECODER = Decoder(STACKS)


def page_of(*items: Any, version: str = "9", token: str = "") -> bytes:
    metadata = {"resourceVersion": version, **({"continue": token} if token else {})}
    return msgspec.json.encode({"kind": "StackList", "metadata": metadata, "items": list(items)})


def line(kind: str, obj: Any) -> bytes:
    return msgspec.json.encode({"type": kind, "object": obj})


def event(raw: bytes) -> Any:
    """What the first line that says anything says."""
    return next(DECODER.events(raw), None)


# What can't be read as it is

DEEP = b'{"x":' * 10_000 + b"1" + b"}" * 10_000


def with_spec(name: str, spec: bytes) -> bytes:
    """A Stack with this JSON in the place of a field of its spec that nobody reads."""
    return json.dumps(stack_object(name, spec={"branch": "HERE"})).encode().replace(b'"HERE"', spec)


def a_page(*items: bytes) -> bytes:
    return b'{"metadata":{"resourceVersion":"9"},"items":[' + b",".join(items) + b"]}"


def test_an_object_nested_ten_thousand_deep_is_named_and_the_others_are_read() -> None:
    even = json.dumps(stack_object("even")).encode()
    page = DECODER.page(a_page(even, with_spec("deep", DEEP), with_spec("list", b"[" * 9_999 + b"]" * 9_999)))
    assert [stack.metadata.name for stack in page.objects] == ["even"]
    assert [found.key for found in page.unreadable] == [("prod", "deep"), ("prod", "list")]
    assert page.version == "9"


@pytest.mark.parametrize("kind", ["MODIFIED", "DELETED"])
def test_a_line_of_a_watch_nested_ten_thousand_deep_is_named_too(kind: str) -> None:
    raw = b'{"type":"' + kind.encode() + b'","object":' + with_spec("deep", DEEP) + b"}\n"
    assert event(raw) == UnreadableObject("prod", "deep", "1", deleted=kind == "DELETED")


@pytest.mark.parametrize("item", [b"null", b"7", b'"x"', b"[]", b"{}", b'{"metadata":{"name":7}}'])
def test_what_is_no_object_is_one_that_cant_be_read(item: bytes) -> None:
    page = DECODER.page(a_page(item, json.dumps(stack_object("even")).encode()))
    assert [stack.metadata.name for stack in page.objects] == ["even"]
    assert [found.key for found in page.unreadable] == [("", "")]


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b'"a\xffb"', "a\ufffdb"),
        (b'"a\xed\xa0\x80b"', "a\ufffd\ufffd\ufffdb"),
        (b'"a\\ud800b"', "a\ufffdb"),
        (b'"a\\udc00\\ud800"', "a\ufffd\ufffd"),
        (b'"\\\\ud800\xff"', "\\ud800\ufffd"),
        (b'"\\ud83d\\ude00\\ud83d"', "😀\ufffd"),
    ],
)
def test_half_characters_are_replaced_in_lists_watches_and_single_objects(raw: bytes, read: str) -> None:
    odd = with_spec("odd", raw)
    (stack,) = DECODER.page(a_page(odd)).objects
    assert stack.spec.branch == read
    assert event(b'{"type":"ADDED","object":' + odd + b"}").spec.branch == read
    assert DECODER.one(odd).spec.branch == read


@given(st.binary(max_size=60), st.sampled_from([b'"', b"{", b"[", b""]))
def test_no_bytes_inside_an_object_hide_the_others(raw: bytes, begin: bytes) -> None:
    even = json.dumps(stack_object("even")).encode()
    for answer in (a_page(even, with_spec("odd", begin + raw)), a_page(even, with_spec("odd", b'"' + raw + b'"'))):
        try:
            page = DECODER.page(answer)
        except Garbled:
            continue
        assert "even" in [stack.metadata.name for stack in page.objects]


@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(raw: bytes) -> None:
    for answer in (raw, a_page(raw), b'{"type":"ADDED","object":' + raw + b"}\n"):
        try:
            DECODER.page(answer)
        except Garbled:
            pass
        try:
            list(DECODER.events(answer))
        except Garbled:
            pass


@given(anything)
def test_pieces_are_what_a_decoder_finds(value: Any) -> None:
    raw = json.dumps(value).encode()
    if isinstance(value, dict):
        assert {json.loads(key): json.loads(each) for key, each in members(raw).items()} == value
    elif isinstance(value, list):
        assert [json.loads(each) for each in pieces(raw)] == value


# Lists


def test_a_page_gives_its_objects_its_version_and_the_way_to_the_next() -> None:
    page = DECODER.page(page_of(stack_object("a"), stack_object("b"), token="more"))
    assert [stack.metadata.name for stack in page.objects] == ["a", "b"]
    assert (page.version, page.continue_token) == ("9", "more")


def test_a_list_without_items_is_empty() -> None:
    assert DECODER.page(b'{"metadata":{"resourceVersion":"1"},"items":null}').objects == []


@pytest.mark.parametrize("raw", [b"", b"<html>", b"{}", b"[]", b'{"kind":"Status"}', b'{"items":[],"metadata":{}}'])
def test_an_answer_that_isnt_a_list_doesnt_pass_for_an_empty_one(raw: bytes) -> None:
    with pytest.raises(Garbled):
        DECODER.page(raw)


def test_one_odd_object_among_many_is_mended_and_the_others_are_as_they_are() -> None:
    odd = copy.deepcopy(stack_object("odd"))
    odd["spec"]["resyncFrequencySeconds"] = "often"
    odd["status"]["conditions"][0]["reason"] = {"not": "text"}
    odd["status"]["conditions"].append("nonsense")
    lost = stack_object("lost")
    lost["metadata"]["name"] = 7
    objects = DECODER.page(page_of(stack_object("a"), odd, lost, stack_object("b"))).objects
    assert [stack.metadata.name for stack in objects] == ["a", "odd", "b"]
    mended = objects[1]
    assert mended.spec.stack == "acme/odd/dev"
    assert mended.spec.resync_frequency_seconds == 0
    assert mended.status is not None and mended.status.conditions is not None
    assert [(c.type, c.reason, c.status) for c in mended.status.conditions] == [("Ready", "", "True")]


def test_every_object_is_made_tidy_the_mended_ones_too() -> None:
    odd = stack_object("odd", spec={"branch": "a\x1b[31mb", "commit": 7})
    even = stack_object("even", spec={"branch": "a\x1b[31mb"})
    assert [stack.spec.branch for stack in DECODER.page(page_of(odd, even)).objects] == ["ab", "ab"]
    assert DECODER.one(json.dumps(odd).encode()).spec.branch == "ab"


def test_a_single_object_that_has_no_name_isnt_one() -> None:
    assert DECODER.one(json.dumps(stack_object("a")).encode()).metadata.name == "a"
    for raw in (b"{}", b"nonsense", b'{"metadata":{"name":""}, "spec": 1}'):
        with pytest.raises(Garbled):
            DECODER.one(raw)


# Watches


def test_a_line_says_what_happened() -> None:
    one = event(line("ADDED", stack_object("a")))
    assert isinstance(one, Stack) and one.metadata.name == "a"
    assert isinstance(event(line("MODIFIED", stack_object("a"))), Stack)
    gone = event(line("DELETED", stack_object("a")))
    assert isinstance(gone, Deleted) and gone.record.metadata.name == "a"


def test_the_order_and_the_white_space_of_a_line_dont_matter() -> None:
    raw = json.dumps({"object": stack_object("a"), "new": 1, "type": "DELETED"}, indent=1).encode()
    assert isinstance(event(raw), Deleted)


def test_one_odd_line_doesnt_spoil_the_others_that_came_with_it() -> None:
    odd = copy.deepcopy(stack_object("odd"))
    odd["spec"]["stack"] = 7
    lines = [line("ADDED", stack_object("a")), line("ADDED", odd), line("NEWS", {}), line("DELETED", stack_object("b"))]
    told = list(DECODER.events(b"\n".join(lines) + b"\n\n"))
    assert [type(each) for each in told] == [Stack, Stack, Deleted]
    assert told[1].metadata.name == "odd"


@pytest.mark.parametrize("annotations", [{}, {"k8s.io/initial-events-end": "true"}])
def test_a_bookmark_may_end_the_list(annotations: dict[str, str]) -> None:
    obj = {"kind": "Stack", "metadata": {"resourceVersion": "12", "annotations": annotations}}
    assert event(line("BOOKMARK", obj)) == Bookmark("12", complete=bool(annotations))


def test_an_error_in_a_watch_is_the_error_of_its_code() -> None:
    told = event(line("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}))
    assert isinstance(told, Gone)
    assert str(told) == "too old"
    assert str(event(line("ERROR", {"hello": 1}))) == "the cluster answered 0"


@pytest.mark.parametrize(
    ("kind", "obj"), [("NEWS", {}), ("ADDED", {}), ("DELETED", 7), ("BOOKMARK", 7), ("MODIFIED", None)]
)
def test_a_line_that_nothing_can_be_made_of_is_passed_over(kind: str, obj: Any) -> None:
    assert event(line(kind, obj)) is None


@pytest.mark.parametrize("raw", [b"<html>", b"{", b"[]", b'{"type":1}', b"\xff", b"[" * 5000])
def test_a_line_that_isnt_an_event_is_garbled(raw: bytes) -> None:
    with pytest.raises(Garbled):
        event(raw)


def test_an_object_nested_beyond_reason_is_no_crash() -> None:
    deep = b'{"metadata":{"name":"a","resourceVersion":"1"},"spec":' + b"[" * 3000 + b"]" * 3000 + b"}"
    listed = (
        b'{"metadata":{"resourceVersion":"1"},"items":[' + deep + b"," + json.dumps(stack_object("b")).encode() + b"]}"
    )
    try:
        names = [stack.metadata.name for stack in DECODER.page(listed).objects]
    except Garbled:
        return
    assert "b" in names


# Anything anywhere


def somewhere(draw: Any, inside: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A place in an object: the mapping and the key."""
    mapping = inside
    while True:
        key = draw(st.sampled_from(sorted(mapping)))
        value = mapping[key]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0]
        if not isinstance(value, dict) or not value or draw(st.booleans()):
            return mapping, key
        mapping = value


@st.composite
def damaged(draw: Any) -> dict[str, Any]:
    whole = stack_object(
        "a",
        spec={"branch": "main", "prerequisites": [{"name": "x", "requirement": {"succeededWithinDuration": "1h"}}]},
        metadata={"labels": {"a": "b"}, "annotations": {"pulumi.com/reconciliation-request": "x"}},
        lastUpdate={"name": "u", "generation": 3, "state": "failed", "failures": 2},
        currentUpdate={"name": "v"},
    )
    whole = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        mapping, key = somewhere(draw, whole)
        mapping[key] = draw(anything)
    return whole


@given(damaged())
@settings(max_examples=300)
def test_any_value_in_any_field_spoils_neither_the_page_nor_the_watch(obj: dict[str, Any]) -> None:
    objects = DECODER.page(page_of(stack_object("first"), obj, stack_object("last"))).objects
    names = [stack.metadata.name for stack in objects]
    assert names[0] == "first" and names[-1] == "last"
    assert len(names) <= 3
    for kind in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"):
        event(line(kind, obj))
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    assert len(names) == (3 if isinstance(name, str) and (name or len(names) == 3) else 2)


@given(anything)
@settings(max_examples=200)
def test_any_value_in_place_of_an_object_is_passed_over_or_read(obj: Any) -> None:
    assert len(DECODER.page(page_of(stack_object("a"), obj)).objects) in (1, 2)
    event(line("ADDED", obj))
