"""Why Stacks and Applications are stuck: every cause of the catalogue is looked for, and what is found is put in order.

A Stack's first finding is its own deepest one. Those of the Application that holds it follow: as severe as they are
there where the Application waits for this very Stack, or fails on it, else as notes. What a finding explains isn't said
beside it; notes come after all others, and what is only possible comes last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diagnosis.catalogue import APPLICATION_CAUSES, STACK_CAUSES
from diagnosis.cause import EVERYTHING, Cause, SubjectFacts
from diagnosis.facts.application_facts import ApplicationFacts
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import (
    CERTAIN,
    CERTAINTIES,
    LIKELY,
    NOTE,
    POSSIBLE,
    PROBLEM,
    SEVERITIES,
    WAITING,
    CausedBy,
    Finding,
)
from fleet.board.rows import Key

OUR_ERROR = "program-error"
"""the id of the finding that says that this program failed while it looked for a cause"""


class Diagnosis:
    """The findings of all Stacks and Applications of a fleet, each computed when it is asked for, and once."""

    def __init__(
        self,
        fleet: FleetFacts,
        causes: Sequence[Cause[StackFacts]] = STACK_CAUSES,
        application_causes: Sequence[Cause[ApplicationFacts]] = APPLICATION_CAUSES,
    ) -> None:
        self.fleet = fleet
        self._causes = causes
        self._application_causes = application_causes
        self._causes_of_fine_stacks = [cause for cause in causes if cause.of_fine_stacks]
        depths = [(each.id, each.depth) for each in causes] + [(each.id, each.depth) for each in application_causes]
        self._places = {name: (depth, place) for place, (name, depth) in enumerate(depths)}
        self._own: dict[Key, list[Finding]] = {}
        self._linked: dict[Key, list[Finding]] = {}
        self._applications: dict[Key, list[Finding]] = {}

    def findings(self, key: Key) -> list[Finding]:
        """A Stack's findings, its own deepest one first; none of a Stack that isn't known, or that is fine."""
        if key not in self._linked:
            found = [self._linked_to_others(finding, {key}) for finding in self._findings_alone(key)]
            self._linked[key] = self._in_order([*found, *self._of_holder(key)])
        return self._linked[key]

    def application_findings(self, key: Key) -> list[Finding]:
        """An Application's findings, the one that explains most first; none of one that isn't known, or is fine."""
        if key not in self._applications:
            facts = self.fleet.application(key)
            found = [] if facts is None else self._look(facts, self._application_causes)
            linked = [self._linked_to_others(finding, set()) for finding in found]
            self._applications[key] = sorted(linked, key=self._application_place)
        return self._applications[key]

    def _of_holder(self, key: Key) -> list[Finding]:
        """What the Application that holds a Stack is stuck with, as far as it is this Stack's matter."""
        holder = self.fleet.holder(key)
        found = [] if holder is None else self.application_findings(holder.key)
        mine = [each if key in each.waits_for else replace(each, severity=NOTE) for each in found]
        if holder is None or holder.certain:
            return mine
        proof = "a mapping of the Application's destination to a context"
        return [
            replace(each, certainty=LIKELY, makes_certain=proof) if each.certainty == CERTAIN else each for each in mine
        ]

    def _findings_alone(self, key: Key) -> list[Finding]:
        """A Stack's findings without what other Stacks and its Application have to do with them."""
        if key not in self._own:
            self._own[key] = self._in_order(self._look_for_causes(key))
        return self._own[key]

    def _look_for_causes(self, key: Key) -> list[Finding]:
        fine = self.fleet.is_fine(key)
        if fine and self.fleet.surroundings_are_fine(key):
            return []
        facts = self.fleet.stack(key)
        if facts is None:
            return []
        causes = self._causes_of_fine_stacks if fine else self._causes
        return self._look(facts, [cause for cause in causes if facts.operator.some_since(cause.since)])

    def _look(self, facts: SubjectFacts, causes: Sequence[Cause[SubjectFacts]]) -> list[Finding]:
        found: dict[str, Finding] = {}
        for cause in causes:
            try:
                finding = cause.find(facts, self.fleet)
            except Exception as error:  # noqa: BLE001  (a slip of ours must not hide what else there is)
                found[f"{OUR_ERROR} {cause.id}"] = _our_error(cause.id, cause.title, error)
                continue
            if finding is not None:
                found[cause.id] = _filled(finding, cause)
        beaten = {other for cause in causes if cause.id in found for other in _beaten_by(cause, found, causes)}
        left = {name: finding for name, finding in found.items() if name not in beaten}
        explained = {cause.id for cause in causes if cause.id in left and self._yields(cause, left)}
        return [finding for name, finding in left.items() if name not in explained]

    def _yields(self, cause: Cause[SubjectFacts], found: Mapping[str, Finding]) -> bool:
        """Whether another finding lies at a depth at which any says why this one is so."""
        return any(
            finding.severity != NOTE and finding.certainty != POSSIBLE and self._places[name][0] in cause.yields_to
            for name, finding in found.items()
            if name != cause.id and name in self._places
        )

    def _application_place(self, finding: Finding) -> tuple[bool, bool, int]:
        """What explains most comes first, whatever its severity."""
        _, entry = self._places.get(finding.id, (0, len(self._places)))
        return finding.certainty == POSSIBLE, finding.severity == NOTE, entry

    def _in_order(self, findings: Iterable[Finding]) -> list[Finding]:
        def place(finding: Finding) -> tuple[bool, bool, int, int, int, int]:
            depth, entry = self._places.get(finding.id, (len(self._places), 0))
            severity, certainty = SEVERITIES.index(finding.severity), CERTAINTIES.index(finding.certainty)
            return finding.certainty == POSSIBLE, finding.severity == NOTE, depth, severity, certainty, entry

        return sorted(findings, key=place)

    def _linked_to_others(self, finding: Finding, seen: set[Key]) -> Finding:
        """The finding with the causes behind it that other Stacks have, as severe and as lasting as those."""
        if not finding.waits_for:
            return finding
        causes = self._root_causes(finding.waits_for, seen)
        severe = finding.severity == WAITING and any(each.severity == PROBLEM for each in causes.values())
        happens = finding.next
        if happens is not None and any(each.stays for each in causes.values()):
            happens = replace(happens, heals=False)
        severity = PROBLEM if severe else finding.severity
        return replace(finding, caused_by=tuple(causes), severity=severity, next=happens)

    def _root_causes(self, keys: Iterable[Key], seen: set[Key]) -> dict[CausedBy, Finding]:
        """The deepest findings of the Stacks at the ends of the chains from these ones on.

        What merely works is no cause. A cycle has no end: then it is the first Stack on the way that has a problem.
        """
        causes: dict[CausedBy, Finding] = {}
        on_the_way: dict[CausedBy, Finding] = {}
        ahead: deque[tuple[Key, tuple[Key, ...]]] = deque((key, ()) for key in keys)
        visited = set(seen)
        while ahead:
            key, via = ahead.popleft()
            if key in visited:
                continue
            visited.add(key)
            deepest = next((each for each in self._findings_alone(key) if each.severity != NOTE), None)
            if deepest is None:
                continue
            further = [other for other in deepest.waits_for if self._findings_alone(other)]
            here = causes if not deepest.waits_for or (deepest.severity == PROBLEM and not further) else on_the_way
            here[CausedBy(key, deepest.id, via, deepest.title)] = deepest
            ahead += ((other, (*via, key)) for other in further)
        if causes:
            return causes
        return dict([each for each in on_the_way.items() if each[1].severity == PROBLEM and not each[0].via][:1])


def _beaten_by(
    cause: Cause[SubjectFacts], found: Mapping[str, Finding], causes: Sequence[Cause[SubjectFacts]]
) -> list[str]:
    """What isn't said beside a finding; one that is only possible hides nothing that is more certain."""
    finding = found[cause.id]
    ids: Iterable[str] = cause.beats
    if EVERYTHING in cause.beats and finding.severity != NOTE:
        ids = [other.id for other in causes if other.id != cause.id]
    others = [other for other in ids if other in found]
    if finding.certainty != POSSIBLE:
        return others
    return [other for other in others if found[other].certainty == POSSIBLE]


def _filled(finding: Finding, cause: Cause[SubjectFacts]) -> Finding:
    actions = finding.actions or (() if finding.severity == WAITING and cause.waits_alone else cause.helps)
    return replace(
        finding,
        id=cause.id,
        title=finding.title or cause.title,
        actions=actions,
        after_repair=finding.after_repair or tuple(verb for verb in cause.after_repair if verb in actions),
        not_helpful=finding.not_helpful or cause.not_helpful,
    )


def _our_error(name: str, title: str, error: Exception) -> Finding:
    words = f"This program failed while it looked for {name} ({title}): {type(error).__name__}"
    step = "Please report it; the other causes were looked for all the same."
    return Finding(OUR_ERROR, NOTE, words, subject=name, next_step=step, certainty=POSSIBLE)
