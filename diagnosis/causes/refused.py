"""Stacks that the operator can't read or won't take, so that their status says nothing of it."""

from __future__ import annotations

import json
import re

from diagnosis.cause import EVERYTHING, OPERATOR, Cause
from diagnosis.causes.operators import UNSEEN_FOR
from diagnosis.facts.context_objects import QuotableLine
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.quoted_parts import said_by_operator
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER, StackFacts
from diagnosis.facts.undecodable import UndecodableField
from diagnosis.finding import LIKELY, NOTE, PROBLEM, RETRIES, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import brief, dotted
from fleet.board.rows import Key
from stacks.fields import at, field, text
from stacks.text import plain

_BACK_TO_BACK = 4
"""this many Updates within a minute: more often than any resync asks for"""
_LIST_TRIED_EVERY = 120.0
"""seconds; a list that fails is tried again within one minute"""
_UNDECODED = re.compile(r'failed to list \*v1\.Stack: (?:[^"\\]|\\.)*(?:time: |unmarshal|decode)(?:[^"\\]|\\.)*')
_WHEN_FIXED = NextEvent("once that Stack is corrected or deleted, everything goes on within 20 s")


def _list_fails(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.operator.since((2, 0, 0)):
        return None
    refused = [
        (key, found)
        for key, found in fleet.undecodable(facts.key.context)
        if _unread(key, fleet) and facts.operator.watches_both(key.namespace, facts.namespace)
    ]
    own = [found for key, found in refused if key == facts.key]
    if own:
        return _own_field_refused(facts, own)
    if refused:
        return _others_refused(facts, fleet, refused)
    return _list_fails_by_the_log(facts)


def _unread(key: Key, fleet: FleetFacts) -> bool:
    """Whether the operator hasn't read this Stack as it is: what it has judged, it could decode."""
    stack = fleet.stack(key)
    return stack is not None and (not stack.held_by_operator or bool(stack.unseen))


def _own_field_refused(facts: StackFacts, own: list[UndecodableField]) -> Finding:
    first, name = own[0], f"{facts.namespace}/{facts.name}"
    return Finding(
        "",
        PROBLEM,
        f"The operator can't decode {name}, and therefore no other Stack: {_what(facts, first)}",
        subject=_stack(facts.key),
        evidence=tuple(facts.quote(*each.path) for each in own),
        next_step=f"Correct {dotted(first.path)} of the Stack {name}, or delete the Stack{_unless_destroyed(facts)}.",
        since=facts.unseen_since,
        next=_WHEN_FIXED,
    )


def _others_refused(facts: StackFacts, fleet: FleetFacts, refused: list[tuple[Key, UndecodableField]]) -> Finding:
    key, first = refused[0]
    known = [(fleet.stack(each), found) for each, found in refused[:5]]
    other = known[0][0]
    wrong = _what(other, first) if other is not None else dotted(first.path)
    waits = facts.waits_for_operator or facts.resyncs  # when a resync comes due now, it never stops
    runs = ", and runs this one back to back" if _runs_back_to_back(facts) else ""
    return Finding(
        "",
        PROBLEM if waits else NOTE,
        f"The operator can't see any Stack{runs}: it can't decode {key.namespace}/{key.name}, where {wrong}",
        subject=_stack(key),
        evidence=tuple(stack.quote(*found.path) for stack, found in known if stack is not None),
        next_step=f"Correct {dotted(first.path)} of the Stack {key.namespace}/{key.name}, or delete that Stack"
        f"{_unless_destroyed(other)}.",
        since=other.unseen_since if other is not None else None,
        next=_WHEN_FIXED,
        waits_for=tuple(dict.fromkeys(each for each, _ in refused)),
    )


def _unless_destroyed(other: StackFacts | None) -> str:
    """What deleting the Stack would do to what it made."""
    destroys = other is not None and field(other.spec, "destroyOnFinalize") is True
    return " (which destroys what it made: destroyOnFinalize is on)" if destroys else ""


def _runs_back_to_back(facts: StackFacts) -> bool:
    made = [at(update, "metadata", "creationTimestamp") for update in facts.updates]
    return len([time for time in made if time is not None and facts.now - time <= 60.0]) >= _BACK_TO_BACK


def _list_fails_by_the_log(facts: StackFacts) -> Finding | None:
    """By the operator's log alone, which doesn't say which Stack it is: perhaps one that can't be read here."""
    if not facts.waits_for_operator:
        return None
    unseen = facts.unseen_for
    if unseen is None or unseen <= UNSEEN_FOR or facts.operator.state == "stale":
        return None
    for line in reversed(facts.objects.operator_log().lines):
        found = _UNDECODED.search(line.text)
        time = at(line.time)
        if found is None or time is None or not -UNSEEN_FOR <= facts.now - time <= _LIST_TRIED_EVERY:
            continue
        return Finding(
            "",
            PROBLEM,
            "The operator can't see any Stack: it can't decode one of them, and doesn't say which",
            subject=f"operator of {facts.key.context}",
            evidence=(facts.objects.quote_operator_log(line, found[0]),),
            next_step="Find the Stack whose spec holds what the operator's log complains of, and correct or delete it.",
            certainty=LIKELY,
            makes_certain="the Stack with that field: not all Stacks could be read, or it isn't there any more",
            since=facts.unseen_since,
            next=_WHEN_FIXED,
        )
    return None


def _what(facts: StackFacts, found: UndecodableField) -> str:
    value = field(facts.stack, *found.path)
    said = f' "{brief(value)}"' if isinstance(value, str) else f" {value}" if isinstance(value, int) else ""
    return f"{dotted(found.path)}{said} {found.why}"


def _stack(key: Key) -> str:
    return f"Stack {key.namespace}/{key.name}"


_REFUSED = "Reconciler error"
_ERROR = re.compile(r'"error": ?("(?:[^"\\]|\\.)*")')
_NO_KIND = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')
_OF_THE_MOMENT = "the object has been modified"
_SELECTORS = ("Secret", "Literal", "Env", "FS")


def _refused_silently(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.operator.alive or not facts.operator.since((2, 0, 0)) or not _had_time(facts):
        return None
    proof = _finalizer(facts) if facts.unseen == "never" else facts.unseen_proof
    if proof is None or (facts.unseen == "spec" and not facts.observed_generation):
        return None  # an operator that adds its finalizer once more saves the generation as 0
    if (found := _refused_by_its_spec(facts)) is not None:
        why, where, step, subject = found
        title = f"The operator refuses the Stack: {why}"
        return _refusal(facts, title, subject, (proof, facts.quote(*where)), step)
    line, unread = _refusing_line(facts)
    if line is not None:
        shown, error = _error_of(line)
        title, evidence = (
            f"The operator refuses the Stack: {brief(error)}",
            (facts.objects.quote_operator_log(line, shown), proof),
        )
        return _refusal(facts, title, _subject(error), evidence, _step(facts, error))
    title = "The operator refuses the Stack, and its status doesn't say why"
    if facts.unseen == "request":
        title = "The operator doesn't answer the request, though it works"
    return Finding(
        "",
        PROBLEM,
        title,
        evidence=(proof,),
        next_step="Look in the operator's log for `Reconciler error` with this Stack's name.",
        certainty=LIKELY,
        makes_certain="the line of the operator's log that says so",
        since=facts.unseen_since,
        next=NextEvent("is tried again, with more and more time in between", brief=RETRIES),
        unknown=(f"the operator's log: {unread}",) if unread else (),
    )


def _had_time(facts: StackFacts) -> bool:
    """Whether an operator that works would have seen all of it: it may have been started just now."""
    unseen, leads = facts.unseen_for, facts.operator.acquired
    if unseen is None or unseen <= UNSEEN_FOR:
        return False
    return leads is None or facts.now - leads > UNSEEN_FOR


def _refusal(facts: StackFacts, title: str, subject: str, evidence: tuple[Evidence, ...], step: str) -> Finding:
    again = NextEvent(
        "is tried again, with up to 17 minutes in between; a change of the spec is seen at once", brief=RETRIES
    )
    return Finding(
        "", PROBLEM, title, subject=subject, evidence=evidence, next_step=step, since=facts.unseen_since, next=again
    )


def _finalizer(facts: StackFacts) -> Evidence | None:
    if not facts.held_by_operator:
        return None
    return facts.quote("metadata", "finalizers", facts.finalizers.index(OPERATOR_FINALIZER))


def _refused_by_its_spec(facts: StackFacts) -> tuple[str, tuple[str, ...], str, str] | None:
    """What of envRefs the operator gives up on without a word: the reason, where it stands,
    what to do, and what it is about."""
    refs = field(facts.spec, "envRefs")
    for name, ref in refs.items() if isinstance(refs, dict) else ():
        kind, path = text(ref, "type"), ("spec", "envRefs", str(name))
        if not kind:
            continue
        if kind not in _SELECTORS:
            why = f"envRefs.{plain(str(name))} is of type {brief(kind)}, which it doesn't know"
            return (
                why,
                (*path, "type"),
                f"Give spec.envRefs.{plain(str(name))} the type Secret or Literal.",
                f"references of type {brief(kind)}",
            )
        if kind in ("Secret", "Literal") and not isinstance(field(ref, kind.lower()), dict):
            why = f"envRefs.{plain(str(name))} is of type {kind}, and has no {kind.lower()}"
            return why, (*path, "type"), f"Write what spec.envRefs.{plain(str(name))} refers to.", ""
    return None


def _refusing_line(facts: StackFacts) -> tuple[QuotableLine | None, str]:
    """The newest line in which the operator gives up on this Stack, of the time in which it says nothing else."""
    found, unread = said_by_operator(facts, _REFUSED)
    for line in found:
        time, since = at(line.time), facts.unseen_since
        old = time is not None and since is not None and time < since - 1.0
        if "stack-controller" in line.text and _OF_THE_MOMENT not in line.text and not old:
            return line, ""
    return None, unread


def _error_of(line: QuotableLine) -> tuple[str, str]:
    """The error in a line of the operator's log, as it stands there, and as it is meant."""
    found = _ERROR.search(line.text)
    if found is None:
        return line.text, line.text
    try:
        return found[1][1:-1], str(json.loads(found[1]))
    except ValueError:
        return found[1][1:-1], found[1][1:-1]


def _subject(error: str) -> str:
    """What the error is about, as far as other Stacks may have it, too."""
    kind = _NO_KIND.search(error)
    return f"kind {kind[1]} of {kind[2]}" if kind is not None else brief(error)


def _step(facts: StackFacts, error: str) -> str:
    kind = text(facts.spec, "fluxSource", "sourceRef", "kind")
    if "no matches for kind" in error:
        return f"Install the CRD of {kind or 'the source'} (Flux), or give the Stack another source."
    if "forbidden" in error:
        return "Give the operator's service account the right that its error names."
    if "patching workspace spec" in error:
        return "Correct spec.workspaceTemplate: it can't be merged into the Workspace."
    if "resolving env variable" in error:
        return "Correct the entry of spec.envRefs that the error names."
    return f"Correct what the error names, in the spec of {facts.namespace}/{facts.name} or around it."


CAUSES = (
    Cause(
        id="B-11",
        depth=OPERATOR,
        title="The operator can't decode one of the Stacks, and sees none",
        symptom="New Stacks get no status and requests no answer, while the operator seems to work. Stacks with a "
        "resync run back to back. The operator's log says `failed to list *v1.Stack`, and why, but not which Stack.",
        explanation="A field of one Stack passes the CRD's schema, and the operator's own types refuse it: a duration "
        "such as `1d` (Go knows ns, us, ms, s, m and h) in `prerequisites[].requirement.succeededWithinDuration` or "
        "`updateTemplate.spec.ttlAfterCompleted`, a `config` that is no map, a negative `pulumiLogLevel`. With it the "
        "whole list fails, so the operator goes on with what it knew before.",
        by_itself="Once that Stack is corrected or deleted, everything goes on within 20 s.",
        way_out="Correct or delete that Stack. Updates of runs back to back stay for a day.",
        versions="2.x",
        since=(2, 0, 0),
        find=_list_fails,
        of_fine_stacks=True,
        not_helpful=(
            NotHelpful("reconcile", "it is never seen"),
            NotHelpful("restart the operator", "it can't become the leader any more then, and its probes still say ok"),
        ),
        beats=("B-1", EVERYTHING),
    ),
    Cause(
        id="B-2",
        depth=OPERATOR,
        title="The operator refuses this Stack without a word",
        symptom="The finalizer is on the Stack, and there is no status; or its newest spec or request stays unseen "
        "while the operator works. There is no event. The operator's log says `Reconciler error`.",
        explanation="Some errors end the operator's work before it has saved anything: an entry of `envRefs` of a type "
        "that it doesn't know or without content, a source whose CRD isn't installed, a right that it lacks.",
        by_itself="It tries again, at first within milliseconds, later every 17 minutes. A corrected spec is seen at "
        "once.",
        way_out="Correct what the log names: the spec, the operator's rights, or install Flux.",
        versions="2.x",
        since=(2, 0, 0),
        find=_refused_silently,
        not_helpful=(
            NotHelpful("reconcile", "the same error again"),
            NotHelpful("restart-workspace", "there is no workspace"),
        ),
        beats=("B-7", "R-1"),
    ),
)
