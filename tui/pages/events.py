"""Events of several objects as a table, the newest first, and one of them as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.columns import Column
from fleet.happened import Happened
from fleet.query import Subject
from stacks.text import one_line
from stacks.times import age, since
from tui.pages.page import PageScreen
from tui.paper import Line
from tui.tables.faces import Extent, Face


@dataclass(frozen=True)
class EventRow:
    """An Event, its place in the list, and where it happened."""

    place: int
    context: str
    event: Happened


def newest_first(events: list[Happened], context: str) -> list[EventRow]:
    """The rows of a table."""
    return [EventRow(place, context, event) for place, event in enumerate(reversed(events))]


def _last(row: EventRow, now: float) -> str:
    return "" if row.event.at is None else age(now - row.event.at)


def _times(row: EventRow, now: float) -> str:
    return str(row.event.count) if row.event.count > 1 else ""


def _tone(row: EventRow, column: str) -> str:
    if column in ("reason", "warning"):
        return "bad" if row.event.warning else ""
    return "dim" if column == "object" else ""


EVENT_FACE: Face[EventRow] = Face(
    noun="Events",
    columns=(
        Column("last", "LAST", _last, lambda row: row.place),
        Column("warning", "", lambda row, now: "!" if row.event.warning else "", lambda row: row.place),
        Column("reason", "REASON", lambda row, now: row.event.reason, lambda row: row.place),
        Column("times", "TIMES", _times, lambda row: row.place),
        Column("object", "ABOUT", lambda row, now: f"{row.event.kind} {row.event.name}", lambda row: row.place),
        Column("message", "MESSAGE", lambda row, now: one_line(row.event.message), lambda row: row.place),
    ),
    extents={
        "last": Extent(0, 4, 8),
        "warning": Extent(6, 1, 1),
        "reason": Extent(0, 19, 28),
        "times": Extent(2, 5, 6),
        "object": Extent(3, 16, 44),
        "message": Extent(1, 26, 4000),
    },
    identity=lambda row: (row.event.kind, row.event.name, row.event.reason, row.event.warning, row.event.message),
    context=lambda row: row.context,
    namespace=lambda row: "",
    tone=_tone,
    order=lambda row: row.place,
    order_name="time",
    subject=lambda row: Subject(row.event.reason.lower()),
    broken=lambda row: row.event.warning,
    aging="last",
    aging_else="reason",
)


def event_lines(event: Happened | None, now: float) -> Iterator[Line]:
    """The page of one Event."""
    if event is None:
        yield Line("This Event isn't kept any more.", tone="odd")
        return
    yield Line(event.reason, "Reason", "bad" if event.warning else "strong")
    yield Line("Warning" if event.warning else "Normal", "Type")
    yield Line(f"{event.kind} {event.name}", "About")
    yield Line(str(event.count), "Times")
    yield Line(f"{since(event.last, now)} ago ({event.last})", "Last")
    if event.first and event.first != event.last:
        yield Line(f"{since(event.first, now)} ago ({event.first})", "First")
    if event.component:
        yield Line(event.component, "Said by")
    yield Line()
    yield Line(event.message)


def open_event(page: PageScreen, event: Happened) -> None:
    """Open the page of one Event over this one."""
    from tui.pages.text_page import TextPage

    def lines(now: float) -> list[Line]:
        return list(event_lines(event, now))

    page.app.push_screen(TextPage(page.fleet, page.key, f"Event {event.reason}", lines))
