"""Two contexts side by side: each Stack stands in one pair, what differs is said, and what isn't seen isn't claimed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from cluster.watch.watch_events import Lost, Obscured, Restricted, Synced
from fleet.board.board import Board
from fleet.board.rows import Key, StackRow
from support.objects import NOW, READY, condition, last, stack
from views.columns import in_order
from views.comparison import (
    PairKey,
    StackComparison,
    StackPair,
    by_difference,
    comparison_columns,
    comparison_json,
    counts_by_difference,
    difference_words,
    pair_filter_fields,
    sees_stack,
    told_apart,
)
from views.filter import parse

CONTEXTS = ("staging", "prod")
NAMES = st.tuples(st.sampled_from([*CONTEXTS, "lab"]), st.sampled_from("xyz"), st.sampled_from("abcd"))


def board(*stacks: tuple[str, object]) -> Mapping[Key, StackRow]:
    """The rows of these (context, Stack)."""
    made = Board()
    for context in (*CONTEXTS, "lab"):
        made.open(context)
    for context, each in stacks:
        made.put_stack(context, each, NOW)  # type: ignore[arg-type]
    return made.stacks


def pairs(rows: Mapping[Key, StackRow]) -> list[StackPair]:
    return in_order(
        StackComparison(CONTEXTS).pairs(rows, lambda context, key: True), by_difference, lambda pair: pair.key
    )


def words(*stacks: tuple[str, object]) -> list[str]:
    return [difference_words(pair) for pair in pairs(board(*stacks))]


@given(st.sets(NAMES))
def test_every_stack_of_both_contexts_stands_in_exactly_one_pair(places: set[tuple[str, str, str]]) -> None:
    rows = board(*[(context, stack(name, namespace)) for context, namespace, name in places])
    found = pairs(rows)
    shown = [row.key for pair in found for row in pair.rows]
    assert sorted(shown) == sorted(key for key in rows if key.context in CONTEXTS)
    assert len({pair.key for pair in found}) == len(found)
    assert all(row.key[1:] == pair.key for pair in found for row in pair.rows)
    assert sum(counts_by_difference(found).values()) == len(found)


def test_what_differs_comes_first_then_what_one_has_then_what_is_the_same() -> None:
    other = last(lastSuccessfulCommit="c2", lastAttemptedCommit="c2")
    found = pairs(
        board(
            *((context, stack("same", lastUpdate=last())) for context in CONTEXTS),
            ("staging", stack("commit", lastUpdate=last())),
            ("prod", stack("commit", lastUpdate=other)),
            ("staging", stack("left")),
            ("prod", stack("right")),
            ("staging", stack("health", conditions=[condition("Stalled", "SpecInvalid")])),
            ("prod", stack("health", conditions=[READY])),
            ("staging", stack("branch", spec={"branch": "main"})),
            ("prod", stack("branch", spec={"branch": "release"})),
        )
    )
    assert [(pair.key.name, difference_words(pair)) for pair in found] == [
        ("commit", "!= commit"),
        ("health", "!= health, phase"),
        ("branch", "!= branch main | release"),
        ("left", "< only in staging"),
        ("right", "> only in prod"),
        ("same", "same"),
    ]


def test_a_commit_that_is_still_wanted_differs_from_one_that_is_there() -> None:
    wanted = last(lastSuccessfulCommit="c1", lastAttemptedCommit="c2")
    assert words(("staging", stack(lastUpdate=last())), ("prod", stack(lastUpdate=wanted))) == ["!= commit"]


def test_names_in_pulumi_and_generations_of_programs_are_not_compared() -> None:
    named = [(context, stack(spec={"stack": f"acme/shop/{context}"}, lastUpdate=last())) for context in CONTEXTS]
    assert words(*named) == ["same"]
    program = {"programRef": {"name": "site"}}
    generations = [
        (context, stack(spec=program, lastUpdate=last(lastSuccessfulCommit=commit, lastAttemptedCommit=commit)))
        for context, commit in zip(CONTEXTS, "35", strict=True)
    ]
    assert words(*generations) == ["same"]


def test_a_stack_that_may_be_hidden_is_not_said_to_be_missing() -> None:
    rows = board(("staging", stack("web")))
    (pair,) = StackComparison(CONTEXTS).pairs(rows, lambda context, key: context == "staging")
    assert difference_words(pair) == "? prod can't be seen"
    assert comparison_json(pair, NOW)["differs"] == []
    assert [column.text(pair, NOW) for column in comparison_columns(CONTEXTS) if column.id == "right-phase"] == ["?"]


def test_a_context_shows_a_stack_where_nothing_hides_it() -> None:
    made = Board()
    made.open("prod")
    web, far = PairKey("shop", "web"), PairKey("data", "web")

    def seen(key: PairKey) -> bool:
        return sees_stack(made.contexts["prod"], key)

    assert not seen(web)
    assert not sees_stack(None, web)
    made.apply_stack_event("prod", Synced(None, frozenset()), NOW)
    assert seen(web)
    made.apply_stack_event("prod", Lost("connection refused", NOW, NOW + 9), NOW)
    assert seen(web)  # as far as is known; its age is said beside it
    made.apply_stack_event("prod", Restricted("forbidden", ("shop",)), NOW)
    assert (seen(web), seen(far)) == (True, False)
    made.apply_stack_event("prod", Obscured(frozenset({("shop", "web")})), NOW)
    assert not seen(web)
    made.open("absent")
    made.apply_stack_event("absent", Lost("no CRD", NOW, NOW + 9, absent=True), NOW)
    assert sees_stack(made.contexts["absent"], web)


def test_a_pair_stays_the_same_object_until_one_of_its_stacks_changes() -> None:
    made = Board()
    for context in CONTEXTS:
        made.open(context)
        made.put_stack(context, stack("web"), NOW)
        made.put_stack(context, stack("api"), NOW)
    comparison = StackComparison(CONTEXTS)
    before = {pair.key: pair for pair in comparison.pairs(made.stacks, lambda *_: True)}
    made.put_stack("prod", stack("web", conditions=[condition("Stalled", "SpecInvalid")]), NOW)
    after = {pair.key: pair for pair in comparison.pairs(made.stacks, lambda *_: True)}
    assert {key.name for key in after if after[key] is not before[key]} == {"web"}


def test_a_filter_finds_what_either_side_says_and_what_differs() -> None:
    labelled = stack("web", metadata={"labels": {"tier": "front"}})
    stuck = stack("web", conditions=[condition("Stalled", "SpecInvalid", "no such branch")])
    (pair,) = pairs(board(("staging", labelled), ("prod", stuck)))
    fields = pair_filter_fields(pair)
    texts = ("status:ready", "status:stalled", "-l tier=front", "ctx:prod", "!same", "phase", "no such branch", "ns:pr")
    assert all(parse(text).matches(fields) for text in texts)
    assert not parse("status:wedged").matches(fields)
    assert not parse("same").matches(fields)


def test_long_names_of_contexts_are_told_apart_by_their_ends() -> None:
    assert told_apart(("eu", "us")) == ("eu", "us")
    clusters = ("arn:aws:eks:eu-west-1:0:cluster/staging", "arn:aws:eks:eu-west-1:0:cluster/prod")
    assert told_apart(clusters) == ("…staging", "…prod")
    assert told_apart(("a-very-long-context", "another-long-one")) == ("a-very-long-context", "another-long-one")
    assert told_apart(("\x1b]52;c;x\x07eu", "us")) == ("eu", "us")
    beginning = ("a-very-long-context", "a-very-long-context-2")
    assert told_apart(beginning) == beginning


def test_json_has_each_side_as_get_has_it_and_is_json() -> None:
    (pair,) = pairs(board(("staging", stack("web", spec={"branch": "main"}))))
    item = json.loads(json.dumps(comparison_json(pair, NOW)))
    assert list(item) == ["namespace", "name", "left", "right", "differs"]
    assert (item["left"]["context"], item["left"]["branch"], item["right"]) == ("staging", "main", None)
    assert item["differs"] == ["right"]
