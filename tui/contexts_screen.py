"""The contexts: what is seen of each, since when, and why not more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import BindingType

from fleet.board.context_state import CONTEXT_STATES, ContextState
from fleet.fleet import Fleet
from stacks.times import kubectl_age
from stacks.versions import version_words
from tui.shell.navigation import OpenCauses, OpenContext, open_page
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog
from tui.widgets.header_and_keys import bind
from views.columns import Column, ColumnWidth, name_tone
from views.filter import FilterFields
from views.tones import CONTEXT_STATE


@dataclass(frozen=True)
class ContextRow:
    """A context, what is known of it at an instant, and what there is of it on the board."""

    state: ContextState
    word: str
    stacks: int
    apps: int

    @property
    def events(self) -> int:
        return sum(visibility.events for visibility in self.state.visibility.values())


def _data_age(row: ContextRow, now: float) -> str:
    seconds = row.state.data_age(now)
    return "never" if seconds is None else kubectl_age(seconds)


def _pko(row: ContextRow) -> str:
    return version_words(row.state.operator.version)


def _lease(row: ContextRow) -> str:
    return _LEASES[row.state.operator.has_leader]


def _argo_cd(row: ContextRow) -> str:
    visibility = row.state.applications
    return row.state.argocd_version or ("none" if visibility.lost is not None and visibility.lost.absent else "?")


_LEASES = {True: "held", False: "nobody", None: "?"}
"""whether an operator leads, by its Lease"""

CONTEXT_COLUMNS: tuple[Column[ContextRow], ...] = (
    Column(
        "name",
        "CONTEXT",
        lambda r, now: r.state.name,
        lambda r: r.state.name,
        "X,N",
        width=ColumnWidth(0, 10, 40),
        tone=name_tone,
    ),
    Column(
        "state",
        "STATE",
        lambda r, now: r.state.state(now),
        lambda r: CONTEXT_STATES.index(r.word),
        "T",
        width=ColumnWidth(0, 10, 10),
        tone=lambda r: CONTEXT_STATE.get(r.word, ""),
    ),
    Column("data", "DATA", _data_age, lambda r: r.state.stacks.last_event_at or 0.0, "A", width=ColumnWidth(2, 5, 8)),
    Column("stacks", "STACKS", lambda r, now: str(r.stacks), lambda r: -r.stacks, "S", width=ColumnWidth(3, 6, 7)),
    Column("apps", "APPS", lambda r, now: str(r.apps), lambda r: -r.apps, "P", width=ColumnWidth(6, 4, 7)),
    Column("events", "EVENTS", lambda r, now: str(r.events), lambda r: -r.events, "E", width=ColumnWidth(10, 6, 9)),
    Column(
        "server",
        "SERVER",
        lambda r, now: r.state.server_version or "?",
        lambda r: r.state.server_version,
        width=ColumnWidth(8, 7, 16),
    ),
    Column("operator", "PKO", lambda r, now: _pko(r), _pko, width=ColumnWidth(4, 7, 18)),
    Column("lease", "LEASE", lambda r, now: _lease(r), _lease, width=ColumnWidth(5, 6, 6)),
    Column("argocd", "ARGO CD", lambda r, now: _argo_cd(r), _argo_cd, width=ColumnWidth(7, 7, 10)),
    Column(
        "hidden",
        "HIDDEN",
        lambda r, now: ", ".join(r.state.hidden),
        lambda r: r.state.hidden,
        width=ColumnWidth(9, 12, 40),
    ),
    Column(
        "reason",
        "REASON",
        lambda r, now: r.state.reason(now),
        lambda r: r.state.reason(0.0),
        "M",
        width=ColumnWidth(1, 14, 4000),
    ),
)


def _filter_fields(row: ContextRow) -> FilterFields:
    text = " ".join([column.text(row, 0.0) for column in CONTEXT_COLUMNS]).lower()
    return FilterFields(text, context=row.state.name.lower(), name=row.state.name.lower(), statuses=(row.word,))


CONTEXT_TABLE: TableSpec[ContextRow] = TableSpec(
    noun="Contexts",
    columns=CONTEXT_COLUMNS,
    identity=lambda row: row.state.name,
    context=lambda row: row.state.name,
    order=lambda row: CONTEXT_STATES.index(row.word),
    order_name="state",
    filter_fields=_filter_fields,
    groupings={"state": lambda row: row.word},
    broken=lambda row: row.word in ("lost", "behind", "absent"),
)


class ContextsScreen(TableScreen[ContextRow]):
    """All watched contexts. They can be tried again, joined by more, and left."""

    arrives_in_bulk = False
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "retry", "Retry now", "contexts.retry", "Try a lost context now instead of later."),
        bind("d", "diagnose", "Diagnose", "contexts.diagnose", "The causes of all that isn't fine in this context."),
        bind("D", "app.causes", "Causes", "contexts.causes", "The causes of all that isn't fine, in all contexts."),
        bind("plus,a", "add", "Add", "contexts.add", "Watch one more context of the kubeconfig."),
        bind("minus,delete", "remove", "Leave", "contexts.remove", "Watch this context no more; its rows go."),
        *sort_keys(CONTEXT_COLUMNS),
    ]

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, CONTEXT_TABLE)
        self._counts: tuple[int, Counter[str], Counter[str]] = (-1, Counter(), Counter())

    def all_rows(self) -> Iterable[ContextRow]:
        return [row for name in self.fleet.board.contexts if (row := self.find(name)) is not None]

    def find(self, key: Hashable) -> ContextRow | None:
        state = self.fleet.board.contexts.get(key) if isinstance(key, str) else None
        if state is None:
            return None
        stacks, apps = self._count_objects()
        return ContextRow(state, state.state(self.fleet.clock()), stacks[state.name], apps[state.name])

    def as_json(self, row: ContextRow, now: float) -> dict[str, Any]:
        from views.json_output import context  # not before somebody saves the table

        return context(row.state, now)

    def stale(self, now: float) -> Mapping[str, str]:
        """Here a context that can't be seen is the message, and no doubtful one."""
        return {}

    def _count_objects(self) -> tuple[Counter[str], Counter[str]]:
        board = self.fleet.board
        if self._counts[0] != board.version:
            stacks = Counter(key.context for key in board.stacks)
            apps = Counter(row.key.context for row in board.apps())
            self._counts = (board.version, stacks, apps)
        return self._counts[1], self._counts[2]

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        open_page(self, OpenContext(str(event.key)))

    def action_diagnose(self) -> None:
        if isinstance(name := self.model.window.key, str):
            open_page(self, OpenCauses(name))

    def action_retry(self) -> None:
        for name in self.model.window.chosen():
            self.fleet.retry(str(name))
            self.notify(f"Trying {name} again", markup=False, timeout=2)

    def action_add(self) -> None:
        names = self.fleet.available
        if not names:
            self.notify("All contexts of the kubeconfig are watched already", markup=False)
            return

        def added(place: int | None) -> None:
            if place is not None:
                self.fleet.add(names[place])

        self.app.push_screen(ChoiceDialog("Watch one more context", names), added)

    def action_remove(self) -> None:
        names = [str(name) for name in self.model.window.chosen()]
        if not names:
            return

        def answered(yes: bool | None) -> None:
            for name in names if yes else ():
                self.fleet.leave(name)
                self.model.window.marks.discard(name)

        what = names[0] if len(names) == 1 else f"{len(names)} contexts"
        self.app.push_screen(ConfirmDialog(f"Stop watching {what}?"), answered)
