"""What the filter line lets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.filter import FilterFields, parse, split

WEB = FilterFields(
    text="eu-prod shop web-frontend degraded stalled out of quota",
    context="eu-prod",
    namespace="shop",
    name="web-frontend",
    app="storefront",
    statuses=("degraded", "stalled", "synced"),
    labels={"tier": "Web", "beta": ""},
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "web",
        "WEB",
        "shop quota",
        "!database",
        "status:degraded",
        "status:stall",
        "!status:healthy",
        "ctx:prod",
        "ns:shop",
        "app:store",
        "-f wbfr",
        "-l tier=Web",
        "-l tier==Web",
        "-ltier",
        "-l !region",
        "-l tier!=db",
        "-l tier=Web,beta",
        "'out of quota'",
        '"out of',
        "ctx:eu ns:shop web !ready",
    ],
)
def test_a_query_that_matches_lets_the_row_through(text: str):
    query = parse(text)
    assert query.problem == ""
    assert query.matches(WEB)


@pytest.mark.parametrize(
    "text",
    [
        "database",
        "!web",
        "web database",
        "status:healthy",
        "status:unknown",
        "ctx:us",
        "ns:web",
        "app:shop",
        "-f xyz",
        "-l tier=web",
        "-l tier!=Web",
        "-l region",
        "-l !tier",
        "'quota out'",
    ],
)
def test_a_query_that_does_not_match_keeps_the_row_out(text: str):
    query = parse(text)
    assert query.problem == ""
    assert not query.matches(WEB)


def test_a_wrong_status_is_told_with_each_of_the_words_once():
    problem = parse("status:nope").problem
    words = problem.partition("there are ")[2].split(", ")
    assert problem.count("status:nope") == 1
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("status:egraded", "status:egraded: no such word; there are healthy, progressing, degraded"),
        ("!", "! stands alone"),
        ("-l", "-l needs"),
        ("ns:", "ns: needs"),
        ("-l =x", "names no label"),
        ("-f", "-f needs"),
        ("-l x in (a", "-l x in (a: only key=value"),
        ("-l 'x in (a, b)'", "only key=value"),
        ("-l x notin (a) web", "only key=value"),
    ],
)
def test_what_cannot_be_understood_is_told_and_left_out(text: str, problem: str):
    query = parse(f"web {text}")
    assert problem in query.problem
    assert query.matches(WEB)


def test_a_colon_in_other_text_is_text():
    assert parse("'error: quota'").matches(FilterFields("an error: quota exceeded"))
    assert parse("!'error: quota'").matches(WEB)
    for text in ("http://x", "localhost:8080", "db.internal:5432/x", "git@github.com:acme/web"):
        assert parse(text).problem == ""
        assert parse(text).matches(FilterFields(f"from {text}")) and not parse(text).matches(WEB)


@pytest.mark.parametrize("text", ["nmae:web", "error:", "!hub:us-shop", "web repository:x"])
def test_a_field_that_is_not_known_is_told_with_those_that_are(text: str):
    problem = parse(text, ("ctx", "name", "commit")).problem
    assert "is no field here; there are ctx: name: commit:; in quotes it is text" in problem


def test_a_field_of_other_rows_is_not_known_here():
    assert parse("repo:x").problem == ""
    assert parse("repo:x", ("ctx", "ns")).problem.startswith("repo: is no field here; there are ctx: ns:")


SHA = "a20bdac" + "0123456789abcdef0" * 2
DEPLOYED = FilterFields(
    "shop web a20bdac", name="web", commits=(SHA[:40], "ffee001"), others={"message": "no such key"}
)


@pytest.mark.parametrize(
    "text",
    [SHA[:40], SHA[:40].upper(), "a20bdac", "a20bdac0", "ffee001", "commit:a20b", "commit:A20BDAC",
     f"commit:{SHA[:40]}", "!commit:b", "name:web", "message:key", "!message:nothing", "'a20bdac'"],
)  # fmt: skip
def test_a_commit_or_how_it_begins_and_fields_find_a_row(text: str):
    assert parse(text).matches(DEPLOYED)


@pytest.mark.parametrize(
    "text", ["20bdac0", "commit:20bdac", "a20bdac1", "name:shop", "message:web", "reason:x", "'a20bdac0'"]
)
def test_the_middle_of_a_commit_and_other_fields_do_not(text: str):
    query = parse(text)
    assert query.problem == ""
    assert not query.matches(DEPLOYED)


def test_it_is_known_which_commits_are_asked_for():
    assert parse("web A20BDAC commit:ff !commit:ee 'a20bdad' abc").commits == ("a20bdac", "ff")


def test_the_seventh_character_of_a_commit_may_find_more_rows():
    assert not parse("a20bdac").narrows(parse("a20bda"))
    assert parse("a20bdac0").narrows(parse("a20bdac"))


def test_quotes_keep_blanks():
    assert split("""a 'b c' "d" 'e""") == ["a", "b c", "d", "e"]


@given(st.text())
def test_no_text_is_too_strange(text: str):
    query = parse(text)
    assert query.matches(WEB) in (True, False)
