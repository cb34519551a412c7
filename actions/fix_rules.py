"""Why a fix can't be planned, whatever it sends: missing rights, and what a diagnosis says; for all targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from actions.plan import PlanBlocked
from cluster.access import AccessAnswer, AccessQuestion
from cluster.resources import Resource
from diagnosis.finding import BROKEN, CERTAIN, PROBLEM, Finding


class SpeaksAgainst(NamedTuple):
    """A finding by which a verb can't help, and why it can't."""

    finding: Finding
    why: str

    def __str__(self) -> str:
        return f"{self.why} ({self.finding.id}: {self.finding.title})"

    @property
    def next_step(self) -> str:
        """What to do instead of the verb."""
        if self.finding.next_step:
            return self.finding.next_step
        if self.finding.actions:
            return f"{' or '.join(self.finding.actions)} helps against {self.finding.id}"
        return f"{self.finding.id} in docs/troubleshooting.md says what helps"


def speaks_against(findings: Sequence[Finding], verb: str) -> SpeaksAgainst | None:
    """The first certain finding that has an opinion on the verb, where it says that it can't help."""
    for finding in findings:
        if finding.severity not in (PROBLEM, BROKEN) or finding.certainty != CERTAIN:
            continue
        if verb in finding.actions:
            return None
        for each in finding.not_helpful:
            if each.action == verb:
                return SpeaksAgainst(finding, each.why)
    return None


def not_helpful(target: object, findings: Sequence[Finding], verb: str) -> PlanBlocked | None:
    """The refusal of a verb that can't help, with what to do instead; None where nothing speaks against it."""
    against = speaks_against(findings, verb)
    if against is None:
        return None
    return PlanBlocked(f"{target}: {verb} doesn't help here: {against}", (against.next_step,))


def only_after_repair(findings: Sequence[Finding], verb: str) -> tuple[str, ...]:
    """A note for a plan where the verb helps only once a person has repaired what is found; empty where it helps
    at once, or against nothing."""
    for finding in findings:
        if verb in finding.actions:
            if verb not in finding.after_repair:
                return ()
            step = finding.next_step.rstrip(".")
            return (f"it helps only once what {finding.id} names is repaired, and fails again before: {step}",)
    return ()


def not_allowed(target: object, rights: Iterable[AccessAnswer]) -> PlanBlocked | None:
    """The refusal where a right is missing; None where none is known to be."""
    refused = [str(answer.question) for answer in rights if answer.allowed is False]
    if not refused:
        return None
    what = " and to ".join(refused)
    return PlanBlocked(f"{target}: you may not do that: it needs the right to {what}", unseen=True)


def right_on(verb: str, resource: Resource, namespace: str, name: str = "", subresource: str = "") -> AccessQuestion:
    """The question for a right on an object, or a subresource of it; without a name, on all of the namespace."""
    return AccessQuestion(verb, resource.group, resource.plural, namespace, subresource, name)
