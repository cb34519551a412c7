"""What the page of one Stack or one Application shows, kept true while it is open.

Which kinds are watched around a Stack, `fleet.stack_objects.watched_kinds` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cluster.resources import ResourceKind
from fleet.page_watches.selection_watch import SelectionWatches
from fleet.resource_kinds import APPLICATIONS, EVENTS, STACKS
from fleet.stack_objects.object_tree import observe_objects
from fleet.stack_objects.queries import about_name
from fleet.stack_objects.watched_kinds import Selection, SelectionResult, StackObjects, own_objects, selections
from stacks.argocd_tracking import claim
from stacks.records.application_detail import AppDetail, tidy_app_detail
from stacks.records.kubernetes import Event
from stacks.records.stack_detail import StackDetail, tidy_stack_detail
from stacks.records.workspace import workspace_of

if TYPE_CHECKING:
    from fleet.board.rows import Key, StackRow
    from fleet.fleet import Fleet


_APPLICATION_DETAILS = ResourceKind(APPLICATIONS.resource, AppDetail, tidy_app_detail)


class ApplicationWatch(SelectionWatches):
    """An Application's details and Events: the page reads them, `run` keeps them true."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._detail = Selection(_APPLICATION_DETAILS, field_selector=f"metadata.name={key.name}")
        self._events = Selection(EVENTS, field_selector=about_name(key.name))

    @property
    def detail(self) -> AppDetail | None:
        """The details, once they are known."""
        records = self.answer(self._detail).records
        return records[0] if records else None

    @property
    def why_no_detail(self) -> str:
        """Why the details can't be seen; empty if they can, or haven't come yet."""
        return self.answer(self._detail).why

    @property
    def events(self) -> list[Event]:
        detail = self.detail
        uid = detail.metadata.uid if detail else ""
        return [event for event in self.answer(self._events).records if _is_about(event, uid)]

    @property
    def why_no_events(self) -> str:
        return self.answer(self._events).why

    def wanted(self) -> Iterator[Selection]:
        yield self._detail
        yield self._events


def _is_about(event: Event, uid: str) -> bool:
    about = event.involved_object
    return about.kind == "Application" and (not about.uid or not uid or about.uid == uid)


_STACK_DETAILS = ResourceKind(STACKS.resource, StackDetail, tidy_stack_detail)


class StackWatch(SelectionWatches):
    """Watches the objects of one Stack: `run` keeps them true, the page calls `refresh` and reads `parts`."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._detail = Selection(_STACK_DETAILS, field_selector=f"metadata.name={key.name}")
        self._row: StackRow | None = None
        self._known: tuple[int, StackRow, StackObjects] | None = None

    @property
    def parts(self) -> StackObjects | None:
        """The objects at the last `refresh`; None while not even the Stack is known. They stay when the Stack goes."""
        return self._known[2] if self._known is not None else None

    def refresh(self) -> StackObjects | None:
        """Work out `parts` from the answers by now, for the board too. A Stack that was made anew is followed."""
        row = self._fleet.board.stacks.get(self.key) or self._row
        if row is None or self._is_current(row):
            return self.parts
        moved = self._row is None or _place(row) != _place(self._row)
        self._row = row
        parts = self._own_objects(row)
        self._known = (self.version, row, parts)
        if self.lost is None and self.key in self._fleet.board.stacks:
            observe_objects(self._fleet.board, parts, self._fleet.clock())
        if moved:
            self._wake.set()  # `wanted` says something else by now
        return parts

    def _is_current(self, row: StackRow) -> bool:
        return self._known is not None and self._known[0] == self.version and self._known[1] is row

    def detail(self) -> SelectionResult:
        """The Stack's details: one record, none, or the reason why not."""
        return self.answer(self._detail)

    def _own_objects(self, row: StackRow) -> StackObjects:
        answers = self.answers()
        answers.pop(self._detail, None)
        parts = own_objects(self.key, row.stack, answers)
        for selection in selections(parts):
            if selection not in answers:
                parts.pending.add(selection.kind.resource.plural)
        app = self._fleet.board.app(row.holder.key) if row.holder is not None else None
        if app is not None:
            parts.applications = {app.key: app.app}
        elif row.holder is None and (mark := claim(row.stack)) is not None:
            parts.hidden["applications"] = f"{mark.name}, which the Stack names, isn't among those that can be seen"
        return parts

    def wanted(self) -> Iterator[Selection]:
        yield self._detail
        parts = self.refresh()
        if parts is not None:
            yield from selections(parts)


def _place(row: StackRow) -> tuple[str, str]:
    """What decides where its objects are."""
    return row.stack.metadata.uid, workspace_of(row.stack)
