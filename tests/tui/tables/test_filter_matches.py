"""What of a cell is underlined, and which commands a line may become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.commands import COMMANDS
from tui.shell.command_line import completions, resolve
from tui.shell.preferences import takes_osc52
from tui.shell.themes import in_ascii
from tui.tables.line_look import FilterMatches
from views.filter import parse


@pytest.mark.parametrize(
    ("query", "text", "spans"),
    [
        ("we", "Web wedged", [(0, 2), (4, 6)]),
        ("eb we", "web", [(0, 3)]),
        ("!we", "web", []),
        ("ns:we", "web", []),
        ("x", "web", []),
        ("aa", "aaa", [(0, 2)]),
    ],
)
def test_what_matches_is_found_in_a_cell(query: str, text: str, spans: list[tuple[int, int]]):
    assert FilterMatches.of(parse(query)).spans(text) == spans


def test_letters_are_looked_for_in_names_only():
    matches = FilterMatches.of(parse("-f wfr"))
    assert matches.spans("web-front", name=True) == [(0, 1), (4, 6)]
    assert matches.spans("web-front") == []
    assert matches.spans("nothing", name=True) == []


@given(st.text(), st.text())
def test_spans_never_leave_the_text(query: str, text: str):
    spans = FilterMatches.of(parse(query)).spans(text, name=True)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


def offered(kind: str) -> list[str]:
    return {"theme": ["dark", "light"], "ns": ["all", "shop", "workshop"]}.get(kind, [])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("st", ["stacks"]),
        ("o", ["columns", "compare", "copy", "diagnose", "group", "sort"]),
        ("theme ", ["theme dark", "theme light"]),
        ("skin li", ["skin light"]),
        ("ns sho", ["ns shop", "ns workshop"]),
        ("ns shop ", ["ns shop all", "ns shop workshop"]),
        ("q ", []),
        ("nothing x", []),
    ],
)
def test_a_half_typed_command_line_is_completed(text: str, lines: list[str]):
    assert sorted(completions(text, offered, COMMANDS)) == sorted(lines)


def test_what_begins_so_is_offered_before_what_holds_it():
    assert completions("ns s", offered, COMMANDS)[0] == "ns shop"


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("stacks", "stacks", ""),
        (":st", "stacks", ""),
        (" :Applications ", "apps", ""),
        ("ctx eu", "ctx", "eu"),
        ("copy  kubectl", "copy", "kubectl"),
        ("q!", "q", ""),
    ],
)
def test_commands_have_aliases(text: str, name: str, rest: str):
    command, found = resolve(text, COMMANDS)
    assert command is not None
    assert (command.name, found) == (name, rest)


def test_no_word_means_two_commands():
    words = [word for command in COMMANDS for word in (command.name, *command.aliases)]
    assert len(words) == len(set(words))


@given(st.text())
def test_no_line_is_too_strange(text: str):
    resolve(text, COMMANDS)
    completions(text, offered, COMMANDS)


def test_every_cell_has_a_likeness_in_ascii():
    assert in_ascii("a…↓日─é") == "a~v??-?"


@pytest.mark.parametrize(
    ("environ", "takes"),
    [({"TERM": "xterm-256color"}, True), ({"TERM": "linux"}, False), ({"TERM_PROGRAM": "Apple_Terminal"}, False)],
)
def test_some_terminals_are_known_to_have_no_clipboard(environ: dict[str, str], takes: bool):
    assert takes_osc52(environ) is takes
