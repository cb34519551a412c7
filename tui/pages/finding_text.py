"""Lines that say what a finding is and what it rests on, for the pages that show one."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.finding import NOTE, Finding
from fleet.board.rows import Key
from stacks.text import one_line, plain
from tui.widgets.text_view import TextLine
from views.findings import place_words, since_words, title_words
from views.tones import FINDING

_LONGEST_QUOTE = 600
"""characters of a line of evidence"""
_SHORT_QUOTE = 40
"""characters that may be said twice: what a title makes of a longer one is the whole of it"""


def headline(finding: Finding, key: Key, now: float) -> TextLine:
    """Its id, its title, how certain it is and since when."""
    since = f", {words}" if (words := since_words(finding.since, now)) else ""
    tone = "dim" if finding.severity == NOTE else FINDING.get(finding.severity, "")
    return TextLine(plain(f"{title_words(finding, key)} ({finding.certainty}{since})"), finding.id, tone)


def evidence_lines(finding: Finding, key: Key, label: str) -> Iterator[TextLine]:
    """What it rests on, for a reader who looks at `key`; of a message that stands over it already, just the place."""
    said = [finding.title]
    for evidence in finding.evidence:
        quote = one_line(evidence.text)
        quote = "" if len(quote) > _SHORT_QUOTE and any(quote in each for each in said) else quote
        said.append(quote)
        shown = f"{quote[:_LONGEST_QUOTE]} ..." if len(quote) > _LONGEST_QUOTE else quote
        yield TextLine(plain(f"{place_words(evidence, key)}: {shown}".removesuffix(": ")), label)
        label = " "
