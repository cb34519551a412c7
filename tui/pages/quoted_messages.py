"""The messages of a cluster that a page has quoted: what stands in one of them isn't said once more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stacks.text import one_line
from tui.widgets.text_view import TextLine

_REASON = re.compile(r"^[A-Z][A-Za-z]+: (?=\S)")
"""what a verdict puts before the message of a condition: its reason, which stands with the phase and the condition"""


class QuotedMessages:
    """What the page has quoted so far, from its top to its end."""

    def __init__(self, quotes: Sequence[str] = ()) -> None:
        self._quoted = [quote for quote in quotes if quote]

    def is_new(self, message: str) -> bool:
        """Whether a message says something new; from now on it doesn't."""
        line = one_line(message)
        said = _REASON.sub("", line)
        if not line or any(said in quote for quote in self._quoted):
            return False
        self._quoted.append(line)
        return True

    def new(self, *lines: TextLine) -> Iterator[TextLine]:
        """Those of these lines that quote something new."""
        return (line for line in lines if self.is_new(line.text))
