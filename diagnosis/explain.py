"""Why Stacks are stuck: every cause of the catalogue is looked for, and what is found is put in order.

A Stack's first finding is its own deepest one. What a finding explains isn't said beside it; notes come after all
others, and what is only possible comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diagnosis.catalogue import CATALOGUE
from diagnosis.cause import Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import (
    CERTAINTIES,
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
    """The findings of all Stacks of a fleet, each computed when it is asked for, and once."""

    def __init__(self, fleet: FleetFacts, catalogue: Sequence[Cause] = CATALOGUE) -> None:
        self.fleet = fleet
        self._catalogue = catalogue
        self._places = {cause.id: (cause.depth, place) for place, cause in enumerate(catalogue)}
        self._own: dict[Key, list[Finding]] = {}
        self._linked: dict[Key, list[Finding]] = {}

    def findings(self, key: Key) -> list[Finding]:
        """A Stack's findings, its own deepest one first; none of a Stack that isn't known, or that is fine."""
        if key not in self._linked:
            found = [self._linked_to_others(key, finding) for finding in self._findings_alone(key)]
            self._linked[key] = self._in_order(found)
        return self._linked[key]

    def _findings_alone(self, key: Key) -> list[Finding]:
        """A Stack's findings without what other Stacks have to do with them."""
        if key not in self._own:
            facts = self.fleet.stack(key)
            self._own[key] = [] if facts is None else self._look(facts)
        return self._own[key]

    def _look(self, facts: StackFacts) -> list[Finding]:
        found: dict[str, Finding] = {}
        for cause in self._catalogue:
            try:
                finding = cause.find(facts, self.fleet)
            except Exception as error:  # noqa: BLE001  (a slip of ours must not hide what else there is)
                found[f"{OUR_ERROR} {cause.id}"] = _our_error(cause, error)
                continue
            if finding is not None:
                found[cause.id] = _filled(finding, cause)
        beaten = {other for cause in self._catalogue if cause.id in found for other in cause.beats}
        return self._in_order(finding for name, finding in found.items() if name not in beaten)

    def _in_order(self, findings: Iterable[Finding]) -> list[Finding]:
        def place(finding: Finding) -> tuple[bool, bool, int, int, int, int]:
            depth, entry = self._places.get(finding.id, (len(self._catalogue), 0))
            severity, certainty = SEVERITIES.index(finding.severity), CERTAINTIES.index(finding.certainty)
            return finding.certainty == POSSIBLE, finding.severity == NOTE, depth, severity, certainty, entry

        return sorted(findings, key=place)

    def _linked_to_others(self, key: Key, finding: Finding) -> Finding:
        """The finding with the causes behind it that other Stacks have, and as severe as those."""
        if not finding.waits_for:
            return finding
        causes: dict[CausedBy, str] = {}
        for other in finding.waits_for:
            causes |= self._root_causes(other, {key})
        severe = finding.severity == WAITING and PROBLEM in causes.values()
        return replace(finding, caused_by=tuple(causes), severity=PROBLEM if severe else finding.severity)

    def _root_causes(self, key: Key, seen: set[Key]) -> dict[CausedBy, str]:
        """The deepest findings of the Stacks at the ends of the chains from here, with their severity. A cycle has no
        end, and what merely works is no cause."""
        if key in seen:
            return {}
        seen = seen | {key}
        deepest = next((each for each in self._findings_alone(key) if each.severity != NOTE), None)
        if deepest is None:
            return {}
        if not deepest.waits_for:
            return {CausedBy(key, deepest.id): deepest.severity}
        causes: dict[CausedBy, str] = {}
        for other in deepest.waits_for:
            causes |= self._root_causes(other, seen)
        return causes or ({CausedBy(key, deepest.id): deepest.severity} if deepest.severity == PROBLEM else {})


def _filled(finding: Finding, cause: Cause) -> Finding:
    return replace(
        finding,
        id=cause.id,
        title=finding.title or cause.title,
        actions=finding.actions or cause.helps,
        not_helpful=finding.not_helpful or cause.not_helpful,
    )


def _our_error(cause: Cause, error: Exception) -> Finding:
    words = f"This program failed while it looked for {cause.id} ({cause.title}): {type(error).__name__}"
    step = "Please report it; the other causes were looked for all the same."
    return Finding(OUR_ERROR, NOTE, words, subject=cause.id, next_step=step, certainty=POSSIBLE)
