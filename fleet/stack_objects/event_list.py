"""Events of several objects as one list, with repeats counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.stack_objects.ownership import said_last
from stacks.records.kubernetes import Event
from stacks.times import instant


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events that say the same of the same object, as one."""

    kind: str
    name: str
    warning: bool
    reason: str
    message: str
    count: int
    first: str
    last: str
    component: str = ""

    @property
    def at(self) -> float | None:
        """When it was said last, as an instant."""
        return instant(self.last)


def group_events(events: Iterable[Event]) -> list[EventGroup]:
    """Events of all objects in one list, oldest first, repeats counted."""
    found: dict[tuple[str, str, str, str, str], EventGroup] = {}
    for event in sorted(events, key=said_last):
        about = event.involved_object
        key = (about.kind, about.name, event.type, event.reason, event.message)
        count = max(event.count, event.series.count if event.series else 0, 1)
        first = event.first_timestamp or event.event_time or event.metadata.creation_timestamp
        before = found.pop(key, None)
        found[key] = EventGroup(
            about.kind, about.name, event.type == "Warning", event.reason, event.message.strip(),
            count + (before.count if before else 0), min(before.first, first) if before else first, said_last(event),
            event.source.component or event.reporting_component,
        )  # fmt: skip
    return sorted(found.values(), key=lambda each: each.last)
