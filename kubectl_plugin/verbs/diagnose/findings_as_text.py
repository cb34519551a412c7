"""Findings as text for a terminal of 80 columns: the cause, what it rests on, what happens next, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from diagnosis.finding import CERTAIN, NOTE, Finding
from diagnosis.fleet_causes import FleetCause
from fleet.board.rows import Key, StackRow
from kubectl_plugin.output.printers import TONE_CODES, painted
from stacks.text import one_line, plain
from stacks.times import prose_span
from views.findings import cause_words, next_words, place_words, since_words, state_words
from views.findings_markdown import FindingCommands, no_commands
from views.tones import FINDING, HEALTH

WIDTH = 80
_INDENT = "     "
_LONGEST_QUOTE = 300
_MOST_QUOTES = 2
"""quotes of a finding that are shown; JSON and Markdown have all of them"""
_MOST_STACKS = 5
"""Stacks of a cause that are named; the others are counted"""


@dataclass(frozen=True)
class TextReport:
    """Writes findings as of `now`. `partly` are the contexts of which not everything could be read."""

    now: float
    partly: Collection[str] = ()
    colour: bool = False

    def stack(self, row: StackRow, findings: Sequence[Finding], commands: FindingCommands = no_commands) -> str:
        """A Stack and everything that is found with it."""
        partly = row.key.context in self.partly
        severity = findings[0].severity if findings else NOTE if partly else "fine"
        state = self._painted(state_words(findings, partly=partly), FINDING.get(severity, ""))
        health = self._painted(row.health.status, HEALTH.get(row.health.status, ""))
        phase = plain(row.phase.words(self.now))
        lines = [f"{plain(str(row.key))}   {state}   ({health}, {phase})\n"]
        if row.next_attempt is not None:
            lines.append(f"  Next run {self._when(row.next_attempt)}\n")
        for finding in findings:
            lines += self._finding(finding, row.key, commands)
        return "".join(lines)

    def application(self, key: Key, findings: Sequence[Finding]) -> str:
        """An Application and everything that is found with it."""
        head = f"Application {plain(key.context)}/{key.namespace}/{key.name}\n"
        return head + "".join(line for finding in findings for line in self._finding(finding, key))

    def causes(self, causes: Sequence[FleetCause], stacks: int) -> str:
        """The causes over all Stacks, a line each with the Stacks below it."""
        if not causes:
            return f"Nothing stands in the way of {_counted(stacks, 'stack')}.\n"
        lines: list[str] = []
        for cause in causes:
            some, contexts = len(cause.stacks), len(cause.contexts)
            where = f" in {contexts} contexts" if contexts > 1 else ""
            since = since_words(cause.since, self.now)
            head = f"{_counted(some, 'stack')}{where}: {plain(cause.title)}"
            lines += self._wrapped(f"{cause.id:<5}", head, "     ", FINDING.get(cause.severity, ""))
            names = ", ".join(f"{key.context}/{key.namespace}/{key.name}" for key in cause.stacks[:_MOST_STACKS])
            more = f" and {some - _MOST_STACKS} more" if some > _MOST_STACKS else ""
            about = "; ".join(part for part in (cause.severity, since, next_words(cause.example, self.now)) if part)
            lines += self._wrapped(_INDENT, plain(about), _INDENT)
            lines += self._wrapped(_INDENT, plain(names) + more, _INDENT)
        return "".join(lines)

    def _finding(self, finding: Finding, near: Key, commands: FindingCommands = no_commands) -> Iterator[str]:
        """A finding. Of what is no trouble it is enough to see the first proof."""
        sure = "" if finding.certainty == CERTAIN else f", {finding.certainty}"
        since = since_words(finding.since, self.now)
        tone = FINDING.get(finding.severity, "")
        says = f"{finding.severity}{sure}{f', {since}' if since else ''}"
        yield from self._wrapped(f"  {finding.id:<4} ", f"{plain(finding.title)} ({says})", "       ", tone)
        brief = finding.severity == NOTE
        shown_here = 1 if brief else _MOST_QUOTES
        for evidence in finding.evidence[:shown_here]:
            quote = one_line(plain(evidence.text))
            shown = quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1] + "…"
            yield from self._part(
                "Seen", f"{place_words(evidence, near)}: {shown}" if shown else place_words(evidence, near)
            )
        for cause in finding.caused_by:
            yield from self._part("From", cause_words(cause))
        if happens := next_words(finding, self.now):
            late = f"; counts as a problem {self._when(finding.problem_at)}" if finding.problem_at is not None else ""
            yield from self._part("Next", happens + late)
        if finding.next_step:
            yield from self._part("Do", finding.next_step)
        if not brief:
            for line in commands(finding):
                yield f"{_INDENT}  {'Run':<5}{line}\n"
            for not_helpful in finding.not_helpful:
                yield from self._part("Not", f"{not_helpful.action}: {not_helpful.why}")
        if finding.makes_certain:
            yield from self._part("Sure", f"made certain by {finding.makes_certain}")
        for unknown in finding.unknown:
            yield from self._part("?", unknown)

    def _part(self, label: str, words: str) -> Iterator[str]:
        yield from self._wrapped(f"{_INDENT}  {label:<5}", plain(one_line(words)), " " * 12)

    def _wrapped(self, first: str, words: str, rest: str, tone: str = "") -> Iterator[str]:
        """Words on lines that fit, but for a word that is longer than a line."""
        lines = textwrap.wrap(
            words,
            WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [first.rstrip()]:
            yield self._painted(line, tone) + "\n"

    def _painted(self, words: str, tone: str) -> str:
        return painted(words, TONE_CODES.get(tone)) if self.colour else words

    def _when(self, at: float) -> str:
        return f"in {prose_span(at - self.now)}" if at > self.now else "is due"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
