"""A Stack waits for other Stacks.

What it says of them is old: the operator tells it nothing when one of them fails. So each is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnosis.cause import PREREQUISITE, Cause
from diagnosis.facts.context_objects import ObjectLookup
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.go_durations import go_seconds
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import first_line, listed, maybe_meant, near_names
from fleet.board.rows import Key
from stacks.fields import at, mappings, text, whole_number
from stacks.text import plain
from stacks.times import prose_span

_ORDER_OF_ARRIVAL = 120.0
"""seconds in which a prerequisite may come after the Stack that waits for it"""


@dataclass(frozen=True, slots=True)
class _Prerequisite:
    """One entry of `spec.prerequisites`, and what has become of the Stack that it names."""

    place: int
    name: str
    key: Key
    stack: StackFacts | None
    answer: ObjectLookup
    """whether that is there at all"""
    why: str
    """why it isn't satisfied; empty where it is, or isn't known"""


def _waits(facts: StackFacts) -> bool:
    return facts.leads("Reconciling", "PrerequisiteNotSatisfied") and not facts.deleting


def _prerequisites(facts: StackFacts, fleet: FleetFacts) -> Iterator[_Prerequisite]:
    for place, entry in mappings(facts.spec, "prerequisites"):
        name = text(entry, "name")
        if not name:
            continue
        key = Key(facts.key.context, facts.namespace, name)
        stack = fleet.stack(key)
        answer = facts.objects.look_up("Stack", facts.namespace, name)
        within = go_seconds(text(entry, "requirement", "succeededWithinDuration"))
        why = unsatisfied(stack, within) if stack is not None else ""
        yield _Prerequisite(place, name, key, stack, answer, why)


def unsatisfied(stack: StackFacts, within: float | None) -> str:
    """Why this Stack doesn't count as a prerequisite that has succeeded; empty where it does."""
    last = stack.last
    if last is None or not text(last, "state"):
        return "is in its first run" if stack.current is not None else "has never run"
    if stack.current is not None:
        return "is running" + ("" if text(last, "state") == "succeeded" else " again after a failure")
    if text(last, "state") != "succeeded":
        return "has failed"
    if not stack.is_pko_1_result and whole_number(last, "generation") != stack.generation:
        return "has a newer spec that hasn't run"
    if stack.request is not None and stack.request != text(last, "reconcileRequest") and not stack.is_pko_1_result:
        return "is asked for a run that it hasn't begun"
    ended = at(last, "lastResyncTime")
    if within is not None and ended is not None and stack.now - ended > within:
        return f"hasn't succeeded within the last {prose_span(within)}"
    return ""


def _missing(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    leading = facts.leading
    if leading is None or not _waits(facts):
        return None
    gone = [each for each in _prerequisites(facts, fleet) if each.answer.gone]
    if not gone:
        return None
    names = [plain(each.name) for each in gone]
    one = len(names) == 1
    there = [place[1] for place in facts.objects.raw("Stack") if place[0] == facts.namespace and place[1] != facts.name]
    near = [plain(other) for each in gone for other in near_names(each.name, there)]
    sure = all(each.answer.asked_at is not None for each in gone)
    early = facts.created is not None and facts.now - facts.created < _ORDER_OF_ARRIVAL
    return Finding(
        "",
        WAITING if early else PROBLEM,
        f"The prerequisite{'' if one else 's'} {listed(names)} {'does' if one else 'do'}n't exist in {facts.namespace}",
        subject=f"Stack {facts.namespace}/{listed(names)}",
        evidence=(
            _reason(facts),
            *(facts.quote("spec", "prerequisites", each.place, "name") for each in gone),
            *_said(facts),
        ),
        next_step=f"Create the Stack{'' if one else 's'} {listed(names)} in {facts.namespace}, or correct "
        f"spec.prerequisites.{maybe_meant(near)}",
        certainty=CERTAIN if sure else LIKELY,
        makes_certain="" if sure else "asking the API server for it by name",
        since=leading.time,
        next=NextEvent(
            f"goes on when {listed(names)} {'is' if one else 'are'} there and Ready", brief=f"on {names[0]}"
        ),
        problem_at=facts.created + _ORDER_OF_ARRIVAL if early and facts.created is not None else None,
    )


def _not_satisfied(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if facts.leading is None or not _waits(facts):
        return None
    every = list(_prerequisites(facts, fleet))
    if not every or any(each.answer.gone for each in every):
        return None
    ring = _ring(facts, fleet)
    if ring:
        return _cycle(facts, ring, [each for each in every if each.why and each.key not in ring])
    waited = [each for each in every if each.why]
    unread = [each for each in every if each.answer.unread]
    if not waited and not unread:
        return _satisfied_by_now(facts, every)
    return _waiting(facts, waited, unread)


def _waiting(facts: StackFacts, waited: list[_Prerequisite], unread: list[_Prerequisite]) -> Finding:
    names = [plain(each.name) for each in waited or unread]
    whys = [f"{plain(each.name)} {each.why}" for each in waited]
    title = f"The prerequisite {whys[0]}" if len(whys) == 1 else f"Prerequisites aren't satisfied: {listed(whys)}"
    return Finding(
        "",
        WAITING,
        title if waited else f"The Stack waits for {listed(names)}, which can't be read here",
        subject=f"Stack {facts.namespace}/{listed(names)}",
        evidence=(_reason(facts), *(proof for each in waited[:5] for proof in _proof(facts, each)), *_said(facts)),
        next_step=f"See what {listed(names)} needs: once that is Ready, this one runs by itself.",
        certainty=CERTAIN if not unread else LIKELY,
        makes_certain="" if not unread else f"the Stack {facts.namespace}/{plain(unread[0].name)}",
        since=facts.leading.time if facts.leading is not None else None,
        next=NextEvent(f"runs when {listed(names)} {'is' if len(names) == 1 else 'are'} Ready", brief=f"on {names[0]}"),
        unknown=tuple(f"the Stack {facts.namespace}/{plain(each.name)}: {each.answer.unread}" for each in unread),
        waits_for=tuple(dict.fromkeys(each.key for each in waited)),
    )


def _satisfied_by_now(facts: StackFacts, every: list[_Prerequisite]) -> Finding:
    """The condition is there, and what it waits for has come: the operator is about to look, or missed it."""
    names = listed([plain(each.name) for each in every])
    return Finding(
        "",
        WAITING,
        f"The prerequisites ({names}) are satisfied by now, and the operator hasn't looked since",
        subject=f"Stack {facts.namespace}/{names}",
        evidence=(_reason(facts), *(proof for each in every[:5] for proof in _proof(facts, each))),
        next_step="Ask for a run if this stays for more than a minute.",
        certainty=LIKELY,
        makes_certain="the operator's next look at this Stack",
        since=facts.leading.time if facts.leading is not None else None,
        next=NextEvent("runs when one of them becomes Ready once more"),
        actions=("reconcile",),
        not_helpful=(NotHelpful("restart-workspace", "the operator looks first, and no pod has a part in that"),),
    )


def _cycle(facts: StackFacts, ring: list[Key], others: list[_Prerequisite]) -> Finding:
    """A ring of Stacks, or one that waits for itself. `others` are prerequisites outside of it."""
    names = [plain(key.name) for key in ring]
    entries = [place for place, name in facts.prerequisites if name in names]
    title, step = f"{names[0]} names itself as its prerequisite, and waits for ever", f"Take {names[0]} out"
    if len(ring) > 1:
        step = f"Take one of the ring {' → '.join([*names, names[0]])} out"
        title = f"The Stacks {listed(sorted(names))} wait for each other in a ring"
    return Finding(
        "",
        PROBLEM,
        title,
        subject=f"ring of {facts.namespace}/{listed(sorted(names))}",
        evidence=(
            _reason(facts),
            *(facts.quote("spec", "prerequisites", place, "name") for place in entries),
            *_said(facts),
        ),
        next_step=f"{step} of spec.prerequisites.",
        since=facts.leading.time if facts.leading is not None else None,
        next=NextEvent("never by itself: each waits for the next", heals=False),
        waits_for=tuple(dict.fromkeys(each.key for each in others)),
    )


def _ring(facts: StackFacts, fleet: FleetFacts) -> list[Key]:
    """The Stacks of the ring in which this one waits for itself, in the order of waiting; none where it is in none."""
    before: dict[Key, Key | None] = {facts.key: None}
    queue = [facts.key]
    for key in queue:
        stack = fleet.stack(key)
        if stack is None or not _waits(stack):
            continue
        for each in _prerequisites(stack, fleet):
            if each.key == facts.key and each.why:
                return _way(key, before)
            if each.why and each.key not in before:
                before[each.key] = key
                queue.append(each.key)
    return []


def _way(key: Key, before: dict[Key, Key | None]) -> list[Key]:
    way: list[Key] = []
    step: Key | None = key
    while step is not None:
        way.append(step)
        step = before[step]
    return way[::-1]


def _reason(facts: StackFacts) -> Evidence:
    """That it waits, which holds while the message grows old."""
    leading = facts.leading
    place = leading.place if leading is not None else 0
    return facts.quote("status", "conditions", place, "reason", time=leading.time if leading is not None else None)


def _said(facts: StackFacts) -> list[Evidence]:
    leading = facts.leading
    line = first_line(facts.message)
    return [facts.quote_condition(leading, line)] if leading is not None and line else []


def _proof(facts: StackFacts, each: _Prerequisite) -> list[Evidence]:
    """Where it stands, and what the prerequisite says of itself."""
    found = [facts.quote("spec", "prerequisites", each.place, "name")]
    stack = each.stack
    if stack is None:
        return found
    if text(stack.last, "state") and stack.current is None:
        found.append(stack.quote("status", "lastUpdate", "state", time=at(stack.last, "lastResyncTime")))
    leading = stack.leading
    if leading is not None and "\n" not in leading.message:
        found.append(stack.quote_condition(leading))
    return found


CAUSES = (
    Cause(
        id="B-9",
        depth=PREREQUISITE,
        title="A prerequisite doesn't exist",
        symptom="`Reconciling=True` with the reason `PrerequisiteNotSatisfied` and `unable to fetch prerequisite`.",
        explanation="`spec.prerequisites` names a Stack that isn't in this namespace. Stacks of other namespaces can't "
        "be prerequisites.",
        by_itself="It runs when that Stack is there and Ready.",
        way_out="Create that Stack, or correct `spec.prerequisites`.",
        versions="from 1.12",
        since=(1, 12, 0),
        find=_missing,
        not_helpful=(NotHelpful("reconcile", "the operator looks once more, with the same answer"),),
        beats=("B-10",),
    ),
    Cause(
        id="B-10",
        depth=PREREQUISITE,
        title="A prerequisite isn't satisfied",
        symptom="`Reconciling=True` with the reason `PrerequisiteNotSatisfied`. Its message is often old: it says "
        "`has not run to completion` of a Stack that failed long ago.",
        explanation="A prerequisite counts once it has succeeded with its present spec and its newest request, and, "
        "where `succeededWithinDuration` is given, not too long ago. A prerequisite that fails wakes nobody.",
        by_itself="It runs when the prerequisite becomes Ready. Stacks that wait for each other in a ring never do.",
        way_out="Help the Stack at the end of the chain. A ring has to be opened in `spec.prerequisites`.",
        versions="from 1.12",
        since=(1, 12, 0),
        find=_not_satisfied,
        not_helpful=(NotHelpful("reconcile", "the operator looks once more, with the same answer"),),
        beats=("R-1",),
    ),
)
