"""The source that the operator looks up by itself: a git branch, a Flux source or a Program. No pod takes part yet."""

from __future__ import annotations

import re

from diagnosis.cause import SPEC, Cause
from diagnosis.facts.context_objects import ObjectLookup
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition, condition_of
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, ON_CHANGE, PROBLEM, WAITING, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import brief, maybe_meant, near_names, repository_name
from stacks.fields import Obj, at, field, mappings, text
from stacks.text import plain

_LOOKS_AGAIN = (2, 6, 0)
"""from here on the operator looks for a missing source every 30 s"""
_ORDER_OF_ARRIVAL = 120.0
"""seconds in which a source may come after the Stack that wants it"""
_FIRST_ARTIFACT = 300.0
"""seconds in which a new source makes its first artifact"""
_NO_POD = NotHelpful("restart-workspace", "the operator itself reads the source, no pod does")
_NO_BRANCH = re.compile(r'no commits found for ref "(.*)"')


def _unavailable(facts: StackFacts, *words: str) -> tuple[ObservedCondition, str] | None:
    """The condition SourceUnavailable and the line of its message in which one of these words stands."""
    leading = facts.leading
    if leading is None or not facts.leads("Stalled", "SourceUnavailable") or not facts.judged:
        return None
    for line in leading.message.splitlines():
        if any(word in line for word in words):
            return leading, line.strip()
    return None


def _git_unreachable(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _unavailable(facts, "listing: ", "getting auth method: ")
    if found is None or not found[1].startswith(("listing: ", "getting auth method: ")):
        return None
    leading, said = found
    repository = repository_name(text(facts.spec, "projectRepo"))
    why, step = _why_unreachable(said, repository)
    return Finding(
        "",
        PROBLEM,
        f"The operator can't list the repository {repository}: {why}",
        subject=f"repository {repository}",
        evidence=(facts.quote_condition(leading, said), *_quoted(facts, "projectRepo")),
        next_step=step if facts.operator.since(_LOOKS_AGAIN) else f"{step.rstrip('.')}, then reconcile.",
        since=leading.time,
        next=_next_look(facts),
        actions=_actions(facts),
    )


def _why_unreachable(said: str, repository: str) -> tuple[str, str]:
    """Why, in a few words, and what to do about it."""
    lower = said.lower()
    if "repository not found" in lower:
        return (
            "there is none of that name, or it is private",
            "Correct spec.projectRepo; where the repository is private, add spec.gitAuth.",
        )
    if "authentication required" in lower or "authorization failed" in lower or "unable to authenticate" in lower:
        return "it asks for a login", f"Give spec.gitAuth a login that may read {repository}."
    if "knownhosts" in lower or "known_hosts" in lower or "host key" in lower:
        return (
            "the SSH host key isn't known to the operator",
            "Use https, or give the operator a known_hosts file with this host.",
        )
    if said.startswith("getting auth method") or "invalid auth method" in lower:
        return (
            f"gitAuth doesn't fit ({brief(said.partition(': ')[2])})",
            "Let spec.gitAuth fit the URL: a token or password for https, a key for ssh.",
        )
    if "dial tcp: lookup" in lower:
        return (
            "the name of its host can't be resolved",
            "Correct the host in spec.projectRepo, or the operator's DNS and egress.",
        )
    if "x509" in lower or "tls" in lower:
        return f"TLS fails ({brief(said.partition(': ')[2])})", "Let the operator trust the host's certificate."
    return (
        brief(said.partition(": ")[2]) or "it doesn't say why",
        "Look at spec.projectRepo, spec.gitAuth and the operator's way to that host.",
    )


def _branch_missing(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _unavailable(facts, "no commits found for ref")
    name = _NO_BRANCH.search(found[1]) if found is not None else None
    if found is None or name is None:
        return None
    leading, said = found
    branch = name[1].removeprefix("refs/heads/")
    repository = repository_name(text(facts.spec, "projectRepo"))
    step = f"Push the branch {branch} to {repository}, or correct spec.branch"
    if facts.deleting:
        step = f"Push the branch {branch} to {repository} once more, so that the destroy can run"
        if facts.operator.since((2, 8, 0)) and text(facts.stack, "status", "projectInfo", "name"):
            step += ", or set spec.runProgram to false: then it needs no source"
    elif not facts.operator.since(_LOOKS_AGAIN):
        step += "; then reconcile"
    return Finding(
        "",
        PROBLEM,
        f"The branch {branch} isn't in {repository}",
        subject=f"branch {branch} of {repository}",
        evidence=(facts.quote_condition(leading, said), *_quoted(facts, "branch"), *_quoted(facts, "projectRepo")),
        next_step=f"{step}.",
        since=leading.time,
        next=_next_look(facts),
        actions=_actions(facts),
        not_helpful=() if facts.operator.since(_LOOKS_AGAIN) else (_NO_POD,),
    )


def _quoted(facts: StackFacts, name: str) -> list[Evidence]:
    return [facts.quote("spec", name)] if text(facts.spec, name) else []


def _next_look(facts: StackFacts) -> NextEvent:
    if facts.operator.since(_LOOKS_AGAIN):
        return NextEvent("the operator polls it every 30s", brief="polls 30s")
    return NextEvent(
        "only on change of the spec or the request: before 2.6 the operator doesn't look again",
        heals=False,
        brief=ON_CHANGE,
    )


def _actions(facts: StackFacts) -> tuple[str, ...]:
    return () if facts.operator.since(_LOOKS_AGAIN) else ("reconcile",)


def _flux_source(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _unavailable(facts, "could not resolve sourceRef", "Flux source has no artifact")
    if found is None:
        return None
    ref = ("fluxSource", "sourceRef")
    kind, name = text(facts.spec, *ref, "kind") or "Flux source", text(facts.spec, *ref, "name")
    return _object_source(facts, *found, kind, name, ("spec", *ref, "name"), artifact="Flux source has no artifact")


def _program(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    found = _unavailable(facts, "unable to retrieve program for stack", "Program has no artifact")
    if found is None:
        return None
    path = ("spec", "programRef", "name")
    return _object_source(facts, *found, "Program", text(facts.stack, *path), path, artifact="Program has no artifact")


def _object_source(
    facts: StackFacts,
    leading: ObservedCondition,
    said: str,
    kind: str,
    name: str,
    path: tuple[str, ...],
    *,
    artifact: str,
) -> Finding:
    source = facts.objects.look_up(kind, facts.namespace, name) if name else ObjectLookup(unread="it has no name")
    there, where = source.object, f"{kind} {facts.namespace}/{name}"
    evidence = (facts.quote_condition(leading, said), *([facts.quote(*path)] if name else []))
    if artifact in said:
        title, step, proof, contradicted = _no_artifact(facts, there, where)
    else:
        title, step, proof, contradicted = _not_found(facts, source, kind, name, said)
    polls = facts.operator.since(_LOOKS_AGAIN)
    at_the_latest = "; the operator polls it every 30s" if polls else ""
    problem_at = _may_come_until(facts, there, artifact in said)
    return Finding(
        "",
        WAITING if problem_at is not None else PROBLEM,
        title,
        subject=where,
        evidence=(*evidence, *proof),
        next_step=step,
        certainty=LIKELY if contradicted else CERTAIN,
        makes_certain="the operator's next look" if contradicted else "",
        since=leading.time,
        next=NextEvent(f"goes on when the source changes{at_the_latest}", brief="polls 30s" if polls else "on source"),
        problem_at=problem_at,
        unknown=(f"the {where}: {source.unread}",) if source.unread and name else (),
    )


def _no_artifact(facts: StackFacts, there: Obj | None, where: str) -> tuple[str, str, tuple[Evidence, ...], bool]:
    """What is to be said where the source is there and has made nothing yet: title, step, proof, and whether it has."""
    ready = condition_of(there, "Ready")
    why = f": {brief(ready.message)}" if ready is not None and not ready.true and ready.message else ""
    proof = (facts.quote_condition(ready),) if ready is not None and "\n" not in ready.message else ()
    step = f"Look at the {where}" + (", whose condition Ready says why." if why else " and at what works on it.")
    if where.startswith("Program "):
        step = f"Look in the operator's log for what its program-controller says of the {where}."
    return f"The {where} has no artifact yet{why}", step, proof, field(there, "status", "artifact") is not None


def _not_found(
    facts: StackFacts, source: ObjectLookup, kind: str, name: str, said: str
) -> tuple[str, str, tuple[Evidence, ...], bool]:
    """What is to be said where the operator can't get the source: title, step, proof, and whether it is there now."""
    where = f"{kind} {facts.namespace}/{name}"
    if "not found" not in said and kind != "Program":
        why = brief(said.partition(": ")[2])
        return f"The operator can't read the {where}: {why}", f"Let the operator read the {where}.", (), False
    if source.object is not None:
        title = f"The operator didn't find the {where}, which is there by now"
        return title, "Wait for the operator's next look.", (), True
    others = [plain(text(each, "metadata", "name")) for each in facts.objects.of_kind(kind, facts.namespace)]
    others = others or list(facts.objects.names(kind, facts.namespace))
    step = f"Create the {where}, or correct its name in the Stack." + maybe_meant(near_names(name, others))
    return f"The {where} doesn't exist", step, (), False


def _may_come_until(facts: StackFacts, there: Obj | None, is_new: bool) -> float | None:
    """The instant before which it is too early to call it a problem: things may be made in any order, and a source
    needs its time. None where that has passed."""
    if facts.deleting:
        return None
    made, patience = _spec_changed(facts), _ORDER_OF_ARRIVAL
    if is_new:
        source_made = at(there, "metadata", "creationTimestamp")
        made, patience = made if source_made is None else source_made, _FIRST_ARTIFACT
    return made + patience if made is not None and facts.now - made < patience else None


def _spec_changed(facts: StackFacts) -> float | None:
    """When the Stack was made, or where it was changed since, when it was written last by anybody but the operator."""
    if facts.generation <= 1:
        return facts.created
    written = [
        at(entry, "time")
        for _, entry in mappings(facts.stack, "metadata", "managedFields")
        if text(entry, "subresource") != "status" and not _is_operator(text(entry, "manager"))
    ]
    return max((time for time in (*written, facts.created) if time is not None), default=None)


def _is_operator(manager: str) -> bool:
    return manager == "manager" or manager.startswith("pulumi-kubernetes-operator")


CAUSES = (
    Cause(
        id="B-4",
        depth=SPEC,
        title="The operator can't list the git repository",
        symptom="`Stalled=True` with the reason `SourceUnavailable`, and a message that begins with `listing:` or "
        "`getting auth method:`.",
        explanation="The operator itself looks up the branch before any pod is made, with the login of `gitAuth`, and "
        "doesn't get an answer: no such repository, a wrong login, no way to that host.",
        by_itself="From 2.6 on it polls every 30s; before, only a change of the spec or a request ends it.",
        way_out="Correct the URL, `gitAuth`, or the way out of the operator's namespace. Before 2.6 then reconcile.",
        versions="2.x",
        since=(2, 0, 0),
        find=_git_unreachable,
        after_repair=("reconcile",),
        not_helpful=(NotHelpful("restart-workspace", "the operator itself lists the branch, no pod does"),),
    ),
    Cause(
        id="B-5",
        depth=SPEC,
        title="The branch doesn't exist",
        symptom="`Stalled=True` with the reason `SourceUnavailable` and `no commits found for ref`.",
        explanation="The repository could be listed, and the branch of the spec isn't among what it has.",
        by_itself="From 2.6 on it goes on within 30 s of the branch's being there; before, never.",
        way_out="Push the branch, or correct `spec.branch`. Where the Stack is being deleted, `runProgram: false` "
        "(from 2.8, for Stacks that have run with it) makes the destroy do without a source.",
        versions="2.x",
        since=(2, 0, 0),
        find=_branch_missing,
        after_repair=("reconcile",),
        not_helpful=(
            _NO_POD,
            NotHelpful("reconcile", "from 2.6 on the operator looks every 30 s anyway"),
        ),
    ),
    Cause(
        id="B-7",
        depth=SPEC,
        title="The Flux source is missing or has no artifact",
        symptom="`Stalled=True` with the reason `SourceUnavailable`, and `could not resolve sourceRef` or `Flux source "
        "has no artifact`.",
        explanation="The Stack names a source of Flux that isn't there, or that hasn't fetched anything yet.",
        by_itself="Goes on as soon as the source is there and has an artifact.",
        way_out="Create or repair the source: its condition `Ready` says what is wrong with it.",
        versions="2.x",
        find=_flux_source,
        not_helpful=(
            NotHelpful("reconcile", "the source is watched anyway"),
            _NO_POD,
        ),
    ),
    Cause(
        id="B-8",
        depth=SPEC,
        title="The Program is missing or has no artifact",
        symptom="`Stalled=True` with the reason `SourceUnavailable`, and `unable to retrieve program for stack` or "
        "`Program has no artifact`.",
        explanation="The Stack names a Program that isn't there, or that the operator hasn't packed yet.",
        by_itself="Goes on as soon as the Program is there and has an artifact.",
        way_out="Create the Program. Where it has no artifact for minutes, the operator's log tells why.",
        versions="2.x; without an artifact from 2.1",
        find=_program,
        not_helpful=(
            NotHelpful("reconcile", "the Program is watched anyway"),
            _NO_POD,
        ),
    ),
)
