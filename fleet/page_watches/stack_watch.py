"""Everything around one Stack, kept true while its page is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cluster.resources import ResourceKind
from cluster.watch.watch_events import Lost
from fleet.page_watches.selection_watch import SelectionWatches
from fleet.resource_kinds import STACKS
from fleet.stack_objects.object_tree import tell
from fleet.stack_objects.ownership import named
from fleet.stack_objects.selections import Selection, SelectionResult, StackObjects, selections, sift
from stacks.argocd_tracking import claim
from stacks.records.stack_detail import StackDetail, tidy_stack_detail
from stacks.records.workspace import workspace_of

if TYPE_CHECKING:
    from fleet.board.rows import Key, StackRow
    from fleet.fleet import Fleet

_DETAILS = ResourceKind(STACKS.resource, StackDetail, tidy_stack_detail)


class StackWatch:
    """What belongs to one Stack: the page looks at it and reads it, `run` keeps it true.

    The Stack itself is the board's. What a look finds is told to the board, too: a phase can say more where
    the Update, the Workspace and the pod are known.
    """

    def __init__(self, fleet: Fleet, key: Key) -> None:
        self.key = key
        self._fleet = fleet
        self._detail = Selection(_DETAILS, field_selector=named(key.name)["fieldSelector"])
        self._watches = SelectionWatches(
            lambda: fleet.connection(key.context), key.namespace, fleet.clock, self._wanted
        )
        self._row: StackRow | None = None
        self._known: tuple[int, StackRow, StackObjects] | None = None

    async def run(self) -> None:
        """Follow until cancelled; then every stream is closed."""
        await self._watches.run()

    @property
    def version(self) -> int:
        """Moves when there is something new to draw."""
        return self._watches.version

    @property
    def lost(self) -> Lost | None:
        """Why what is shown may be old, other than by a refusal."""
        return self._watches.lost

    @property
    def parts(self) -> StackObjects | None:
        """What the last look saw; None while not even the Stack is known. It stays when the Stack goes."""
        return self._known[2] if self._known is not None else None

    def look(self) -> StackObjects | None:
        """See what there is by now: tell the board of it, and follow the Stack to where its objects are."""
        row = self._fleet.board.stacks.get(self.key) or self._row
        if row is None or self._has_seen(row):
            return self.parts
        moved = self._row is None or _place(row) != _place(self._row)
        self._row = row
        parts = self._sifted(row)
        self._known = (self._watches.version, row, parts)
        if self.lost is None and self.key in self._fleet.board.stacks:
            tell(self._fleet.board, parts, self._fleet.clock())
        if moved:
            self._watches.think_again()
        return parts

    def _has_seen(self, row: StackRow) -> bool:
        return self._known is not None and self._known[0] == self._watches.version and self._known[1] is row

    def detail(self) -> SelectionResult:
        """The Stack's details: one record, none, or the reason why not."""
        return self._watches.answer(self._detail)

    def _sifted(self, row: StackRow) -> StackObjects:
        answers = self._watches.answers()
        answers.pop(self._detail, None)
        parts = sift(self.key, row.stack, answers)
        for selection in selections(parts):
            if selection not in answers:
                parts.asking.add(selection.kind.resource.plural)
        app = self._fleet.board.app(row.holder.key) if row.holder is not None else None
        if app is not None:
            parts.applications = {app.key: app.app}
        elif row.holder is None and (mark := claim(row.stack)) is not None:
            parts.hidden["applications"] = f"{mark.name}, which the Stack names, isn't among those that can be seen"
        return parts

    def _wanted(self) -> Iterator[Selection]:
        yield self._detail
        parts = self.look()
        if parts is not None:
            yield from selections(parts)


def _place(row: StackRow) -> tuple[str, str]:
    """What decides where its objects are."""
    return row.stack.metadata.uid, workspace_of(row.stack)
