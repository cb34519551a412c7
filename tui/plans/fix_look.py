"""A close look at Stacks or Applications: their findings, the verbs that help, and the targets of these verbs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from actions.fix_rules import speaks_against
from actions.offers import default_request, helpful_verbs, target_of
from actions.registry import CHANGES
from actions.workflow import ChangeKind, ChangeRequest, ChangeTarget
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects
from diagnosis.finding import NOTE, Finding
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts, diagnose
from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet

SubjectKind: TypeAlias = Literal["Stack", "Application"]
_ALWAYS = {"Stack": ("reconcile", "restart-workspace"), "Application": ("app refresh",)}
"""verbs that can be asked for though nothing is found"""


@dataclass(frozen=True)
class FixOffer:
    """A verb that can be planned, and what it would be planned for."""

    verb: str
    target: ChangeTarget

    @property
    def change(self) -> ChangeKind[Any, Any]:
        return CHANGES[self.verb]


@dataclass(frozen=True)
class RefusedFix:
    """A verb that isn't offered, since it doesn't help, and why it doesn't."""

    verb: str
    why: str


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
        return [offer for verb in verbs if (offer := self.offer(key, verb)) is not None]

    def refused(self, key: Key) -> list[RefusedFix]:
        """The verbs that somebody might try and that don't help, each once."""
        findings = self.findings(key)
        offered = {offer.verb for finding in findings for offer in self.helpful(key, finding)}
        reasons = {each.action: each.why for finding in reversed(findings) for each in finding.not_helpful}
        named = dict.fromkeys(verb for each in findings for verb in each.actions)
        reasons |= {verb: str(against) for verb in named if (against := speaks_against(findings, verb)) is not None}
        return [RefusedFix(verb, why) for verb, why in reasons.items() if verb in CHANGES and verb not in offered]

    def always(self, key: Key) -> list[FixOffer]:
        """What can be asked for though nothing is found."""
        return [offer for verb in _ALWAYS[self.kind] if (offer := self.offer(key, verb)) is not None]

    def offer(self, key: Key, verb: str) -> FixOffer | None:
        """A verb for this Stack or Application; None where there is no such verb yet, or nothing that it is for."""
        if verb not in CHANGES or self.unseen(key):
            return None
        target = target_of(CHANGES[verb], self.kind, key, self.diagnosis, self.fleet.scope, self.fleet.clock)
        return FixOffer(verb, target) if target is not None else None


def fix_request(verb: str, now: float) -> ChangeRequest:
    """The request of a verb in its default form, made at this instant."""
    return default_request(CHANGES[verb], now)


async def look_at(fleet: Fleet, keys: Sequence[Key], kind: SubjectKind) -> FixLook:
    """Look at these closely, all contexts that they need at once. Failures are a part of what was found."""
    contexts = _contexts_of_stacks(fleet, keys) if kind == "Stack" else _contexts_of_applications(fleet, keys)
    names = {key.name for key in (keys if kind == "Stack" else _held(fleet, keys))}
    # No names would mean all Stacks, though none is asked for.
    found = await diagnose(fleet.opener, contexts, names or {key.name for key in keys}, fleet.clock)
    return FixLook(fleet, kind, found)


def _contexts_of_stacks(fleet: Fleet, keys: Collection[Key]) -> list[str]:
    """Their own contexts, those of the Applications that hold them, and those with a Stack that has the same backend
    stack: its runs are in the way of theirs.
    """
    board = fleet.board
    rows = [row for key in keys if (row := board.stacks.get(key)) is not None]
    states = {_backend_stack(row) for row in rows} - {("", "")}
    own = dict.fromkeys(key.context for key in keys)
    holders = dict.fromkeys(row.holder.key.context for row in rows if row.holder is not None)
    others = dict.fromkeys(key.context for key, row in board.stacks.items() if _backend_stack(row) in states)
    return list(own | holders | others)


def _backend_stack(row: StackRow) -> tuple[str, str]:
    spec = row.stack.spec
    return (spec.backend, spec.stack) if spec.stack else ("", "")


def _contexts_of_applications(fleet: Fleet, keys: Collection[Key]) -> list[str]:
    """Their own contexts, and those of the Stacks that they hold."""
    return list(dict.fromkeys([*(key.context for key in keys), *(key.context for key in _held(fleet, keys))]))


def _held(fleet: Fleet, keys: Collection[Key]) -> list[Key]:
    rows = [row for key in keys if (row := fleet.board.app(key)) is not None]
    return [key for row in rows for key in row.holds]
