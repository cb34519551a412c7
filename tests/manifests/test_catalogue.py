"""What every rule promises: its wrong example breaks it, its right one and its look-alike don't."""

from __future__ import annotations

import re

import pytest

from manifests.catalogue import RULES
from manifests.rule import Rule
from support.lint_objects import live_problems_in
from support.lint_texts import problems_in

_ID = re.compile(r"[a-z]+/[a-z0-9-]+\Z")


def rules_in(text: str, rule: Rule) -> set[str]:
    """What is said of an example of a rule."""
    versions = rule.examples_for
    if rule.is_live:
        return {each.rule for each in live_problems_in(text, versions=versions)}
    return {each.rule for each in problems_in(text, pko=versions.pko, argocd=versions.argocd)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_wrong_example_breaks_the_rule_and_the_right_one_does_not(rule: Rule) -> None:
    assert not rule.wrong or rule.id in rules_in(rule.wrong, rule)  # what isn't text has no example
    assert rule.id not in rules_in(rule.right, rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_stays_quiet_on_what_only_looks_like_it(rule: Rule) -> None:
    assert rule.id not in rules_in(rule.alike, rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_says_what_it_does_and_how_it_is_written_right(rule: Rule) -> None:
    assert _ID.match(rule.id)
    assert not rule.title.endswith(".")
    assert rule.effect.endswith(".")
    assert rule.remedy


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
