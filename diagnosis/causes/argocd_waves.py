"""A sync that waits for a Stack to be Healthy before it goes on to the next wave."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diagnosis.cause import ARGOCD, Cause
from diagnosis.facts.application_facts import ApplicationFacts, is_stack, resource_name, wave_of
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import PROBLEM, WAITING, Evidence, Finding, NextEvent, NotHelpful
from fleet.board.rows import Key
from stacks.fields import Obj, field, text, texts

_WAITS = re.compile(r"waiting for healthy state of pulumi\.com/Stack/(\S+)(?: and (\d{1,9}) more resources?)?")
_NEVER_HEALTHY = ("Suspended", "Unknown", "")
_IGNORED = "argocd.argoproj.io/ignore-healthcheck"
_NAMED = 3


def _wave_waits(facts: ApplicationFacts, fleet: FleetFacts) -> Finding | None:
    found = _WAITS.search(facts.message) if facts.phase == "Running" else None
    if found is None:
        return None
    name, more = found[1], int(found[2] or 0)
    waited = _waited_for(facts, name, more)
    keys = stack_keys(facts, fleet, [each for _, each in waited], name)
    first = f"the {resource_name(waited[0][1])}" if waited else f"the Stack {name}"
    others = f" and {more} more" if more else ""
    stuck = _for_ever(facts, fleet, waited, keys)
    title = f"The sync of {facts.label} waits for {first}{others} to be Healthy"
    next_event = NextEvent(f"goes on once {first} is Healthy; Argo CD sets it no time limit by itself{_later(facts)}")
    evidence = [
        facts.quote_operation("message", part=found[0]),
        facts.quote_operation("startedAt", time=facts.started),
        *(facts.quote("status", "resources", place, "name") for place, _ in waited),
    ]
    step = f"Find out what holds {first} up. To sync a newer commit before that, terminate this sync first."
    if stuck is not None:
        word, proof = stuck
        evidence.insert(1, proof)
        title = f"The sync of {facts.label} waits for ever: to Argo CD the health of {first} is {word}"
        next_event = NextEvent(f"never by itself: a wave doesn't go on while a Stack's health is {word}", heals=False)
        step = (
            f"Look at the health check for Stacks in this Argo CD, and at what {first} says; terminate the sync of "
            f"{facts.label} if it isn't to wait for it."
        )
    return Finding(
        "",
        WAITING if stuck is None else PROBLEM,
        title,
        subject=f"Application {facts.label}",
        evidence=tuple(evidence),
        next_step=step,
        since=facts.started,
        next=next_event,
        waits_for=tuple(keys),
        unknown=() if keys else (f"{first}: it is in no context that was looked at",),
    )


def _waited_for(facts: ApplicationFacts, name: str, more: int) -> list[tuple[int, Obj]]:
    """The Stacks that the wave waits for: the one that the message names, then those that it only counts."""
    running = {_place(each) for _, each in facts.running_results if is_stack(each)}
    stacks = [(place, each) for place, each in facts.resources if is_stack(each)]
    named = [(place, each) for place, each in stacks if text(each, "name") == name]
    named = [(place, each) for place, each in named if _place(each) in running] or named
    named = sorted(named, key=lambda entry: wave_of(entry[1]))[:1]
    if not named or not more:
        return named
    others = [
        (place, each)
        for place, each in stacks
        if _place(each) != _place(named[0][1])
        and (_place(each) in running if running else wave_of(each) == wave_of(named[0][1]))
    ]
    return [*named, *others]


def _for_ever(
    facts: ApplicationFacts, fleet: FleetFacts, waited: Sequence[tuple[int, Obj]], keys: Sequence[Key]
) -> tuple[str, Evidence] | None:
    """The health of the Stack that the message names and with which no wave ever goes on, where one can see it.

    From 3.0 on the health of a resource usually doesn't stand in the Application. What does is its own health, which
    is as bad as the worst of those: it can't be Healthy while a Stack is Progressing, so that one has no health word.
    """
    if not waited:
        return None
    place, resource = waited[0]
    health = field(resource, "health")
    if isinstance(health, dict):
        word = text(health, "status")
        proof = facts.quote("status", "resources", place, "health", "status")
        return (word or "empty", proof) if word in _NEVER_HEALTHY else None
    proof = facts.quote("status", "health", "status")
    blamed = f"pulumi.com/Stack:{text(resource, 'namespace')}/{text(resource, 'name')}"
    causes = re.findall(r"pulumi\.com/Stack:[^\s,]+", text(facts.app, "status", "health", "message"))
    if facts.health_status in ("Suspended", "Unknown") and blamed in causes:
        return facts.health_status, proof
    if facts.health_status != "Healthy" or facts.started is None or len(waited) > 1:
        return None
    stacks = [stack for key in keys if (stack := fleet.stack(key)) is not None]
    ignored = any(texts(each.stack, "metadata", "annotations").get(_IGNORED) == "true" for each in stacks)
    late = facts.now - facts.started > facts.thresholds.wedged
    return ("empty", proof) if stacks and late and not ignored else None


def _later(facts: ApplicationFacts) -> str:
    """What has to wait until then: what this sync hasn't applied yet, and isn't as Git has it."""
    applied = {(text(each, "kind"), *_place(each)) for _, each in facts.results}
    left = [
        resource_name(each)
        for _, each in facts.resources
        if text(each, "status") == "OutOfSync" and (text(each, "kind"), *_place(each)) not in applied
    ]
    if not left:
        return ""
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return f". Not applied until then: {', '.join(left[:_NAMED])}{more}"


def stack_keys(facts: ApplicationFacts, fleet: FleetFacts, resources: Sequence[Obj], name: str = "") -> list[Key]:
    """The known Stacks that these resources of an Application are; where there is no such resource, those of a name."""
    wanted = {_place(each) for each in resources if is_stack(each)}
    return [
        key
        for key in fleet.held(facts.key)
        if (key.namespace, key.name) in wanted or (not wanted and name and key.name == name)
    ]


def _place(resource: Obj) -> tuple[str, str]:
    return text(resource, "namespace"), text(resource, "name")


CAUSES = (
    Cause(
        id="A-1",
        depth=ARGOCD,
        title="A sync waits for a Stack to be Healthy",
        symptom="The operation of the Application is `Running`, and says `waiting for healthy state of "
        "pulumi.com/Stack/…`. Resources of later waves aren't applied.",
        explanation="A sync with several waves or hooks goes on to the next wave when everything of the present one is "
        "Healthy. A Stack is, when its run has succeeded. A sync pins its commit: newer ones aren't synced meanwhile. "
        "`Suspended`, `Unknown` and an empty health never let it go on.",
        by_itself="It goes on within a second of the Stack's becoming Healthy. Argo CD sets no time-out unless "
        "`controller.sync.timeout.seconds` does.",
        way_out="Do what helps the Stack. To sync a newer commit first, terminate the sync, then sync again.",
        versions="all of Argo CD with a health check for Stacks, which it brings itself from 3.6 on",
        find=_wave_waits,
        helps=("app terminate", "app sync"),
        not_helpful=(
            NotHelpful("app refresh", "the sync notices the Stack's health by itself"),
            NotHelpful("app sync", "while one runs, another is refused or lost"),
        ),
        beats=("A-3",),
    ),
)
