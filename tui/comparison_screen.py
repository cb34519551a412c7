"""Two contexts side by side: the Stacks of both, live, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType

from fleet.board.rows import StackRow
from fleet.fleet import Fleet
from fleet.resource_kinds import STACKS
from tui.shell.navigation import KubectlReference, OpenStack, open_page
from tui.tables.table_header import HeaderFacts
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import HeaderPiece, bind
from views.comparison import (
    LEFT,
    RIGHT,
    Contexts,
    PairKey,
    StackComparison,
    StackPair,
    by_difference,
    comparison_columns,
    counts_by_difference,
    pair_filter_fields,
    sees_stack,
)


def comparison_table(contexts: Contexts, context: Callable[[StackPair], str]) -> TableSpec[StackPair]:
    """The table of the pairs of two contexts; `context` says by which of them a line is greyed."""
    return TableSpec(
        noun="Pairs",
        columns=tuple(column for column in comparison_columns(contexts) if not column.wide),
        identity=lambda pair: pair.key,
        context=context,
        namespace=lambda pair: pair.key.namespace,
        order=by_difference,
        order_name="difference",
        filter_fields=pair_filter_fields,
        groupings={"namespace": lambda pair: pair.key.namespace, "difference": _sort_of},
        broken=lambda pair: pair.is_broken,
        stale_age_fallback="differs",
    )


def _sort_of(pair: StackPair) -> str:
    """The sort of pair that it is, as a heading says it."""
    words = {
        "differ": "differ", "same": "same", "not seen": "not seen in both",
        "only left": f"only in {pair.contexts[LEFT]}", "only right": f"only in {pair.contexts[RIGHT]}",
    }  # fmt: skip
    return next(words[sort] for sort, count in counts_by_difference([pair]).items() if count)


class ComparisonScreen(TableScreen[StackPair]):
    """The Stacks of two watched contexts, in pairs by namespace and name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "r", "right_one", "Right", "pairs.right", "Open the Stack of the right context; enter opens the left one."
        ),
        *sort_keys(comparison_columns(("left", "right"))),
    ]

    def __init__(self, fleet: Fleet, contexts: Contexts) -> None:
        super().__init__(fleet, comparison_table(contexts, self._doubtful_context))
        self._comparison = StackComparison(contexts)

    def all_rows(self) -> Iterable[StackPair]:
        return self._comparison.pairs(self.fleet.board.stacks, self._sees)

    def find(self, key: Hashable) -> StackPair | None:
        if not isinstance(key, PairKey):
            return None
        return self._comparison.pair(key, self.fleet.board.stacks, self._sees)

    def as_json(self, row: StackPair, now: float) -> dict[str, Any]:
        from views.comparison import comparison_json  # not before somebody saves the table

        return comparison_json(row, now)

    def references(self) -> list[KubectlReference]:
        pairs = [pair for key in self.model.window.chosen() if (pair := self.find(key)) is not None]
        return [KubectlReference(row.key, STACKS.resource) for pair in pairs for row in pair.rows]

    def _sees(self, context: str, key: PairKey) -> bool:
        return sees_stack(self.fleet.board.contexts.get(context), key)

    def _doubtful_context(self, pair: StackPair) -> str:
        """The context by which a line is greyed: the first one that can't be seen now, whatever the pair has of it."""
        states, now = self.fleet.board.contexts, self.fleet.clock()
        doubtful = (name for name in pair.contexts if name in states and states[name].stale(now))
        return next(doubtful, pair.contexts[LEFT])

    # The header

    def header_facts(self, now: float) -> HeaderFacts:
        watched = self.fleet.board.contexts
        states = [watched[name] for name in self._comparison.contexts if name in watched]
        return replace(super().header_facts(now), contexts=states, scope=" | ".join(self._comparison.contexts))

    def header_lines(self, facts: HeaderFacts, now: float) -> tuple[list[HeaderPiece], list[HeaderPiece]]:
        first, second = super().header_lines(facts, now)
        return [*first, *self._unwatched()], [*self._counts(), *second]

    def _unwatched(self) -> list[HeaderPiece]:
        gone = [name for name in self._comparison.contexts if name not in self.fleet.board.contexts]
        return [HeaderPiece(f"{name} isn't watched any more", "bad", 1) for name in gone]

    def _counts(self) -> list[HeaderPiece]:
        """``differ 5  only in eu 2  only in us 1  same 18``, of all pairs there are."""
        counts = counts_by_difference(indexed.row for indexed in self.model.window.index)
        left, right = self._comparison.contexts
        words = (
            ("differ", "differ", "busy"),
            ("only left", f"only in {left}", "odd"),
            ("only right", f"only in {right}", "odd"),
            ("not seen", "not seen in both", "odd"),
            ("same", "same", "dim"),
        )
        return [HeaderPiece(f"{text} {counts[sort]}", tone) for sort, text, tone in words if counts[sort]]

    # Where it leads

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        self._open(event.key, LEFT)

    def action_right_one(self) -> None:
        self._open(self.model.window.key, RIGHT)

    def _open(self, key: Hashable, side: int) -> None:
        """Open the Stack of one side, or say which of the two has none. Enter opens the only one that there is."""
        pair = self.find(key)
        if pair is None:
            return
        row: StackRow | None = pair.sides[side]
        if row is None and side == LEFT:
            row = pair.right
        if row is None:
            self.notify(f"{pair.contexts[side]} shows no Stack {pair.key.name}", severity="warning", markup=False)
        else:
            open_page(self, OpenStack(row.key))
