"""The verdict of a page: what a closer look finds, again and again, and what the board knows until then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from diagnosis.board_findings import BoardFinding, BoardFindings
from diagnosis.finding import Finding
from diagnosis.reading.close_look import SubjectKind
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.times import kubectl_age
from tui.pages.live_look import LiveLook
from tui.pages.verdict_text import VerdictBlock

_LOOK_EVERY = 30.0
"""seconds"""


class LiveVerdict:
    """What is found, and what helps against it; the page asks whether a look `is_due`, and has a worker take it."""

    def __init__(self, fleet: Fleet, board: BoardFindings, key: Key, kind: SubjectKind) -> None:
        self._board, self._key = board, key
        self._live = LiveLook(fleet, board, key, kind, _LOOK_EVERY)
        self._title: Callable[[str, Finding | None], str] | None = None
        """says what a verb does; None until that is loaded"""
        self.version = 0
        """grows whenever there is something new to draw"""

    def is_due(self, now: float) -> bool:
        return self._live.is_due(now)

    def begin(self) -> None:
        """A look is about to be taken."""
        self._live.begin()
        self.version += 1

    async def take(self) -> None:
        """Look, and keep what was found."""
        if self._title is None:
            # Brought in beside the screen: it takes longer than a page may take to open.
            self._title = await asyncio.to_thread(_load_titles)
        await self._live.take()
        self.version += 1

    def of_stack(self, now: float) -> VerdictBlock | None:
        """What the board knows, or what the look has told for as long as that holds; None for a Stack that is fine."""
        found = self._board.finding(self._key, now)
        if found is None:
            return None
        looked = self._looked(now) if found.finding in self._live.findings() else self._not_looked()
        return self._block(found, looked)

    def of_application(self, now: float) -> VerdictBlock:
        """What the look has told of it; the board knows nothing of Applications but what they say."""
        findings = self._live.findings()
        found = BoardFinding(findings[0], False, tuple(findings[1:])) if findings else BoardFinding(None, False)
        return self._block(found, self._looked_at_application(now, findings))

    def _looked_at_application(self, now: float, findings: Sequence[Finding]) -> str:
        if self._live.found is None:
            return f"what its Stacks say; {_UNDER_WAY}" if self._live.looking else "what its Stacks say"
        if why := self._live.why_unseen:
            return f"it couldn't be looked at closely: {why}"
        ago = kubectl_age(now - self._live.looked_at)
        return self._looked(now) if findings else f"looked at closely {ago} ago: nothing stands in its own way"

    def _looked(self, now: float) -> str:
        return f"looked at closely {kubectl_age(now - self._live.looked_at)} ago; d shows all that was found"

    def _not_looked(self) -> str:
        return f"as the board knows it; {_UNDER_WAY}" if self._live.looking else "as the board knows it"

    def _block(self, found: BoardFinding, looked: str) -> VerdictBlock:
        finding, title = found.finding, self._title
        verbs = finding.actions if finding is not None else ()
        fixes = tuple((verb, title(verb, finding) if title is not None else "") for verb in verbs)
        return VerdictBlock(found, fixes, looked)


_UNDER_WAY = "a closer look is under way ..."


def _load_titles() -> Callable[[str, Finding | None], str]:
    """What says of each verb what it does, in a few words."""
    from actions.offers import verb_title

    return verb_title
