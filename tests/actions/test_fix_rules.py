"""Why a fix can't help, by what is found: the finding that says so, its reason, and always a next step."""

from __future__ import annotations

import pytest

from actions.fix_rules import not_allowed, not_helpful, right_on, speaks_against
from cluster.access import AccessAnswer
from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, Finding, NotHelpful
from fleet.resource_kinds import STACKS


def finding(
    id_: str, *, severity: str = PROBLEM, certainty: str = CERTAIN, step: str = "", against: str = ""
) -> Finding:
    refused = (NotHelpful(against, "it is no use"),) if against else ()
    return Finding(id_, severity, f"title of {id_}", certainty=certainty, next_step=step, not_helpful=refused)


def test_a_refusal_has_the_next_step_of_the_finding_that_refuses_and_not_of_the_first_one() -> None:
    found = [finding("A", severity=NOTE, step="ignore it"), finding("B", step="mend B", against="reconcile")]
    against = speaks_against(found, "reconcile")
    assert against is not None and against.finding.id == "B"
    refusal = not_helpful("eu/prod/shop", found, "reconcile")
    assert refusal is not None
    assert refusal.text == "eu/prod/shop: reconcile doesn't help here: it is no use (B: title of B)"
    assert refusal.reasons == ("mend B",)


@pytest.mark.parametrize("actions", [(), ("unwedge",)])
def test_a_refusal_has_a_next_step_also_where_the_finding_has_none(actions: tuple[str, ...]) -> None:
    bare = Finding("C", PROBLEM, "c", actions=actions, not_helpful=(NotHelpful("reconcile", "no"),))
    refusal = not_helpful("it", [bare], "reconcile")
    assert refusal is not None and any(refusal.reasons) and "C" in refusal.reasons[0]


def test_what_is_not_certain_refuses_nothing() -> None:
    assert speaks_against([finding("B", certainty=LIKELY, against="reconcile")], "reconcile") is None


def test_only_a_right_that_is_known_to_be_missing_refuses() -> None:
    right = right_on("patch", STACKS.resource, "prod", "shop", "status")
    assert not_allowed("it", [AccessAnswer(right, True), AccessAnswer(right, None)]) is None
    refusal = not_allowed("it", [AccessAnswer(right, False)])
    assert refusal is not None and refusal.unseen
    assert refusal.text == "it: you may not do that: it needs the right to patch stacks/status.pulumi.com"
