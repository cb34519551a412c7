"""A finding: something that gets in the way, or the reason why two answers differ, as a value.

A module of this folder makes findings of what the fleet knows; screens and verbs only show them.
"""

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
    """What is found, for people and for programs.

    `id` names the kind of finding and stays the same from release to release; `severity` is one of `SEVERITIES`.
    `title` says it in plain words; where it needs one, `subject` is what it is about (a key of argocd-cm), and stands
    before it. `next_step` says what a person can do, empty where there is nothing to do or nothing is known to help.
    """

    id: str
    severity: str
    title: str
    subject: str = ""
    evidence: tuple[Evidence, ...] = ()
    next_step: str = ""
