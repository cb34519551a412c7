"""The causes that are looked for with a board's records: the catalogue's, with the doubt that such records leave.

What a board doesn't hold would often explain a Stack better. So a cause that is only said where no other says why is
never certain here; and that the operator doesn't work is told by whether anybody leads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diagnosis.catalogue import STACK_CAUSES
from diagnosis.cause import Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, Evidence, Finding, NextEvent, ObjectRef
from stacks.operator import LEASE_NAME

_Find = Callable[[StackFacts, FleetFacts], Finding | None]
_OPERATOR_DOWN = "B-1"


def _operator_down(by_objects: _Find) -> _Find:
    """Finds that the operator doesn't work; `by_objects` where nobody knows whether it is led."""

    def find(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
        if facts.operator.state == "unknown":
            return by_objects(facts, fleet)
        return None if facts.operator.alive or not facts.waits_for_operator else _nobody_leads(facts)

    return find


def _nobody_leads(facts: StackFacts) -> Finding:
    where = facts.objects.operator_namespace
    return Finding(
        "",
        PROBLEM,
        "The operator doesn't work: nobody holds its Lease",
        subject=f"operator of {facts.key.context}",
        evidence=(Evidence(ObjectRef(facts.key.context, where, "Lease", LEASE_NAME)),),
        next_step="Start the operator: look at its Deployment and its pods"
        + (f" in the namespace {where}." if where else "."),
        certainty=LIKELY,
        makes_certain="the operator's Lease",
        next=NextEvent("once an operator leads: then all that waits is taken up", brief="on leader"),
    )


def _doubted(find: _Find) -> _Find:
    """Finds the same, and is never certain of it."""

    def doubting(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
        found = find(facts, fleet)
        if found is None or found.certainty != CERTAIN:
            return found
        return replace(found, certainty=LIKELY, makes_certain="what else there is around the Stack")

    return doubting


def _for_records(cause: Cause[StackFacts]) -> Cause[StackFacts]:
    if cause.id == _OPERATOR_DOWN:
        return replace(cause, find=_operator_down(cause.find))
    return replace(cause, find=_doubted(cause.find)) if cause.yields_to else cause


BOARD_CAUSES: tuple[Cause[StackFacts], ...] = tuple(_for_records(cause) for cause in STACK_CAUSES)
