"""Events of several objects as a table, the newest first, and one of them as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.stack_objects.history import EventGroup
from stacks.text import one_line
from stacks.times import kubectl_age, since
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenText, open_page
from tui.tables.table_spec import TableSpec, page_column
from tui.widgets.text_view import TextLine, filled
from views.filter import FilterFields
from views.tones import EVENT


@dataclass(frozen=True)
class EventRow:
    """An Event, its place in the list, and where it happened."""

    place: int
    context: str
    event: EventGroup


def newest_first(events: list[EventGroup], context: str) -> list[EventRow]:
    """A row for each Event, the newest first; they are given the oldest first."""
    return [EventRow(place, context, event) for place, event in enumerate(reversed(events))]


def _last(row: EventRow, now: float) -> str:
    return "" if row.event.at is None else kubectl_age(now - row.event.at)


def _times(row: EventRow, now: float) -> str:
    return str(row.event.count) if row.event.count > 1 else ""


def _warning_tone(row: EventRow) -> str:
    return EVENT[row.event.warning]


EVENT_TABLE: TableSpec[EventRow] = TableSpec(
    noun="Events",
    columns=(
        page_column("last", "LAST", _last, (0, 4, 8)),
        page_column("warning", "", lambda row, now: "!" if row.event.warning else "", (6, 1, 1), _warning_tone),
        page_column("reason", "REASON", lambda row, now: row.event.reason, (0, 19, 28), _warning_tone),
        page_column("times", "TIMES", _times, (2, 5, 6)),
        page_column(
            "object", "ABOUT", lambda row, now: f"{row.event.kind} {row.event.name}", (3, 16, 44), lambda row: "dim"
        ),
        page_column("message", "MESSAGE", lambda row, now: one_line(row.event.message), (1, 26, 4000)),
    ),
    identity=lambda row: (row.event.kind, row.event.name, row.event.reason, row.event.warning, row.event.message),
    order_name="time",
    filter_fields=lambda row: FilterFields(row.event.reason.lower()),
    broken=lambda row: row.event.warning,
    stale_age_column="last",
    stale_age_fallback="reason",
)


def event_lines(event: EventGroup | None, now: float) -> Iterator[TextLine]:
    """The lines of the page of one Event; None where it isn't kept any more."""
    if event is None:
        yield TextLine("This Event isn't kept any more.", tone="odd")
        return
    yield TextLine(event.reason, "Reason", "bad" if event.warning else "strong")
    yield TextLine("Warning" if event.warning else "Normal", "Type")
    yield TextLine(f"{event.kind} {event.name}", "About")
    yield TextLine(str(event.count), "Times")
    yield TextLine(f"{since(event.last, now)} ago ({event.last})", "Last")
    if event.first and event.first != event.last:
        yield TextLine(f"{since(event.first, now)} ago ({event.first})", "First")
    yield from filled(TextLine(event.component, "Said by"))
    yield TextLine()
    yield TextLine(event.message)


def open_event(page: PageScreen, event: EventGroup) -> None:
    def lines(now: float) -> list[TextLine]:
        return list(event_lines(event, now))

    open_page(page, OpenText(page.key, f"Event {event.reason}", lines))
