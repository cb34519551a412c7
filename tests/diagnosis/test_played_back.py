"""Forty-eight minutes of a real operator's work, explained again and again while they pass: what was called a problem
was one, and stayed it until somebody did something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from diagnosis.explain import OUR_ERROR, Diagnosis
from diagnosis.facts.context_objects import ContextObjects, LogTail, LogWanted, ObjectWanted, OperatorLogWanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, PROBLEM
from fleet.board.rows import Key
from support.recorded import timeline
from support.scenes import CONTEXT, KINDS

EVERY = 5.0
"""seconds of recorded time between two looks"""
SELDOM = 30.0
"""seconds after which it is looked again though nothing happened: times run out"""
ROUNDS = 5
OPERATOR = "pulumi-kubernetes-operator"
NO_LOG = LogTail(unread="logs weren't recorded")
MOVING = ("Stack", "Update", "Workspace", "Pod", "StatefulSet", "Program")
BY_HAND = {
    ("lock", "locked"): ("U-3",),  # the lock is cancelled by hand
    ("prog", "prog-run"): ("U-1",),
}
"""problems that a person ended without changing the Stack"""

Objects = dict[tuple[str, str, str], dict[str, Any]]


class Look(NamedTuple):
    """What was found at an instant with a Stack that is there and isn't being deleted."""

    at: float
    key: Key
    generation: int
    created: str
    succeeded: bool
    problems: dict[str, str]
    """ids of what is a problem, with the certainty"""


def _looks() -> Iterator[Look]:
    objects: Objects = {}
    begin, moved, last = 0.0, True, 0.0
    for at, event, obj in timeline():
        begin = begin or at
        while at >= begin + EVERY:
            begin += EVERY
            if moved or begin - last >= SELDOM:
                yield from _look(objects, begin)
                moved, last = False, begin
        place = (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        moved = moved or obj["kind"] in MOVING
        if event == "DELETED":
            objects.pop(place, None)
        else:
            objects[place] = obj


def _look(objects: Objects, now: float) -> Iterator[Look]:
    diagnosis = _diagnosis(objects, now)
    for (kind, namespace, name), stack in objects.items():
        if kind != "Stack" or "deletionTimestamp" in stack["metadata"]:
            continue
        key, metadata = Key(CONTEXT, namespace, name), stack["metadata"]
        found = diagnosis.findings(key)
        assert not [each.title for each in found if each.id == OUR_ERROR]
        succeeded = (stack.get("status") or {}).get("lastUpdate", {}).get("state") == "succeeded"
        problems = {each.id: each.certainty for each in found if each.severity == PROBLEM}
        yield Look(now, key, metadata["generation"], metadata["creationTimestamp"], succeeded, problems)


def _diagnosis(objects: Objects, now: float) -> Diagnosis:
    context = ContextObjects(CONTEXT, now, OPERATOR)
    recent = [(place, obj) for place, obj in objects.items() if place[0] != "Event" or _lives(obj, objects)]
    for kind in KINDS:
        context.put_list(kind, (obj for place, obj in recent if place[0] == kind))
    for _ in range(ROUNDS):
        diagnosis = Diagnosis(FleetFacts({CONTEXT: context}, close_look=False))
        for place in context.raw("Stack"):
            diagnosis.findings(Key(CONTEXT, *place))
        if not context.wanted:
            return diagnosis
        _answer(context, objects, now)
    raise AssertionError("it asks and asks")


def _lives(event: dict[str, Any], objects: Objects) -> bool:
    """Whether what an Event is about is still there: the others explain nothing and only take time."""
    about = event.get("involvedObject", {})
    return (about.get("kind"), about.get("namespace", ""), about.get("name")) in objects


def _answer(context: ContextObjects, objects: Objects, now: float) -> None:
    wanted = list(context.wanted)
    context.wanted.clear()
    for each in wanted:
        match each:
            case LogWanted():
                context.put_log(each, NO_LOG)
            case OperatorLogWanted():
                context.put_operator_log(NO_LOG)
            case ObjectWanted(name=""):
                context.put_names(each, (), "names weren't recorded")
            case ObjectWanted():
                context.put_answer(each, objects.get((each.kind, each.namespace, each.name)), now)


def test_what_is_called_a_problem_does_not_pass_by_itself() -> None:
    before: dict[Key, Look] = {}
    began: dict[tuple[Key, str], float] = {}
    passed, wrong, looks = [], [], 0
    for look in _looks():
        looks += 1
        last = before.get(look.key)
        if last is not None and (last.created, last.generation) != (look.created, look.generation):
            began = {place: at for place, at in began.items() if place[0] != look.key}
            last = None
        for name in look.problems:
            began.setdefault((look.key, name), look.at)
        for name, certainty in last.problems.items() if last is not None else ():
            by_hand = name == "B-1" or name in BY_HAND.get((look.key.namespace, look.key.name), ())
            if name in look.problems or by_hand:
                continue
            lasted = look.at - began.pop((look.key, name))
            if lasted < 15.0:
                passed.append((look.key, name, lasted))
            if look.succeeded and not look.problems and certainty == CERTAIN:
                wrong.append((look.key, name, lasted))
        before[look.key] = look
    assert looks > 3000
    assert passed == []
    assert wrong == []
