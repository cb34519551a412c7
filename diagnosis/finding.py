"""A finding: something that gets in the way, or the reason why two answers differ, as a value."""

from __future__ import annotations

from dataclasses import dataclass

BROKEN, PROBLEM, MISLEADS, WAITING, NOTE = "broken", "problem", "misleads", "waiting", "note"
SEVERITIES = (BROKEN, PROBLEM, MISLEADS, WAITING, NOTE)
"""The worst first. `BROKEN`: something works for nobody, as an Argo CD for no Application. `PROBLEM`: needs a person.
`MISLEADS`: shows something else than what is. `WAITING`: heals by itself. `NOTE`: worth knowing, in nobody's way."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object in a cluster that a finding points to."""

    context: str
    namespace: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen, and where: `path` is a JSON pointer into the object, empty for the object as a whole."""

    object: ObjectRef
    path: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found, for people and for programs. Its `id` stays the same from release to release."""

    id: str
    severity: str
    title: str
    subject: str = ""
    """what it is about, such as a key of argocd-cm; stands before the title"""
    evidence: tuple[Evidence, ...] = ()
    next_step: str = ""
    """what a person can do; empty where nothing is known to help"""
