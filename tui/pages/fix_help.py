"""What `F` could do about Stacks and Applications, by what is known of them without a look: a part of the help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from diagnosis.board_findings import BoardFinding, BoardFindings
from diagnosis.finding import Finding
from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet
from stacks.text import plain
from tui.pages.finding_text import headline
from tui.widgets.column_text import TextGroup
from tui.widgets.text_view import TextLine
from views.findings import nothing_found
from views.tones import FINDING

_MOST_STACKS = 4
"""Stacks of an Application that are named"""


@dataclass(frozen=True)
class FixHelp:
    """Says it of what a board knows."""

    fleet: Fleet
    findings: BoardFindings

    async def of_rows(self, cursor: Key | None, marked: Sequence[Key] = ()) -> list[TextGroup]:
        """What can be done for the Stack under the cursor, and for the marked ones, of which `F` is then."""
        await _load_verbs()
        groups = [self.of_several(marked, "MARKED")] if marked else []
        if cursor is not None:
            title = "F HERE, WERE NOTHING MARKED" if marked else "F HERE"
            groups.append(TextGroup(title, tuple(self._of_stack(cursor))))
        return groups

    async def of_stacks(self, keys: Sequence[Key]) -> list[TextGroup]:
        """What can be done for all of these Stacks at once."""
        await _load_verbs()
        return [self.of_several(keys, "STACK" if len(keys) == 1 else "STACKS")]

    async def of_application(self, key: Key) -> list[TextGroup]:
        """What can be done for an Application, and for which of its Stacks."""
        await _load_verbs()
        return [TextGroup("F HERE", tuple(self._of_application(key)))]

    def of_several(self, keys: Sequence[Key], what: str) -> TextGroup:
        from actions.offers import count_helpful, verb_title

        helps = count_helpful((_all(self._known(key)) for key in keys), "Stack")
        lines = [
            TextLine(f"{verb_title(verb)} ({count.words(len(keys))})", verb, "strong") for verb, count in helps.items()
        ]
        none = TextLine("Nothing is known that helps one of them; F looks closely.", tone="dim")
        return TextGroup(f"F FOR {len(keys)} {what}", tuple(lines) or (none,))

    def _of_stack(self, key: Key) -> Iterator[TextLine]:
        from actions.offers import helpful_verbs, verb_title

        now = self.fleet.clock()
        yield TextLine(plain(" / ".join(key)), tone="dim")
        found = self.findings.finding(key, now)
        if found is None:
            yield TextLine(nothing_found(partly=False), tone="good")
            return
        findings, helped = _all(found), False
        for place, finding in enumerate(findings):
            verbs = helpful_verbs(findings, finding)
            if verbs or not place:
                yield headline(finding, key, now)
            for verb in verbs:
                helped = True
                yield TextLine(plain(verb_title(verb, finding)), verb, "strong")
        if not findings:
            yield TextLine("Nothing is found that gets in its way; F looks closely.", tone="odd")
        elif not helped:
            yield TextLine("No verb is known that helps; F looks closely.", tone="dim")

    def _of_application(self, key: Key) -> Iterator[TextLine]:
        from actions.offers import verb_title

        yield TextLine(plain(" / ".join(key)), tone="dim")
        troubled = [(held, found) for held in self._held(key) if (found := _all(self._known(held)))]
        of_it = dict.fromkeys(verb for held, _ in troubled for verb in self._of_its_application(held))
        for verb in of_it:
            yield TextLine(verb_title(verb), verb, "strong")
        for held, found in troubled[:_MOST_STACKS]:
            first = found[0]
            yield TextLine(plain(f"{held.name}: {first.title}"), first.id, FINDING.get(first.severity, ""))
        if len(troubled) > _MOST_STACKS:
            yield TextLine(f"and {len(troubled) - _MOST_STACKS} more of its Stacks", tone="dim")
        if troubled:
            yield TextLine("F leads to each of them.", tone="dim")
        else:
            yield TextLine("Nothing is known to stand in the way of its Stacks; F looks at it closely.", tone="dim")

    def _held(self, key: Key) -> list[Key]:
        def holds(row: StackRow) -> bool:
            return row.holder is not None and row.holder.key == key

        return [row.key for row in self.fleet.board.stacks.values() if holds(row)]

    def _known(self, key: Key) -> BoardFinding | None:
        """What was computed already: of many rows, computing it all would take long."""
        return self.findings.known(key)

    def _of_its_application(self, key: Key) -> Iterator[str]:
        """Of the verbs that help a Stack those that are for the Application that holds it."""
        from actions.offers import helpful_verbs
        from actions.registry import CHANGES

        findings = _all(self._known(key))
        for finding in findings:
            yield from (verb for verb in helpful_verbs(findings, finding) if CHANGES[verb].subject == "Application")


async def _load_verbs() -> None:
    """Import what knows them beside the screen: it takes longer than a key may take."""
    load: Callable[[str], object] = import_module
    await asyncio.to_thread(load, "actions.offers")


def _all(found: BoardFinding | None) -> Sequence[Finding]:
    return () if found is None or found.finding is None else (found.finding, *found.others)
