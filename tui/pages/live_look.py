"""A close look at one Stack or Application that is kept current while its page is open."""

from __future__ import annotations

from diagnosis.board_findings import BoardFindings
from diagnosis.finding import Finding
from diagnosis.reading.close_look import SubjectKind, look_closely
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts
from fleet.board.rows import Key
from fleet.fleet import Fleet

_AFTER_CHANGE = 2.0
"""seconds from a look to the next one where the row changes all the time"""


class LiveLook:
    """What was found, how old that is, and whether it is time to look again.

    The last look in which something was seen is kept when a later one fails. What it finds of a Stack is remembered
    for the board, too.
    """

    def __init__(self, fleet: Fleet, board: BoardFindings, key: Key, kind: SubjectKind, every: float) -> None:
        self._fleet, self._board, self._key, self._kind = fleet, board, key, kind
        self._every = every
        """seconds after which it is looked again though nothing seems to have changed"""
        self.found: DiagnosedContexts | None = None
        self.looked_at = 0.0
        """the instant of `found`"""
        self.looking = False
        self.version = 0
        """grows whenever there is something new to draw"""
        self._failed = ""
        """why the last look saw nothing of the context, though one before it did"""
        self._tried_at = 0.0
        self._of: object = None
        """the `_state` that was looked at"""

    def is_due(self, now: float) -> bool:
        """Whether to look now: the row changed, or the last look is old. Not where the context can't be seen anyway."""
        if self.looking:
            return False
        if self.found is None:
            return True
        context = self._fleet.board.contexts.get(self._key.context)
        if context is None or context.stale(now):
            return False
        wait = self._every if self._state() == self._of else _AFTER_CHANGE
        return now - self._tried_at >= wait

    def begin(self) -> None:
        """A look is about to be taken."""
        self.looking = True
        self.version += 1

    async def take(self) -> None:
        """Look, and keep what was found. Failures are a part of that."""
        row_version, self._of = self._board.row_version(self._key), self._state()
        found = await look_closely(self._fleet, [self._key], self._kind)
        self._tried_at, self.looking = self._fleet.clock(), False
        self.version += 1
        seen = self._key.context in found.diagnosis.fleet.contexts
        if not seen and self.found is not None:
            self._failed = found.unseen.get(self._key.context, "it isn't watched any more")
            return
        self.found, self.looked_at, self._failed = found, self._tried_at, ""
        if seen and self._kind == "Stack":
            self._board.remember(self._key, self.findings(), row_version)

    def _state(self) -> object:
        """What is worth another look as soon as it is different. Of an Application not all that changes: one that syncs
        says something else each second."""
        if self._kind == "Stack":
            return self._board.row_version(self._key)
        row = self._fleet.board.app(self._key)
        return (row.app.metadata.uid, row.sync, row.health, row.operation) if row is not None else None

    @property
    def why_unseen(self) -> str:
        """Why nothing could be seen when it was looked at; empty where something could."""
        if self.found is None or self._key.context in self.found.diagnosis.fleet.contexts:
            return ""
        return self.found.unseen.get(self._key.context, "it isn't watched any more")

    def findings(self) -> list[Finding]:
        """What was found the last time, the first one first; nothing before the first look."""
        if self.found is None:
            return []
        diagnosis = self.found.diagnosis
        of = diagnosis.findings if self._kind == "Stack" else diagnosis.application_findings
        return list(of(self._key))

    def why_lost(self, now: float) -> str:
        """Why what was found can't be looked at again now; empty where it can."""
        context = self._fleet.board.contexts.get(self._key.context)
        if context is None:
            return "it isn't watched any more"
        return context.reason(now) if context.stale(now) else self._failed
