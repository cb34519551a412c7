"""Two contexts side by side: their Stacks paired by namespace and name, what differs, and how that is shown.

Pure: rows of the board come in, pairs, columns and JSON go out. A table of pairs is made of these columns on the
screen and in print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from fleet.board.context_state import ContextState
from fleet.board.rows import Key, StackRow, short_commit
from stacks.phases.phase import is_broken
from stacks.text import one_line, plain
from views import json_output
from views.columns import STACK_COLUMNS, Column, ColumnWidth, by_urgency, name_tone
from views.filter import FilterFields
from views.filter_fields import FieldTexts, Find, stack_filter_fields
from views.tones import difference_tone

Contexts = tuple[str, str]
"""(the left one, the right one)"""
LEFT, RIGHT = 0, 1


class PairKey(NamedTuple):
    """What two Stacks of two contexts have in common."""

    namespace: str
    name: str


Sees = Callable[[str, PairKey], bool]
"""(context, key) -> whether a Stack with this key would be known if that context had one"""


@dataclass(frozen=True, slots=True)
class StackPair:
    """The Stacks of one namespace and name in two contexts; None where a context has none."""

    key: PairKey
    contexts: Contexts
    left: StackRow | None
    right: StackRow | None
    differs: tuple[str, ...] = ()
    """of Stacks in both, words of `DIFFERENCES`; of one alone, ``left`` or ``right``, whichever is None"""
    unseen: str = ""
    """the context that may have such a Stack, too, which can't be seen"""

    @property
    def sides(self) -> tuple[StackRow | None, StackRow | None]:
        return (self.left, self.right)

    @property
    def rows(self) -> list[StackRow]:
        """The Stacks that there are, the left one first."""
        return [row for row in self.sides if row is not None]

    @property
    def is_broken(self) -> bool:
        return any(is_broken(row.rank) for row in self.rows)


def _commits(row: StackRow) -> tuple[str, str]:
    """The commit that is applied and the one that is wanted, as a reader sees them.

    Empty for the code of a Program: what stands there is its generation, which each cluster counts for itself.
    """
    if row.stack.spec.program_ref is not None:
        return ("", "")
    applied = short_commit(row.commit_applied)
    return (applied, short_commit(row.commit_wanted) or applied)


DIFFERENCES: Mapping[str, Callable[[StackRow], Any]] = {
    "commit": _commits,
    "health": lambda row: row.health.status,
    "phase": lambda row: row.phase.name,
    "branch": lambda row: row.stack.spec.branch,
}
"""What is compared of two Stacks, what matters most first. Their names in Pulumi (``acme/web/prod``) are not: those say
which of two environments it is, and differ on purpose."""


class StackComparison:
    """Pairs the Stacks of two contexts. A pair about which nothing changed is the same object as before."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self._known: dict[PairKey, StackPair] = {}

    def pairs(self, rows: Mapping[Key, StackRow], sees: Sees) -> list[StackPair]:
        """Every Stack of both contexts among these rows, each in exactly one pair."""
        left_context, right_context = self.contexts
        lefts: dict[PairKey, StackRow] = {}
        rights: dict[PairKey, StackRow] = {}
        for (context, namespace, name), row in rows.items():
            if context == left_context:
                lefts[PairKey(namespace, name)] = row
            elif context == right_context:
                rights[PairKey(namespace, name)] = row
        self._known = {key: self._paired(key, lefts.get(key), rights.get(key), sees) for key in lefts | rights}
        return list(self._known.values())

    def pair(self, key: PairKey, rows: Mapping[Key, StackRow], sees: Sees) -> StackPair | None:
        """The pair with this key; None where neither context has such a Stack."""
        left, right = (rows.get(Key(context, *key)) for context in self.contexts)
        if left is None and right is None:
            return None
        pair = self._known[key] = self._paired(key, left, right, sees)
        return pair

    def _paired(self, key: PairKey, left: StackRow | None, right: StackRow | None, sees: Sees) -> StackPair:
        """The pair of these two, at least one of which is there: the one of before, if that says the same."""
        unseen = ""
        if left is None or right is None:
            other = self.contexts[LEFT if left is None else RIGHT]
            unseen = "" if sees(other, key) else other
        known = self._known.get(key)
        if known is not None and known.left is left and known.right is right and known.unseen == unseen:
            return known
        differs = () if unseen else _differing(left, right)
        return StackPair(key, self.contexts, left, right, differs, unseen)


def _differing(left: StackRow | None, right: StackRow | None) -> tuple[str, ...]:
    if left is None:
        return ("left",)
    if right is None:
        return ("right",)
    return tuple(word for word, value in DIFFERENCES.items() if value(left) != value(right))


def sees_stack(state: ContextState | None, key: PairKey) -> bool:
    """Whether a watched context that has such a Stack would show it. None: the context isn't watched."""
    if state is None:
        return False
    stacks = state.stacks
    if stacks.lost is not None and stacks.lost.absent:
        return True
    if not stacks.synced or key in stacks.unreadable:
        return False
    return stacks.restricted is None or key.namespace in stacks.restricted.namespaces


# How it is shown


def by_difference(pair: StackPair) -> tuple[Any, ...]:
    """What differs first, and most in what matters most; then what is in one context alone; then what is the same."""
    urgency = min(map(by_urgency, pair.rows))
    if pair.unseen:
        return (_UNSEEN, urgency)
    if not pair.differs:
        return (_SAME, urgency)
    return (_RANKS[pair.differs[0]], urgency)


_RANKS = {word: rank for rank, word in enumerate((*DIFFERENCES, "right", "left"))}
_UNSEEN, _SAME = len(_RANKS), len(_RANKS) + 1


def difference_words(pair: StackPair) -> str:
    """What differs, behind a sign: ``!= commit, branch main | next``, ``< only in staging``, ``same``.

    The arrows point as diff has them.
    """
    if pair.unseen:
        return f"? {pair.unseen} can't be seen"
    if not pair.differs:
        return "same"
    if len(pair.rows) == 1:
        return f"< only in {pair.contexts[LEFT]}" if pair.right is None else f"> only in {pair.contexts[RIGHT]}"
    return f"!= {', '.join(_with_values(pair, word) for word in pair.differs)}"


def _with_values(pair: StackPair, word: str) -> str:
    """The word, and for branches, which have no column but in the widest tables, also which two."""
    branches = " | ".join(row.stack.spec.branch or "none" for row in pair.rows)
    return f"{word} {branches}" if word == "branch" else word


def counts_by_difference(pairs: Iterable[StackPair]) -> dict[str, int]:
    """How many pairs there are of each sort, by what a header says of them; those that there are none of, too."""
    counts = dict.fromkeys(("differ", "only left", "only right", "not seen", "same"), 0)
    for pair in pairs:
        if pair.unseen:
            counts["not seen"] += 1
        elif not pair.differs:
            counts["same"] += 1
        elif len(pair.rows) == 2:
            counts["differ"] += 1
        else:
            counts["only left" if pair.right is None else "only right"] += 1
    return counts


_SHORT = 16
"""letters up to which a context is called by its whole name in a title"""


def told_apart(contexts: Contexts) -> Contexts:
    """The two names as titles have them: made harmless, and long ones without the beginning that both share."""
    left, right = (one_line(plain(context)) for context in contexts)
    shared = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), 0)
    cut = max(left.rfind(sign, 0, shared) for sign in "/_:-.@") + 1
    if max(len(left), len(right)) <= _SHORT or not cut:
        return (left, right)
    return (f"…{left[cut:]}", f"…{right[cut:]}")


def comparison_columns(contexts: Contexts) -> tuple[Column[StackPair], ...]:
    """The columns of a table of pairs: their name, the same of both sides, and what differs."""
    return (
        Column(
            "namespace", "NAMESPACE", lambda pair, now: pair.key.namespace, lambda pair: pair.key.namespace, "S",
            width=ColumnWidth(0, 6, 24),
        ),
        Column(
            "name", "NAME", lambda pair, now: pair.key.name, lambda pair: pair.key.name, "N",
            width=ColumnWidth(0, 11, 40), tone=name_tone,
        ),
        *_columns_of(LEFT, "left", told_apart(contexts)[LEFT]),
        *_columns_of(RIGHT, "right", told_apart(contexts)[RIGHT]),
        Column(
            "differs", "DIFFERS", lambda pair, now: difference_words(pair), by_difference,
            width=ColumnWidth(0, 14, 4000), tone=lambda pair: difference_tone(difference_words(pair)),
        ),
    )  # fmt: skip


_BRANCH: Column[StackRow] = Column(
    "branch", "BRANCH", lambda row, now: row.stack.spec.branch, lambda row: row.stack.spec.branch, wide=True
)
_BY_ID = {column.id: column for column in (*STACK_COLUMNS, _BRANCH)}
_SIDE_WIDTHS = {
    "commit": ColumnWidth(0, 8, 16),
    "phase": ColumnWidth(0, 11, 22),
    "health": ColumnWidth(3, 11, 11, together=True),
    "updated": ColumnWidth(2, 7, 9, together=True),
    "branch": ColumnWidth(4, 10, 16, together=True),
    "stack": ColumnWidth(5, 12, 30, together=True),
}
"""the columns of one side in their order; in the title of the first stands the context"""


def _columns_of(side: int, id_prefix: str, context: str) -> list[Column[StackPair]]:
    first, *others = (_side_column(side, id_prefix, _BY_ID[name], width) for name, width in _SIDE_WIDTHS.items())
    return [replace(first, title=f"{context}:{first.title}"), *others]


def _side_column(side: int, id_prefix: str, of: Column[StackRow], width: ColumnWidth) -> Column[StackPair]:
    """A column of the Stacks' own table for one side of a pair. A value that differs stands out."""

    def text(pair: StackPair, now: float) -> str:
        row = pair.sides[side]
        if row is None:
            return "?" if pair.unseen else "-"
        return of.text(row, now)

    def order(pair: StackPair) -> tuple[bool, Any]:
        row = pair.sides[side]
        return (row is None, None if row is None else of.order(row))

    def tone(pair: StackPair) -> str:
        row = pair.sides[side]
        if row is None:
            return "dim"
        return of.tone(row) or (difference_tone(difference_words(pair)) if of.id in pair.differs else "")

    return Column(
        f"{id_prefix}-{of.id}", of.title, text, order,
        wide=of.wide, width=width, tone=tone, is_time=of.is_time,
    )  # fmt: skip


def _of_both(find: Find[StackRow]) -> Find[StackPair]:
    return lambda pair: " ".join(map(find, pair.rows))


_PAIR_FIELDS = {word: _of_both(find) for word, find in stack_filter_fields.others.items() if word != "health"}
PAIR_FILTER_WORDS = tuple(word for word in stack_filter_fields.words if word != "health")
"""the fields that a filter may ask of pairs; a pair has two healths, which ``status:`` knows"""


def pair_filter_fields(pair: StackPair) -> FilterFields:
    """What a filter asks of a pair: the words of both sides, and what differs. Of one label, the left value counts."""
    sides = [stack_filter_fields(row) for row in pair.rows]
    labels = {name: value for fields in reversed(sides) for name, value in fields.labels.items()}
    return FilterFields(
        text=" ".join([*(fields.text for fields in sides), difference_words(pair).lower()]),
        context=" ".join(fields.context for fields in sides),
        namespace=pair.key.namespace.lower(),
        name=pair.key.name.lower(),
        app=" ".join(fields.app for fields in sides),
        statuses=tuple(dict.fromkeys(word for fields in sides for word in fields.statuses)),
        labels=labels,
        commits=tuple(commit for fields in sides for commit in fields.commits),
        others=FieldTexts(_PAIR_FIELDS, pair),
    )


def comparison_json(pair: StackPair, now: float) -> dict[str, Any]:
    """One item of ``get stacks --compare -o json``: each side as ``get stacks`` has it, or null, and what differs.

    A side that is null because its context can't be seen isn't named in ``differs``.
    """
    return {
        "namespace": pair.key.namespace,
        "name": pair.key.name,
        "left": _side_json(pair.left, now),
        "right": _side_json(pair.right, now),
        "differs": list(pair.differs),
    }


def _side_json(row: StackRow | None, now: float) -> dict[str, Any] | None:
    return None if row is None else {**json_output.stack(row, now), "branch": row.stack.spec.branch or None}
