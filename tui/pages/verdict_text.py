"""The block at the head of a Stack's or an Application's page: what is the matter, why, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnosis.board_findings import BoardFinding
from diagnosis.finding import CERTAIN, NOTE, Finding
from fleet.board.rows import Key
from stacks.text import one_line, plain
from tui.pages.finding_text import evidence_lines, headline
from tui.widgets.text_view import TextLine
from views.findings import cause_words, next_words
from views.tones import FINDING

_OTHERS = 3
"""further findings that are named; the diagnosis has all of them"""


@dataclass(frozen=True)
class VerdictBlock:
    """What is found for a Stack or an Application."""

    found: BoardFinding
    fixes: tuple[tuple[str, str], ...] = ()
    """the verbs that help, in their order, each with what it does, as far as that is known"""
    looked: str = ""
    """how close that was looked at, and when, in words"""

    @property
    def quotes(self) -> list[str]:
        """What the block says in the cluster's own words."""
        finding = self.found.finding
        return [] if finding is None else [one_line(evidence.text) for evidence in finding.evidence]


def verdict_lines(verdict: VerdictBlock, key: Key, now: float) -> Iterator[TextLine]:
    """The block of a Stack that isn't fine."""
    if verdict.found.finding is None:
        yield TextLine("Nothing is found that gets in its way.", "Cause", "odd")
    yield from finding_lines(verdict, key, now)
    if verdict.looked:
        yield TextLine(verdict.looked, " ", "dim")


def finding_lines(verdict: VerdictBlock, key: Key, now: float) -> Iterator[TextLine]:
    """What is found, and what can be done; nothing where nothing is found."""
    finding = verdict.found.finding
    if finding is None:
        return
    yield from _finding(finding, key, now)
    for place, (verb, what) in enumerate(verdict.fixes):
        yield TextLine(plain(f"F  {verb}{f': {what}' if what else ''}"), " " if place else "Do", "strong")
    yield from _others(verdict.found.others)


def _finding(finding: Finding, key: Key, now: float) -> Iterator[TextLine]:
    yield headline(finding, key, now)
    yield from evidence_lines(finding, key, "Why")
    for cause in finding.caused_by[:1]:
        yield TextLine(plain(cause_words(cause)), "because of")
    if words := next_words(finding, now):
        yield TextLine(plain(words), "Next")
    label = "Doesn't help"
    for each in finding.not_helpful:
        yield TextLine(plain(f"{each.action}: {each.why}"), label)
        label = " "
    if finding.certainty != CERTAIN and finding.makes_certain:
        yield TextLine(plain(finding.makes_certain), "Certain with", "dim")
    if finding.next_step:
        yield TextLine(plain(finding.next_step), "To do")


def _others(findings: Sequence[Finding]) -> Iterator[TextLine]:
    others = [each for each in findings if each.severity != NOTE]
    for each in others[:_OTHERS]:
        yield TextLine(plain(f"{each.id} {each.title}"), "Also", FINDING.get(each.severity, ""))
    if len(others) > _OTHERS:
        yield TextLine(f"{len(others) - _OTHERS} more; d shows all", " ", "dim")
