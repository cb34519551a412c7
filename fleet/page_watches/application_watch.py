"""What the board doesn't keep of an Application, followed while its page is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cluster.resources import ResourceKind
from cluster.watch.watch_events import Lost
from fleet.page_watches.selection_watch import SelectionWatches
from fleet.resource_kinds import APPLICATIONS
from fleet.stack_objects.ownership import EVENTS, about_name, named
from fleet.stack_objects.selections import Selection
from stacks.records.application_detail import AppDetail, tidy_app_detail
from stacks.records.kubernetes import Event

if TYPE_CHECKING:
    from fleet.board.rows import Key
    from fleet.fleet import Fleet

_DETAILS = ResourceKind(APPLICATIONS.resource, AppDetail, tidy_app_detail)


class ApplicationWatch:
    """An Application's details and Events: the page reads them, `run` keeps them true."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        self._detail = Selection(_DETAILS, field_selector=named(key.name)["fieldSelector"])
        self._events = Selection(EVENTS, field_selector=about_name(key.name))
        self._watches = SelectionWatches(
            lambda: fleet.connection(key.context), key.namespace, fleet.clock, self._wanted
        )

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
    def detail(self) -> AppDetail | None:
        """The details, once they are known."""
        records = self._watches.answer(self._detail).records
        return records[0] if records else None

    @property
    def why_no_detail(self) -> str:
        """Why the details can't be seen; empty if they can, or haven't come yet."""
        return self._watches.answer(self._detail).why

    @property
    def events(self) -> list[Event]:
        """The Events about the Application."""
        detail = self.detail
        uid = detail.metadata.uid if detail else ""
        return [event for event in self._watches.answer(self._events).records if _is_about(event, uid)]

    @property
    def why_no_events(self) -> str:
        """Why the Events can't be seen."""
        return self._watches.answer(self._events).why

    def _wanted(self) -> Iterator[Selection]:
        yield self._detail
        yield self._events


def _is_about(event: Event, uid: str) -> bool:
    about = event.involved_object
    return about.kind == "Application" and (not about.uid or not uid or about.uid == uid)
