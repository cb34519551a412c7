"""A page in sections, each of text or of tables, and a table in one."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenYaml, open_page
from tui.tables.table_model import TableModel
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import bind
from tui.widgets.text_view import TextView

Row = TypeVar("Row")
_LISTED_AT_ONCE = 3.0
"""seconds in which rows are listed as they come: nobody reads yet, and nothing may be waited for"""


class PageTable(Generic[Row]):
    """The rows of one section, in the order in which they are given."""

    def __init__(self, spec: TableSpec[Row], name: str) -> None:
        self.model: TableModel[Row] = TableModel(spec)
        self.table: TableWidget[Row] = TableWidget(spec, self.model.window, self.find, id=name)
        self._spec = spec
        self._by_key: dict[Hashable, Row] = {}
        self._version = 0
        self._opened_at: float | None = None

    def find(self, key: Hashable) -> Row | None:
        return self._by_key.get(key)

    @property
    def row_under_cursor(self) -> Row | None:
        """The row under the cursor; None while another section is seen."""
        key = self.model.window.key
        return self.find(key) if key is not None and self.table.display else None

    def show(self, rows: Sequence[Row], now: float, stale: Mapping[str, str], notice: str = "") -> None:
        """Show these rows, and `notice` where there are none."""
        by_key = {self._spec.identity(row): row for row in rows}
        if changed := list(by_key.items()) != list(self._by_key.items()):
            self._by_key = by_key
            self._version += 1
        self.table.show_notice(notice)
        clock = time.monotonic()
        self._opened_at = clock if self._opened_at is None else self._opened_at
        arriving = changed and clock - self._opened_at < _LISTED_AT_ONCE
        if arriving or self.model.is_due(self._version, clock, loading=True):
            loading = not self.model.window.touched
            moved = self.model.update(list(by_key.values()), self._version, clock, loading=loading)
            self.table.lines_changed(moved)
        self.table.refresh_rows(now, stale)


SECTION_KEYS: list[BindingType] = [
    bind("tab", "turn(1)", "Next", "page.next_section", "The next section of the page.", show=False),
    bind("shift+tab", "turn(-1)", "Previous", "page.previous_section", "The section before it.", show=False),
    *(
        bind(
            str(place + 1),
            f"section({place})",
            f"{word.capitalize()} section",
            f"page.{word}_section",
            f"The {word} section of the page.",
            show=False,
        )
        for place, word in enumerate(("first", "second", "third", "fourth", "fifth"))
    ),
]


@dataclass(frozen=True)
class PageSection:
    """A part of a page: its name, and its widgets from top to bottom; the last one has the focus."""

    name: str
    widgets: tuple[Widget, ...]


class SectionLine(Widget):
    """The names of the sections with their numbers; without the numbers where there is no room."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sections--chosen", "sections--key"}

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = list(names)
        self._chosen = 0

    def choose(self, place: int) -> None:
        self._chosen = place
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        chosen = self.get_component_rich_style("sections--chosen")
        key = self.get_component_rich_style("sections--key")
        segments = [Segment(" ", base)]
        for place, (number, name) in enumerate(self._words(width)):
            style = chosen if place == self._chosen else base
            if number:
                segments.append(Segment(f"{number} ", style if place == self._chosen else key))
            segments += [Segment(name, style), Segment("  " if number else " ", base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _words(self, width: int) -> list[tuple[str, str]]:
        roomy = sum(cell_len(name) + 4 for name in self._names) < width
        return [(str(place) if roomy else "", name) for place, name in enumerate(self._names, 1)]

    def on_click(self, event: events.Click) -> None:
        left = 1
        for place, (number, name) in enumerate(self._words(self.size.width)):
            right = left + cell_len(name) + (4 if number else 1)
            if left <= event.x < right:
                screen = self.screen
                assert isinstance(screen, SectionedPage)
                screen.action_section(place)
                return
            left = right


_ARRIVING, _ARRIVED = 0.02, 2.0
"""seconds: how often a page that was just opened looks for the first answers, and for how long"""


class SectionedPage(PageScreen):
    """A page of which one section is seen at a time."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = SECTION_KEYS

    def __init__(self, fleet: Fleet, key: Key, section: str = "", text_view: TextView | None = None) -> None:
        super().__init__(fleet, key, text_view)
        self._sections = self.sections()
        names = [each.name for each in self._sections]
        self._line = SectionLine(names)
        self._place = names.index(section) if section in names else 0

    def sections(self) -> list[PageSection]:
        raise NotImplementedError

    @property
    def section(self) -> str:
        return self._sections[self._place].name

    def start_watching(self) -> None:
        """Start to watch what the page shows, if that is more than what the board has.

        Called before there is a widget to show it: the answers come while widgets are made.
        """

    def compose_body(self) -> ComposeResult:
        self.start_watching()
        yield self._line
        for section in self._sections:
            yield from section.widgets

    def on_mount(self) -> None:
        arriving = self.set_interval(_ARRIVING, self.refresh_if_changed)
        self.set_timer(_ARRIVED, arriving.stop)
        self.action_section(self._place)

    def action_section(self, place: int) -> None:
        if place >= len(self._sections):
            return
        self._place = place
        self._line.choose(place)
        for index, section in enumerate(self._sections):
            for widget in section.widgets:
                widget.display = index == place
        self._sections[place].widgets[-1].focus()
        self.refresh_bindings()
        self.refresh_page()

    def action_turn(self, direction: int) -> None:
        self.action_section((self._place + direction) % len(self._sections))

    def action_go(self, name: str) -> None:
        """Show this section; back to the first one if it is shown already."""
        names = [each.name for each in self._sections]
        self.action_section(0 if self.section == name else names.index(name))

    def action_yaml(self) -> None:
        """Open the object under the cursor as the cluster has it."""
        (reference,) = self.references()
        open_page(self, OpenYaml(reference.key, reference.resource))
