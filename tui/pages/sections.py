"""A page in sections, one of which is seen: the line that names them, and the keys that choose one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenYaml, open_page

SECTION_KEYS: list[BindingType] = [
    Binding("tab", "turn(1)", "Next", show=False, id="page.next_section", tooltip="The next section of the page."),
    Binding(
        "shift+tab", "turn(-1)", "Previous", show=False, id="page.previous_section", tooltip="The section before it."
    ),
    *(
        Binding(
            str(place + 1),
            f"section({place})",
            f"{word.capitalize()} section",
            show=False,
            id=f"page.{word}_section",
            tooltip=f"The {word} section of the page.",
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
        """Show the section with this index as the one that is seen."""
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

    def __init__(self, fleet: Fleet, key: Key, section: str = "") -> None:
        super().__init__(fleet, key)
        self._sections = self.sections()
        names = [each.name for each in self._sections]
        self._line = SectionLine(names)
        self._place = names.index(section) if section in names else 0

    def sections(self) -> list[PageSection]:
        """The parts of the page."""
        raise NotImplementedError

    @property
    def section(self) -> str:
        """The name of the section that is seen."""
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
