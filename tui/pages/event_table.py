"""Events of several objects as a table, the newest first, and one of them as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.stack_objects.event_list import EventGroup
from stacks.text import one_line
from stacks.times import age, since
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenText, open_page
from tui.tables.table_spec import TableSpec
from tui.widgets.text_view import TextLine
from views.columns import Column, ColumnWidth
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
    return "" if row.event.at is None else age(now - row.event.at)


def _times(row: EventRow, now: float) -> str:
    return str(row.event.count) if row.event.count > 1 else ""


def _warning_tone(row: EventRow) -> str:
    return EVENT[row.event.warning]


EVENT_TABLE: TableSpec[EventRow] = TableSpec(
    noun="Events",
    columns=(
        Column("last", "LAST", _last, lambda row: row.place, width=ColumnWidth(0, 4, 8)),
        Column(
            "warning",
            "",
            lambda row, now: "!" if row.event.warning else "",
            lambda row: row.place,
            width=ColumnWidth(6, 1, 1),
            tone=_warning_tone,
        ),
        Column(
            "reason",
            "REASON",
            lambda row, now: row.event.reason,
            lambda row: row.place,
            width=ColumnWidth(0, 19, 28),
            tone=_warning_tone,
        ),
        Column("times", "TIMES", _times, lambda row: row.place, width=ColumnWidth(2, 5, 6)),
        Column(
            "object",
            "ABOUT",
            lambda row, now: f"{row.event.kind} {row.event.name}",
            lambda row: row.place,
            width=ColumnWidth(3, 16, 44),
            tone=lambda row: "dim",
        ),
        Column(
            "message",
            "MESSAGE",
            lambda row, now: one_line(row.event.message),
            lambda row: row.place,
            width=ColumnWidth(1, 26, 4000),
        ),
    ),
    identity=lambda row: (row.event.kind, row.event.name, row.event.reason, row.event.warning, row.event.message),
    context=lambda row: row.context,
    namespace=lambda row: "",
    order=lambda row: row.place,
    order_name="time",
    filter_fields=lambda row: FilterFields(row.event.reason.lower()),
    broken=lambda row: row.event.warning,
    aging="last",
    aging_else="reason",
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
    if event.component:
        yield TextLine(event.component, "Said by")
    yield TextLine()
    yield TextLine(event.message)


def open_event(page: PageScreen, event: EventGroup) -> None:
    """Open the page of one Event."""

    def lines(now: float) -> list[TextLine]:
        return list(event_lines(event, now))

    open_page(page, OpenText(page.key, f"Event {event.reason}", lines))
