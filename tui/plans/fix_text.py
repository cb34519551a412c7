"""What the page of a diagnosis says: findings with what they rest on, the verbs that help, and what doesn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from actions.offers import verb_title
from diagnosis.finding import CERTAIN, Finding
from fleet.board.rows import Key
from stacks.text import plain
from tui.pages.finding_text import evidence_lines, headline
from tui.plans.fix_look import FixLook, FixOffer
from tui.widgets.choosable_text import ChoosableLine
from tui.widgets.text_view import TextLine
from views.findings import cause_words, next_words, nothing_found
from views.tones import FINDING

_CAUSES = 3
"""other Stacks' causes that are named"""


@dataclass
class FixText:
    """The lines, and which of them can be chosen: a verb (verb, number of the finding that it helps against), or the
    key of another Stack, whose fixes are meant.
    """

    lines: list[TextLine] = field(default_factory=list)
    choices: list[ChoosableLine] = field(default_factory=list)
    offers: dict[tuple[str, int], FixOffer] = field(default_factory=dict)

    def add(self, *lines: TextLine) -> None:
        self.lines += lines

    def offer(self, offer: FixOffer, number: int, now: float) -> None:
        identity = offer.verb, number
        self.choices.append(ChoosableLine(len(self.lines), identity))
        self.offers[identity] = offer
        self.add(TextLine(plain(f"{offer.verb}: {verb_title(offer.verb, offer.finding)}"), "fix", "strong"))


def fix_text(look: FixLook, key: Key, now: float) -> FixText:
    """What is found of this Stack or Application, and what can be done."""
    text = FixText()
    if why := look.unseen(key):
        text.add(TextLine(plain(f"{key}: {why}"), tone="bad"))
        return text
    findings = look.findings(key)
    said: set[str] = set()
    for number, finding in enumerate(findings):
        if number:
            text.add(TextLine())
        text.add(*_finding_lines(finding, key, said, now))
        for offer in look.helpful(key, finding):
            text.offer(offer, number, now)
    stacks = look.troubled_stacks(key)
    if not findings and stacks:
        text.add(TextLine("Nothing stands in its own way, but in that of its Stacks.", tone="odd"))
    elif not findings:
        text.add(TextLine(nothing_found(partly=bool(look.unread(key))), tone="good"))
    elif not text.offers and not stacks:
        text.add(TextLine(), TextLine("None of this is mended from here.", tone="dim"))
    _add_stacks(text, stacks)
    if not findings:
        _add_what_is_always_possible(text, look, key, now)
    if unread := look.unread(key):
        text.add(TextLine(), TextLine("WHAT COULDN'T BE READ", tone="head"))
        text.add(*(TextLine(plain(why), kind, "odd") for kind, why in sorted(unread.items())))
    return text


def known_text(findings: Sequence[Finding], key: Key, now: float) -> FixText:
    """What the board knows without a look, which comes. There is nothing to choose yet."""
    text, said = FixText(), set[str]()
    for finding in findings:
        text.add(TextLine(), *_finding_lines(finding, key, said, now))
    return text


def greyed(text: FixText, why: str) -> FixText:
    """The same as it was known before its context was lost, and why that is."""
    lines = [TextLine(plain(why), tone="bad"), TextLine(), *(replace(line, tone="dim") for line in text.lines)]
    return FixText(lines, [replace(choice, line=choice.line + 2) for choice in text.choices], text.offers)


def _add_stacks(text: FixText, stacks: Mapping[Key, Finding]) -> None:
    """The Stacks of an Application that something stands in the way of."""
    if stacks:
        text.add(TextLine(), TextLine("ITS STACKS", tone="head"))
    for stack, first in stacks.items():
        text.choices.append(ChoosableLine(len(text.lines), stack))
        text.add(TextLine(plain(f"{first.id} {first.title}"), stack.name, FINDING.get(first.severity, "")))


def _add_what_is_always_possible(text: FixText, look: FixLook, key: Key, now: float) -> None:
    always = look.always(key)
    if always:
        text.add(TextLine(), TextLine("This can be asked for all the same:", tone="dim"))
    for offer in always:
        text.offer(offer, 0, now)


def _finding_lines(finding: Finding, key: Key, said: set[str], now: float) -> Iterator[TextLine]:
    """What there is to say of a finding. `said` are the actions that were said not to help, and grows by those here."""
    yield headline(finding, key, now)
    yield from evidence_lines(finding, key, "seen")
    for cause in finding.caused_by[:_CAUSES]:
        yield TextLine(plain(cause_words(cause)), "because")
    if finding.certainty != CERTAIN and finding.makes_certain:
        yield TextLine(plain(finding.makes_certain), "certain with")
    for unknown in finding.unknown:
        yield TextLine(plain(unknown), "not known", "odd")
    if words := next_words(finding, now):
        yield TextLine(plain(words), "next")
    for each in finding.not_helpful:
        if each.action not in said:
            said.add(each.action)
            yield TextLine(plain(f"{each.action}: {each.why}"), "doesn't help", "dim")
    if finding.next_step:
        yield TextLine(plain(finding.next_step), "to do")
