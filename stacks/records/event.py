"""Kubernetes' Event, with what a tree and a page tell of it."""

from __future__ import annotations

from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.records.base import OwnedMetadata, Struct
from stacks.text import cleaner


class EventRegarding(Struct, frozen=True):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EventSeries(Struct, frozen=True):
    count: int = 0
    last_observed_time: str = ""


class EventSource(Struct, frozen=True):
    component: str = ""


class Event(Struct, frozen=True):
    """A Kubernetes Event of ``v1``, in the form that all recorders fill in."""

    metadata: OwnedMetadata
    involved_object: EventRegarding = EventRegarding()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 0
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""


_plain_event = cleaner(Event)


def tidy_event(event: Event) -> Event:
    """The Event with plain text: an update's failure repeats the whole output of the run, outputs and all."""
    event = _plain_event(event)
    return replace(event, message=without_outputs(event.message)) if "\n" in event.message else event
