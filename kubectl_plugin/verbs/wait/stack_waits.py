"""How far each Stack is that is waited for: there, not yet, or not to be expected there any more.

Nothing here waits or looks at a clock; `now` comes in with every call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from diagnosis.catalogue import STACK_CAUSES
from diagnosis.finding import Finding
from fleet.board.board import Board
from fleet.board.context_state import ContextState
from fleet.board.rows import Key, StackRow, run_name
from fleet.board.wait_conditions import WAIT_CONDITIONS, is_going, requested_run

DELETED = "deleted"
_ENDED_BY_DELETION = ("ready", "healthy", "updated")
"""conditions that a Stack which is being deleted doesn't get to any more"""
_OWN_CAUSES = frozenset(cause.id for cause in STACK_CAUSES) - {"W-4"}
"""what can keep a Stack from getting there; W-4 is about an Update that it doesn't name"""


class Outlook(Enum):
    """What is to be expected of a Stack."""

    OPEN = "not yet"
    MET = "met"
    HOPELESS = "not any more"


Signature: TypeAlias = tuple[str | int | None, ...]
"""what of a Stack changes when it moves; no ages, and nothing of a container that starts again and again"""


@dataclass(slots=True)
class StackWait:
    """One Stack that is waited for."""

    key: Key
    row: StackRow | None = None
    """as it was last seen; None where it isn't there, or can't be read"""
    uid: str = ""
    """of the object that is waited for"""
    outlook: Outlook = Outlook.OPEN
    after: float | None = None
    """seconds after which it was met"""
    why: str = ""
    """why it isn't to be expected any more, in a few words, where no finding says it"""
    finding: Finding | None = None
    """what it is stuck with, where that isn't to be expected to end"""
    signature: Signature = ()
    words: tuple[str, str] = ("", "")
    """its phase as it was last said: the name and the detail"""
    moved_at: float | None = None
    """the instant at which it last moved; None if it hasn't since the first look"""
    suspected: str = ""
    """the id of the finding that stays, as the last look saw it"""
    obstacle: str = ""
    """what makes it hopeless unless it is over soon: it is gone, or going"""
    obstacle_since: float = 0.0


class WaitEvent(Enum):
    """What became of a Stack that is waited for."""

    MET = "met"
    HOPELESS = "hopeless"
    HOPEFUL = "hopeful"
    """it was hopeless, and moves again"""
    MOVED = "moved"
    RECREATED = "recreated"


class StackWaits:
    """The Stacks of one wait. `settles`: the seconds for which a Stack has to be gone before that counts: one that is
    replaced is gone for a moment, too."""

    def __init__(self, condition: str, keys: Iterable[Key], settles: float) -> None:
        self.condition = condition
        self.waits = {key: StackWait(key) for key in keys}
        self._settles = settles
        self._is_met: Callable[[StackRow], bool] | None = WAIT_CONDITIONS.get(condition)

    @property
    def settled(self) -> bool:
        """Whether every Stack is either there, or not to be expected there any more."""
        return all(wait.outlook is not Outlook.OPEN for wait in self.waits.values())

    def of(self, outlook: Outlook) -> list[StackWait]:
        return [wait for wait in self.waits.values() if wait.outlook is outlook]

    def look(self, board: Board, now: float, elapsed: float) -> list[tuple[StackWait, WaitEvent]]:
        """Compare with the board, `elapsed` seconds after the beginning. A context that isn't seen changes nothing."""
        seen = {name for name, context in board.contexts.items() if is_seen(context, now)}
        events: list[tuple[StackWait, WaitEvent]] = []
        for key, wait in self.waits.items():
            if wait.outlook is Outlook.MET or key.context not in seen:
                continue
            row = board.stacks.get(key) if board.contexts[key.context].state(now) != "absent" else None
            if row is not None and row is wait.row and not wait.obstacle:
                continue
            unreadable = (key.namespace, key.name) in board.contexts[key.context].stacks.unreadable
            found = self._look(wait, row, now, unreadable=unreadable)
            if WaitEvent.MET in found:
                wait.after = elapsed
            events += ((wait, event) for event in found)
        return events

    def _look(self, wait: StackWait, row: StackRow | None, now: float, *, unreadable: bool) -> list[WaitEvent]:
        another = row is not None and bool(wait.uid) and row.stack.metadata.uid != wait.uid
        wait.row = row
        if self._is_met is None:
            met = another or (row is None and not unreadable)
        else:
            met = row is not None and self._is_met(row)
        events = [WaitEvent.RECREATED] if another and not met else []
        events += self._note_move(wait, now)
        if met:
            wait.outlook, wait.why, wait.finding = Outlook.MET, "", None
            return [*events, WaitEvent.MET]
        return events + self._note_obstacle(wait, self._obstacle(row, unreadable=unreadable), now)

    def _note_move(self, wait: StackWait, now: float) -> list[WaitEvent]:
        """A Stack that moves is judged anew, whatever was found with it before."""
        if wait.row is None:
            return []
        signature, phase = _signature(wait.row), wait.row.phase
        events = [WaitEvent.MOVED] if (phase.name, phase.detail) != wait.words else []
        wait.words = phase.name, phase.detail
        if signature == wait.signature:
            return events
        wait.uid = wait.row.stack.metadata.uid
        wait.moved_at = now if wait.signature else None
        wait.signature, wait.suspected = signature, ""
        if wait.finding is None:
            return events
        wait.outlook, wait.finding = Outlook.OPEN, None
        return [WaitEvent.HOPEFUL, *events]

    def _obstacle(self, row: StackRow | None, *, unreadable: bool) -> str:
        if self.condition == DELETED or unreadable:
            return ""
        if row is None:
            return "it was deleted"
        return "it is being deleted" if self.condition in _ENDED_BY_DELETION and is_going(row) else ""

    def _note_obstacle(self, wait: StackWait, obstacle: str, now: float) -> list[WaitEvent]:
        if bool(obstacle) != bool(wait.obstacle):
            wait.obstacle_since = now
        wait.obstacle = obstacle
        if not obstacle:
            was_gone = bool(wait.why)
            wait.why = ""
            if was_gone:
                wait.outlook = Outlook.OPEN
            return [WaitEvent.HOPEFUL] if was_gone else []
        if wait.outlook is not Outlook.OPEN or now - wait.obstacle_since < self._settles:
            return []
        wait.outlook, wait.why = Outlook.HOPELESS, obstacle
        return [WaitEvent.HOPELESS]

    def to_explain(self, now: float, quiet: float) -> dict[Key, Signature]:
        """The Stacks of which it may be worth asking why they aren't there, as they are now.

        Those that have moved within the last `quiet` seconds are on their way. What keeps a Stack from being deleted
        shows once it is.
        """
        return {
            wait.key: wait.signature
            for wait in self.of(Outlook.OPEN)
            if wait.row is not None
            and not wait.obstacle
            and (wait.moved_at is None or now - wait.moved_at >= quiet)
            and (self.condition != DELETED or is_going(wait.row))
        }

    def explained(
        self, asked: Mapping[Key, Signature], findings: Mapping[Key, Sequence[Finding]]
    ) -> list[tuple[StackWait, WaitEvent]]:
        """Apply what was found with the Stacks that were `asked` about, of those that could be read.

        One that has the same finding that stays in two looks in a row, and didn't move between, is hopeless.
        """
        events = []
        for key, found in findings.items():
            wait = self.waits[key]
            if wait.outlook is not Outlook.OPEN or asked.get(key) != wait.signature:
                continue
            staying = next((each for each in found if each.stays and each.id in _OWN_CAUSES), None)
            if staying is not None and staying.id == wait.suspected:
                wait.outlook, wait.finding = Outlook.HOPELESS, staying
                events.append((wait, WaitEvent.HOPELESS))
            wait.suspected = staying.id if staying is not None else ""
        return events


def is_seen(context: ContextState, now: float) -> bool:
    """Whether what is in a context can be seen; one that has no Stacks at all can be, too."""
    state = context.state(now)
    return state == "absent" or (state not in ("lost", "connecting") and context.stacks.synced)


def _signature(row: StackRow) -> Signature:
    stack, phase = row.stack, row.phase
    last = stack.last_update
    return (
        stack.metadata.uid,
        stack.metadata.generation,
        requested_run(row),
        run_name(stack),
        last.name if last is not None else "",
        phase.name,
    )
