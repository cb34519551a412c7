"""Findings as Markdown, for a ticket or a chat: nothing in it is a link or a command that was in an object."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from actions.offers import commands
from diagnosis.finding import CERTAIN, NOTE, Finding
from diagnosis.fleet_causes import FleetCause
from fleet.board.rows import Key, StackRow
from stacks.text import one_line, plain
from stacks.times import rfc3339
from views.findings import cause_words, next_words, nothing_found, place_words, since_words


@dataclass(frozen=True)
class MarkdownReport:
    """Writes findings as of `now`. `partly` are the contexts of which not everything could be read."""

    now: float
    partly: Collection[str] = ()

    def stack(self, row: StackRow, findings: Sequence[Finding]) -> str:
        """A Stack and everything that is found with it."""
        key = row.key
        lines = [f"## {_words(f'{key.context}/{key.namespace}/{key.name}')}\n\n"]
        as_of = f"as of {rfc3339(self.now)}"
        lines.append(f"{_words(row.health.status)}, {_words(row.phase.words(self.now))}, {as_of}\n")
        if not findings:
            lines.append(f"\n{nothing_found(partly=row.key.context in self.partly)}\n")
        for finding in findings:
            lines += ["\n", *self._finding(finding, row.key), *_commands(finding, row)]
        return "".join(lines)

    def application(self, key: Key, findings: Sequence[Finding]) -> str:
        """An Application and everything that is found with it."""
        lines = [f"## Application {_words(f'{key.context}/{key.namespace}/{key.name}')}\n"]
        for finding in findings:
            lines += ["\n", *self._finding(finding, key)]
        return "".join(lines)

    def causes(self, causes: Sequence[FleetCause], stacks: int) -> str:
        """The causes over all Stacks as a table."""
        if not causes:
            return f"Nothing stands in the way of {stacks} stacks.\n"
        lines = ["| cause | | stacks | contexts | severity | since |\n", "|---|---|---|---|---|---|\n"]
        for cause in causes:
            since = rfc3339(cause.since) if cause.since is not None else ""
            cells = [cause.id, cause.title, str(len(cause.stacks)), ", ".join(cause.contexts), cause.severity, since]
            lines.append(f"| {' | '.join(_words(cell) for cell in cells)} |\n")
        return "".join(lines)

    def _finding(self, finding: Finding, near: Key) -> Iterator[str]:
        sure = "" if finding.certainty == CERTAIN else f", {finding.certainty}"
        since = since_words(finding.since, self.now)
        yield f"**{finding.id} {_words(finding.title)}** ({finding.severity}{sure}{f', {since}' if since else ''})\n\n"
        for evidence in finding.evidence:
            quote = f": {_code(evidence.text)}" if evidence.text else ""
            yield f"- {_words(place_words(evidence, near))}{quote}\n"
        for cause in finding.caused_by:
            yield f"- caused by {_words(cause_words(cause))}\n"
        if happens := next_words(finding, self.now):
            yield f"- next: {_words(happens)}\n"
        if finding.next_step:
            verbs = f" ({', '.join(_code(verb) for verb in finding.actions)})" if finding.actions else ""
            yield f"- do: {_words(finding.next_step)}{verbs}\n"
        for not_helpful in finding.not_helpful:
            yield f"- doesn't help: {_words(not_helpful.action)}, as {_words(not_helpful.why)}\n"
        if finding.makes_certain:
            yield f"- made certain by {_words(finding.makes_certain)}\n"
        for unknown in finding.unknown:
            yield f"- not known: {_words(unknown)}\n"


def _commands(finding: Finding, row: StackRow) -> list[str]:
    lines = commands(finding, row) if finding.severity != NOTE else []
    return ["\n```sh\n", *(f"{line}\n" for line in lines), "```\n"] if lines else []


_MEANING_SOMETHING = "\\`*_[]<>|#~"


def _words(text: str) -> str:
    """Text on one line in which no character means anything to Markdown."""
    return "".join(f"\\{c}" if c in _MEANING_SOMETHING else c for c in one_line(plain(text)))


def _code(text: str) -> str:
    """Text on one line as code, whatever backticks are in it."""
    line = one_line(plain(text))
    fence = "`"
    while fence in line:
        fence += "`"
    blank = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{blank}{line}{blank}{fence}"
