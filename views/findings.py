"""Findings as programs read them, and the words that both front ends have for what stands in them.

The JSON is stable: fields are added, never renamed or taken away. Times are RFC 3339 in UTC, or null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnosis.finding import BROKEN, PROBLEM, WAITING, CausedBy, Evidence, Finding, ObjectRef
from diagnosis.fleet_causes import FleetCause
from fleet.board.rows import Key, StackRow
from stacks.times import prose_span
from views.columns import time_field
from views.json_output import stack


def diagnosed_stack(
    row: StackRow, findings: Sequence[Finding], unread: Mapping[str, str], now: float
) -> dict[str, Any]:
    """One item of ``diagnose -o json``: the Stack, its phase and health as ``get`` has them, and its findings.

    `unread` are the kinds that couldn't be read in its context, and why: what shows only there isn't found.
    """
    fields = stack(row, now)
    return {
        "context": row.key.context,
        "namespace": row.key.namespace,
        "name": row.key.name,
        "kind": "Stack",
        "phase": fields["phase"],
        "health": fields["health"],
        "nextAttempt": fields["nextAttempt"],
        "findings": [finding_fields(finding) for finding in findings],
        "unread": [{"kind": kind, "why": why} for kind, why in sorted(unread.items())],
    }


def diagnosed_application(key: Key, findings: Sequence[Finding]) -> dict[str, Any]:
    """One item of ``diagnose -o json`` for an Application that holds none of the Stacks that were asked for."""
    return {**_key(key), "kind": "Application", "findings": [finding_fields(finding) for finding in findings]}


def finding_fields(finding: Finding) -> dict[str, Any]:
    """A finding."""
    happens = finding.next
    return {
        "id": finding.id,
        "title": finding.title,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "makesCertain": finding.makes_certain or None,
        "since": time_field(finding.since),
        "evidence": [_evidence(each) for each in finding.evidence],
        "unknown": list(finding.unknown),
        "next": {"what": happens.what, "at": time_field(happens.at)} if happens is not None else None,
        "problemAt": time_field(finding.problem_at),
        "nextStep": finding.next_step,
        "actions": list(finding.actions),
        "afterRepair": list(finding.after_repair),
        "notHelpful": [{"action": each.action, "why": each.why} for each in finding.not_helpful],
        "causedBy": [
            {**_key(each.key), "id": each.id, "title": each.title, "via": [_key(between) for between in each.via]}
            for each in finding.caused_by
        ],
    }


def fleet_cause(cause: FleetCause) -> dict[str, Any]:
    """One item of ``diagnose --groups -o json``."""
    return {
        "id": cause.id,
        "title": cause.title,
        "key": cause.key or None,
        "severity": cause.severity,
        "stacks": [_key(key) for key in cause.stacks],
        "since": time_field(cause.since),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "object": _object(evidence.object),
        "path": evidence.path,
        "text": evidence.text,
        "time": time_field(evidence.time),
    }


def _object(ref: ObjectRef) -> dict[str, Any]:
    fields = {"context": ref.context, "namespace": ref.namespace, "kind": ref.kind, "name": ref.name}
    return {**fields, "container": ref.container} if ref.container else fields


def _key(key: Key) -> dict[str, str]:
    return {"context": key.context, "namespace": key.namespace, "name": key.name}


def nothing_found(*, partly: bool) -> str:
    """What is said of a Stack without findings, where everything could be read or not."""
    return "In what could be read, nothing stands in its way." if partly else "Nothing stands in its way."


def next_words(finding: Finding, now: float) -> str:
    """What happens next by itself, and when; empty where nothing is known of it."""
    if finding.next is None:
        return ""
    at = finding.next.at
    if at is None:
        return finding.next.what
    return f"{f'in {prose_span(at - now)}' if at > now else 'due now'}: {finding.next.what}"


def verb_words(finding: Finding, verb: str) -> str:
    """A verb that helps against a finding, and whether a repair has to come first."""
    return f"repair, {verb}" if verb in finding.after_repair else verb


def since_words(since: float | None, now: float) -> str:
    """Since when, as an age; empty where that isn't known."""
    return "" if since is None else f"for {prose_span(now - since)}"


def names_subject(finding: Finding) -> bool:
    """Whether the title says by itself what the finding is about."""
    named = finding.subject.replace("/", " ").split()[-1:]
    return not named or named[0] in finding.title


def title_words(finding: Finding, near: Key) -> str:
    """The title, with what it is about before it where it doesn't say so and that isn't what the reader looks at."""
    about_itself = finding.subject.endswith(f"{near.namespace}/{near.name}")
    return finding.title if names_subject(finding) or about_itself else f"{finding.subject}: {finding.title}"


def state_words(findings: Sequence[Finding], *, partly: bool = False) -> str:
    """What a Stack's findings come to: whether a person is needed. `partly`: not everything could be read."""
    severities = {finding.severity for finding in findings}
    if severities & {BROKEN, PROBLEM}:
        return "needs you"
    if WAITING in severities:
        return "waits"
    return "nothing seen in its way" if partly else "nothing in its way"


def cause_words(cause: CausedBy) -> str:
    """Which finding of which other Stack is behind it, with the Stacks between as a chain."""
    chain = " -> ".join(map(str, (*cause.via, cause.key)))
    return f"{chain}: {cause.id} {cause.title}"


def place_words(evidence: Evidence, near: Key) -> str:
    """Where a quote stands: the kind and name of the object, and the path in it, for a reader who looks at `near`."""
    ref = evidence.object
    elsewhere = [*([ref.context] if ref.context != near.context else []), ref.namespace]
    place = "/".join(each for each in elsewhere if each) if elsewhere != [near.namespace] else ""
    name = f"{ref.kind} {place}/{ref.name}" if place else f"{ref.kind} {ref.name}"
    if evidence.path.startswith("log:"):
        return f"{name}, log of {ref.container}"
    path = ".".join(step.replace("~1", "/").replace("~0", "~") for step in evidence.path.split("/")[1:])
    return f"{name} {path}" if path else name
