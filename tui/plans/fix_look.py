"""A close look at Stacks or Applications: their findings, the verbs that help, and the targets of these verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.applications.diagnosed_application import DiagnosedApplication
from actions.offers import default_request, helpful_verbs, target_of
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import DiagnosedStack
from actions.workflow import ChangeKind, ChangeRequest
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.finding import NOTE, Finding
from diagnosis.reading.close_look import SubjectKind, look_closely
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts
from fleet.board.rows import Key
from fleet.fleet import Fleet

_ALWAYS = {"Stack": ("reconcile", "restart-workspace"), "Application": ("app refresh",)}
"""verbs that can be asked for though nothing is found"""


@dataclass(frozen=True)
class FixOffer:
    """A verb that can be planned, what it would be planned for, and the finding that it helps against, if any."""

    verb: str
    target: DiagnosedStack | DiagnosedApplication
    finding: Finding | None = None

    @property
    def change(self) -> ChangeKind[Any, Any]:
        return CHANGES[self.verb]

    def request(self, now: float) -> ChangeRequest:
        """What is asked for, with what the finding names."""
        return default_request(self.change, now, self.finding)


@dataclass(frozen=True)
class FixLook:
    """What was seen of some Stacks or Applications."""

    fleet: Fleet
    kind: SubjectKind
    found: DiagnosedContexts

    @property
    def diagnosis(self) -> Diagnosis:
        return self.found.diagnosis

    def objects(self, key: Key) -> ContextObjects | None:
        """What was read of the context; None where nothing could be."""
        return self.diagnosis.fleet.contexts.get(key.context)

    def unseen(self, key: Key) -> str:
        """Why nothing is known of its context, or that it isn't there; empty where it was seen."""
        if self.objects(key) is None:
            return self.found.unseen.get(key.context, "it isn't watched any more")
        facts = self.diagnosis.fleet
        there = facts.stack(key) if self.kind == "Stack" else facts.application(key)
        return "" if there is not None else "it isn't there any more"

    def unread(self, key: Key) -> dict[str, str]:
        """The kinds of objects that couldn't be read there, each with the reason."""
        return self.found.unread.get(key.context, {})

    def findings(self, key: Key) -> Sequence[Finding]:
        return self.diagnosis.findings(key) if self.kind == "Stack" else self.diagnosis.application_findings(key)

    def troubled_stacks(self, key: Key) -> dict[Key, Finding]:
        """The Stacks that an Application holds, each with what stands in its way first of all."""
        if self.kind == "Stack":
            return {}
        own = {finding.id for finding in self.findings(key)}
        found: dict[Key, Finding] = {}
        for held in self.diagnosis.fleet.held(key):
            first = next((each for each in self.diagnosis.findings(held) if each.id not in own), None)
            if first is not None and first.severity != NOTE:
                found[held] = first
        return found

    def helpful(self, key: Key, finding: Finding) -> list[FixOffer]:
        """The verbs that help against a finding, in the order in which they are done."""
        verbs = helpful_verbs(self.findings(key), finding)
        return [offer for verb in verbs if (offer := self.offer(key, verb, finding)) is not None]

    def best_offer(self, key: Key, verb: str) -> FixOffer | None:
        """A verb against the first finding that it helps against; against none where it helps none."""
        helped = (each for each in self.findings(key) if verb in helpful_verbs(self.findings(key), each))
        return self.offer(key, verb, next(helped, None))

    def always(self, key: Key) -> list[FixOffer]:
        """What can be asked for though nothing is found."""
        return [offer for verb in _ALWAYS[self.kind] if (offer := self.offer(key, verb)) is not None]

    def offer(self, key: Key, verb: str, finding: Finding | None = None) -> FixOffer | None:
        """A verb for this Stack or Application; None where there is no such verb yet, or nothing that it is for."""
        if verb not in CHANGES or self.unseen(key):
            return None
        target = target_of(CHANGES[verb], self.kind, key, self.diagnosis, self.fleet.scope, self.fleet.clock)
        return FixOffer(verb, target, finding) if target is not None else None


async def look_at(fleet: Fleet, keys: Sequence[Key], kind: SubjectKind) -> FixLook:
    """Look at these closely. Failures are a part of what was found."""
    return FixLook(fleet, kind, await look_closely(fleet, keys, kind))
