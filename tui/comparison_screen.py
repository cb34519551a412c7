"""Two contexts side by side: the Stacks of both, live, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual.binding import BindingType

from fleet.board.rows import Key, StackRow
from fleet.fleet import Fleet
from fleet.resource_kinds import STACKS
from tui.shell.navigation import (
    KubectlReference,
    OpenDiagnosis,
    OpenFixes,
    OpenLogs,
    OpenStack,
    OpenYaml,
    Page,
    open_page,
)
from tui.tables.table_header import HeaderFacts
from tui.tables.table_keys import sort_keys
from tui.tables.table_screen import TableScreen
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.dialogs import ChoiceDialog
from tui.widgets.header_and_keys import HeaderPiece, bind
from views.comparison import (
    LEFT,
    PAIR_FILTER_WORDS,
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
        filter_words=PAIR_FILTER_WORDS,
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


@dataclass(frozen=True)
class _Side:
    """The Stacks of one context, or of both, that a key may mean."""

    words: str
    keys: tuple[Key, ...]


class ComparisonScreen(TableScreen[StackPair]):
    """The Stacks of two watched contexts, in pairs by namespace and name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "r", "right_one", "Right", "pairs.right", "Open the Stack of the right context; enter opens the left one."
        ),
        bind(
            "F",
            "fix",
            "Fix",
            "pairs.fix",
            "What can be done about the marked Stacks, or this; asks in which context.",
        ),
        bind("d", "diagnose", "Diagnose", "pairs.diagnose", "All that is found of this Stack; asks in which context."),
        bind("l", "logs", "Logs", "pairs.logs", "The logs of the marked Stacks, or of this; asks of which context."),
        bind(
            "y",
            "yaml",
            "YAML",
            "pairs.yaml",
            "The Stack as the cluster has it, secrets masked; asks in which context.",
            show=False,
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
        return [KubectlReference(row.key, STACKS.resource) for pair in self._chosen() for row in pair.rows]

    def _chosen(self) -> list[StackPair]:
        """The marked pairs, or the one under the cursor."""
        return [pair for key in self.model.window.chosen() if (pair := self.find(key)) is not None]

    def _under_cursor(self) -> list[StackPair]:
        pair = self.find(self.model.window.key)
        return [pair] if pair is not None else []

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

    def action_fix(self) -> None:
        self._of_side("Fix", self._chosen(), OpenFixes, both=True)

    def action_logs(self) -> None:
        self._of_side("Logs", self._chosen(), OpenLogs, both=True)

    def action_diagnose(self) -> None:
        self._of_side("Diagnosis", self._under_cursor(), lambda keys: OpenDiagnosis(keys[0]), both=False)

    def action_yaml(self) -> None:
        self._of_side("YAML", self._under_cursor(), lambda keys: OpenYaml(keys[0], STACKS.resource), both=False)

    def _of_side(
        self, what: str, pairs: Sequence[StackPair], page: Callable[[tuple[Key, ...]], Page], *, both: bool
    ) -> None:
        """Open a page of the Stacks of one context. Which is asked where both have some, the one in trouble first."""
        sides = _sides(pairs, self.fleet.clock())
        if len(sides) < 2:
            for side in sides:
                open_page(self, page(side.keys))
            return
        if both:
            sides.append(_Side("both", tuple(row.key for pair in pairs for row in pair.rows)))

        def answered(place: int | None) -> None:
            if place is not None:
                open_page(self, page(sides[place].keys))

        self.app.push_screen(ChoiceDialog(f"{what} of {_names(pairs)} in", [side.words for side in sides]), answered)


def _sides(pairs: Sequence[StackPair], now: float) -> list[_Side]:
    """The contexts that have any of these Stacks, the one in trouble first."""
    found: list[tuple[int, _Side]] = []
    for side in (LEFT, RIGHT):
        rows = [row for pair in pairs if (row := pair.sides[side]) is not None]
        if rows:
            worst = min(rows, key=lambda row: row.rank)
            words = f"{len(rows)} Stacks" if len(rows) > 1 else worst.phase.words(now)
            found.append((worst.rank, _Side(f"{worst.key.context}, {words}", tuple(row.key for row in rows))))
    return [side for _, side in sorted(found, key=lambda each: each[0])]


def _names(pairs: Sequence[StackPair]) -> str:
    return pairs[0].key.name if len(pairs) == 1 else f"{len(pairs)} Stacks"
