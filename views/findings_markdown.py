"""Findings as Markdown, for a ticket or a chat: nothing in it is a link or a command that was in an object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from diagnosis.finding import CERTAIN, NOTE, Finding
from diagnosis.fleet_causes import FleetCause
from fleet.board.rows import Key, StackRow
from stacks.text import one_line, plain
from stacks.times import rfc3339
from views.findings import cause_words, next_words, nothing_found, place_words, since_words, title_words

FindingCommands: TypeAlias = Callable[[Finding], Sequence[str]]
"""the commands that help against a finding, in their order"""


def no_commands(finding: Finding) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class MarkdownReport:
    """Writes findings as of `now`. `partly` are the contexts of which not everything could be read."""

    now: float
    partly: Collection[str] = ()

    def stack(self, row: StackRow, findings: Sequence[Finding], commands: FindingCommands = no_commands) -> str:
        """A Stack and everything that is found with it."""
        key = row.key
        lines = [f"## {_words(str(key))}\n\n"]
        as_of = f"as of {rfc3339(self.now)}"
        lines.append(f"{_words(row.health.status)}, {_words(row.phase.words(self.now))}, {as_of}\n")
        if not findings:
            lines.append(f"\n{nothing_found(partly=key.context in self.partly)}\n")
        for finding in findings:
            lines += ["\n", *self._finding(finding, key), *_command_block(finding, commands)]
        return "".join(lines)

    def application(
        self,
        key: Key,
        findings: Sequence[Finding],
        commands: FindingCommands = no_commands,
        stacks: Mapping[Key, Finding] = MappingProxyType({}),
    ) -> str:
        """An Application and everything that is found with it, and of its `stacks` what is found first of all."""
        lines = [f"## Application {_words(str(key))}\n"]
        if not findings and not stacks:
            lines.append(f"\n{nothing_found(partly=key.context in self.partly)}\n")
        for finding in findings:
            lines += ["\n", *self._finding(finding, key), *_command_block(finding, commands)]
        if stacks:
            lines.append("\nIts Stacks:\n\n")
        for stack, first in stacks.items():
            lines.append(f"- {_words(str(stack))}: {first.id} {_words(first.title)}\n")
        return "".join(lines)

    def unseen(self, kind: str, key: Key, why: str) -> str:
        """A Stack or an Application of which nothing is known, and why."""
        return f"## {kind} {_words(str(key))}\n\n{_words(why)}, as of {rfc3339(self.now)}\n"

    def gaps(self, unread: Mapping[str, str], lost: str = "") -> str:
        """Which kinds couldn't be read, and why; and why none of it can be looked at any more. Perhaps nothing."""
        lines = ["\n"] if unread or lost else []
        if lost:
            lines.append(f"- no longer seen: {_words(lost)}\n")
        lines += (f"- couldn't be read: {_words(kind)}: {_words(why)}\n" for kind, why in sorted(unread.items()))
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
        title = _words(title_words(finding, near))
        yield f"**{finding.id} {title}** ({finding.severity}{sure}{f', {since}' if since else ''})\n\n"
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


def _command_block(finding: Finding, commands: FindingCommands) -> list[str]:
    lines = commands(finding) if finding.severity != NOTE else ()
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
