"""Fields of records by their paths, for columns of the user's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stacks.records.base import Condition, ObjectMetadata
from stacks.records.stack import Stack, StackSpec, StackStatus
from stacks.redaction import MASK
from views.field_paths import PathError, own_column, parse


@dataclass(frozen=True)
class Row:
    stack: Stack


ROW = Row(
    Stack(
        ObjectMetadata(
            "web",
            "shop",
            generation=3,
            labels={"tier": "front", "acme.io/team": "payments", "token": "x", "db-password": "x"},
        ),
        StackSpec(stack="acme/web", branch="main"),
        StackStatus(1, "", [Condition("Ready", "True", "Done", "two\nlines"), Condition("Stalled")]),
    )
)


def column(path: str):
    return own_column(path, lambda row: row.stack, Stack)


def shown(path: str) -> str:
    return column(path).text(ROW, 0.0)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".spec.branch", "main"),
        ("spec.branch", "main"),
        ("{.spec.branch}", "main"),
        ("$.metadata.generation", "3"),
        (".metadata.labels.tier", "front"),
        (".metadata.labels['acme.io/team']", "payments"),
        ('.metadata.labels["acme.io/team"]', "payments"),
        (".status.conditions[0].reason", "Done"),
        (".status.conditions[-1].type", "Stalled"),
        (".status.conditions[0].message", "two lines"),
    ],
)
def test_a_path_leads_to_its_field(path: str, text: str) -> None:
    assert shown(path) == text


@pytest.mark.parametrize("path", [".metadata.labels.none", ".status.conditions[9].reason", ".status.lastUpdate.name"])
def test_a_path_that_hits_nothing_shows_nothing(path: str) -> None:
    assert shown(path) == ""


def test_what_may_be_a_secret_is_masked() -> None:
    assert shown(".metadata.labels.token") == MASK
    assert shown(".metadata.labels.db-password") == MASK
    assert "x" not in shown(".metadata.labels").replace("tier", "").replace(MASK, "")


def test_the_title_is_the_last_name() -> None:
    assert column(".status.conditions[0].reason").title == "REASON"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "names a field"),
        ("[0]", "names a field"),
        (".spec.", "no path"),
        (".spec..branch", "no path"),
        (".spec.nothing", "none of the fields that are read"),
        (".spec[0]", "no list"),
        (".spec.branch[?(@.x)]", "no path"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_the_reason(path: str, why: str) -> None:
    with pytest.raises(PathError, match=why.replace("(", r"\(")):
        column(path)


def test_a_path_is_read_as_names_and_numbers() -> None:
    assert parse(".a['b.c'][0].d") == ("a", "b.c", 0, "d")
