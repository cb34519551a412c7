"""Which columns a table has: shown or not, in which order, how wide, and some of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from settings.state_file import ColumnChoice
from tui.tables.table_spec import WIDEST, TableSpec, column_of
from tui.widgets.header_and_keys import bind
from tui.widgets.leavable import Dialog
from views.field_paths import PathError, own_column

_STEP = 2
"""cells"""
_FIRST_WIDTH = 12
"""cells of a column whose width is chosen for the first time"""

Answer = tuple[ColumnChoice, ...] | None


class ColumnsDialog(Dialog[Answer]):
    """The answer is the columns as they should be, an empty tuple for the usual ones, or None for no change."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space", "show_or_hide", "Show/hide", "columns.show", "Show this column, or hide it."),
        bind("J,shift+down", "shift(1)", "Down", "columns.down", "Move this column to the right."),
        bind("K,shift+up", "shift(-1)", "Up", "columns.up", "Move this column to the left."),
        bind("plus,right", "widen(1)", "Wider", "columns.wider", "Make it wider."),
        bind("minus,left", "widen(-1)", "Narrower", "columns.narrower", "Make it narrower."),
        bind("n", "own", "New", "columns.own", "A column of your own: a field by its path."),
        bind("r", "usual", "Usual", "columns.usual", "The usual columns again."),
        bind("enter", "done", "Done", "columns.done", "Use these columns.", key_display="enter"),
        bind("escape,q", "drop", "Back", "columns.drop", "Leave everything as it is."),
        bind("j", "cursor(1)", "Next", "columns.next", "The next one.", show=False),
        bind("k", "cursor(-1)", "Previous", "columns.previous", "The previous one.", show=False),
    ]
    _KEYS = "space show/hide   J K move   + - width   n own   r usual   enter done   esc back"

    def __init__(self, spec: TableSpec[Any], chosen: Sequence[ColumnChoice], unchosen: Sequence[ColumnChoice]) -> None:
        super().__init__()
        self._spec = spec
        self._usual = self._known(unchosen)
        """what is shown where nothing was chosen"""
        self._columns: list[ColumnChoice] = []
        self._show_columns(self._known(chosen))

    def _known(self, columns: Sequence[ColumnChoice]) -> tuple[ColumnChoice, ...]:
        return tuple(one for one in columns if column_of(self._spec, one.id) is not None)

    def _show_columns(self, chosen: Sequence[ColumnChoice]) -> None:
        """Show these, in this order; the others come below, hidden."""
        self._shown = {one.id for one in chosen}
        there = dict.fromkeys([*(column.id for column in self._spec.columns), *(one.id for one in self._columns)])
        self._columns = [*chosen, *(ColumnChoice(name) for name in there if name not in self._shown)]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Columns, from left to right", markup=False)
            yield OptionList(compact=True)
            yield Input(placeholder=".spec.branch  .metadata.labels['acme.io/team']", compact=True)
            yield Static("", markup=False, id="trouble")
            yield Static(self._KEYS, markup=False, classes="keys")

    def on_mount(self) -> None:
        self.query_one(Input).display = False
        self._refresh_options(0)

    # Keys

    def action_cursor(self, by: int) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    def action_show_or_hide(self) -> None:
        index = self._highlighted
        self._shown ^= {self._columns[index].id}
        self._refresh_options(index)

    def action_shift(self, by: int) -> None:
        index = self._highlighted
        to = max(0, min(index + by, len(self._columns) - 1))
        self._columns.insert(to, self._columns.pop(index))
        self._refresh_options(to)

    def action_widen(self, by: int) -> None:
        index = self._highlighted
        one = self._columns[index]
        width = _FIRST_WIDTH if one.width == 0 else one.width + by * _STEP
        self._columns[index] = ColumnChoice(one.id, 0 if width < _STEP else min(width, WIDEST))
        self._refresh_options(index)

    def action_own(self) -> None:
        line = self.query_one(Input)
        line.display, line.value = True, ""
        self.set_focus(line)  # now: the next key is on its way already

    def action_usual(self) -> None:
        self._show_columns(self._usual)
        self._refresh_options(0)

    def action_done(self) -> None:
        chosen = tuple(one for one in self._columns if one.id in self._shown)
        if chosen == self._usual:
            self.dismiss(())
        elif chosen:
            self.dismiss(chosen)
        else:
            self._show_problem("At least one column has to be shown.")

    def action_drop(self) -> None:
        if self.focused is self.query_one(Input):
            self._close_path_line()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._add_own_column(event.value)

    def on_option_list_option_selected(self) -> None:
        self.action_done()

    # The list

    @property
    def _highlighted(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def _add_own_column(self, path: str) -> None:
        if not path.strip() or self._spec.record is None or self._spec.record_type is None:
            self._close_path_line()
            return
        try:
            column = own_column(_with_first_dot(path), self._spec.record, self._spec.record_type)
        except PathError as error:
            self._show_problem(str(error))
            return
        if column.id not in {one.id for one in self._columns}:
            self._columns.insert(self._highlighted + 1, ColumnChoice(column.id))
        self._shown.add(column.id)
        self._close_path_line()
        self._refresh_options(self._highlighted + 1)

    def _close_path_line(self) -> None:
        self._show_problem("")
        self.query_one(Input).display = False
        self.set_focus(self.query_one(OptionList))

    def _show_problem(self, problem: str) -> None:
        self.query_one("#trouble", Static).update(problem)

    def _refresh_options(self, highlighted: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Content(self._words(one))) for one in self._columns])
        options.highlighted = min(highlighted, len(self._columns) - 1)

    def _words(self, one: ColumnChoice) -> str:
        column = column_of(self._spec, one.id)
        width = f"{one.width} cells" if one.width else "as wide as it is"
        title = column.title if column is not None else one.id
        own = f"  {one.id}" if one.id.startswith((".", "[")) else ""
        return f"[{'x' if one.id in self._shown else ' '}] {title:<14} {width}{own}"


def _with_first_dot(path: str) -> str:
    """A path as it is remembered: with its first dot, and without kubectl's ``{}`` and ``$``."""
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    return path if path.startswith((".", "[")) else f".{path}"
