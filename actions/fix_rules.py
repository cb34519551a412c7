"""When a fix can't help, by what a diagnosis says: the same for Stacks and for Applications."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis.finding import BROKEN, CERTAIN, PROBLEM, Finding


def useless(findings: Sequence[Finding], verb: str) -> str:
    """Why a verb can't help, by the first certain finding that has an opinion; empty where none says so."""
    for finding in findings:
        if finding.severity not in (PROBLEM, BROKEN) or finding.certainty != CERTAIN:
            continue
        if verb in finding.actions:
            return ""
        for each in finding.not_helpful:
            if each.action == verb:
                return f"{each.why} ({finding.id}: {finding.title})"
    return ""


def what_helps(findings: Sequence[Finding], verb: str) -> tuple[str, ...]:
    """What to do instead of a verb that the first finding says doesn't help."""
    return tuple(
        each.next_step
        for each in findings[:1]
        if each.next_step and any(one.action == verb for one in each.not_helpful)
    )
