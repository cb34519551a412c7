"""Self-heal that undoes again and again what somebody else writes into a Stack."""

from __future__ import annotations

from diagnosis.cause import ARGOCD, Cause
from diagnosis.causes.argocd_waves import stack_keys
from diagnosis.facts.application_facts import ApplicationFacts, is_stack
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import LIKELY, PROBLEM, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import Obj, at, field, mappings, text, whole_number

_TIMES = 3
_WITHIN = 600.0
"""seconds in which as many operations make a loop"""
_OPERATORS = ("manager", "pulumi-kubernetes-operator", "stack-controller", "pulumi-controller")
_OPERATION = ("status", "operationState", "operation")


def _keeps_changing(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.self_heal or not facts.automated:
        return None
    if facts.started is None or facts.now - facts.started > _WITHIN:
        return None
    found = _repeated(facts)
    if found is None:
        return None
    times, proofs = found
    for key in stack_keys(facts, fleet, _changed(facts)):
        stack = fleet.stack(key)
        # Each operation that changes it raises the generation by one, and so does what it undoes.
        if stack is None or stack.generation <= times:
            continue
        writer = _other_writer(stack)
        name = f"{key.namespace}/{key.name}"
        by = f", as {writer} does, too" if writer else ""
        return Finding(
            "",
            PROBLEM,
            f"Self-heal of {facts.label} keeps changing the Stack {name}{by}",
            subject=f"Stack {name}",
            evidence=(
                *proofs,
                facts.quote_operation("startedAt", time=facts.started),
                stack.quote("metadata", "generation"),
            ),
            next_step=f"Find out who else writes into the Stack {name}{f' ({writer})' if writer else ''}: stop that, "
            f"or let the field be ignored by ignoreDifferences of {facts.label}.",
            certainty=LIKELY,
            makes_certain="watching whether the Stack's generation rises with each sync while its commit stays the "
            "same",
            since=facts.started,
            next=NextEvent("never ends: each round starts another run of the Stack", heals=False),
        )
    return None


def _repeated(facts: ApplicationFacts) -> tuple[int, list[Evidence]] | None:
    """How often the same revision was synced by itself just now, and what shows it.

    Argo CD counts the attempts of self-heal in the operation; before that it left only a history, and of full syncs.
    """
    count = whole_number(facts.value(*_OPERATION, "sync"), "autoHealAttemptsCount")
    if count is not None:
        path = (*_OPERATION, "sync", "autoHealAttemptsCount")
        return (count, [facts.quote(*path)]) if count >= _TIMES else None
    history = mappings(facts.value("status"), "history")[-_TIMES:]
    revision = text(facts.value("status", "operationState", "syncResult"), "revision")
    times = [at(each, "deployedAt") for _, each in history]
    same = [
        text(each, "revision") == revision and field(each, "initiatedBy", "automated") is True for _, each in history
    ]
    if len(history) < _TIMES or not revision or not all(same):
        return None
    if not all(time is not None and facts.now - time <= _WITHIN for time in times):
        return None
    return _TIMES, [
        facts.quote("status", "history", place, "deployedAt", time=at(each, "deployedAt")) for place, each in history
    ]


def _changed(facts: ApplicationFacts) -> list[Obj]:
    """The Stacks that the last sync was for, or else those that it changed."""
    only = [each for _, each in mappings(facts.app, *_OPERATION, "sync", "resources") if is_stack(each)]
    if only:
        return only
    return [
        each
        for _, each in facts.results
        if is_stack(each) and text(each, "status") == "Synced" and not text(each, "message").endswith("unchanged")
    ]


def _other_writer(stack: StackFacts) -> str:
    """Who else has written into the Stack lately, neither Argo CD nor the operator; empty where nobody is seen."""
    for _, entry in mappings(stack.stack, "metadata", "managedFields"):
        manager, time = text(entry, "manager"), at(entry, "time")
        ours = manager in _OPERATORS or manager.startswith("argocd") or text(entry, "subresource") == "status"
        if not ours and manager and time is not None and stack.now - time <= _WITHIN:
            return manager
    return ""


CAUSES = (
    Cause(
        id="A-6",
        depth=ARGOCD,
        title="Self-heal keeps changing a Stack",
        symptom="Auto-sync with self-heal syncs the same Stack again and again at an unchanged revision, and its "
        "`metadata.generation` rises each time.",
        explanation="Something else writes into the Stack what Git doesn't say, such as another controller or a "
        "webhook. Self-heal undoes that, and every change of the spec starts a run.",
        by_itself="Never ends.",
        way_out="Stop the other writer, or let the field be ignored by `ignoreDifferences` of the Application.",
        versions="all of Argo CD",
        find=_keeps_changing,
        not_helpful=(
            NotHelpful("app sync", "it is one round more"),
            NotHelpful("reconcile", "it starts a run more; every round starts one by itself"),
        ),
    ),
)
