"""The row that somebody who types a filter most likely means, on which the cursor is put."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from tui.tables.row_index import IndexedRow
from views.filter import Filter, FilterFields

Row = TypeVar("Row")
Shows = Callable[[Row, str], bool]
"""(row, text in lower case) -> whether it can be read in the row's line"""

_ELSEWHERE = 5
"""the level of a text that is neither in the name nor at the start of what says where the object is"""
_LOOKED_AT = 200
"""of equally good rows, how many at most are searched for one in which the match can be read"""


def best_row(rows: Sequence[IndexedRow[Row]], query: Filter, preferred: Hashable, shows: Shows[Row]) -> Hashable | None:
    """The key of the row with the best match; of equally good ones the `preferred`, or else the first.

    A name that is the text is better than one that begins with it, and that better than one that holds it; then come
    the context and the namespace, then other columns, and last what can't be read on the screen. None without rows.
    """
    texts = (*query.needles, *query.names)
    if not rows or not texts:
        return next((row.key for row in rows if row.key == preferred), rows[0].key if rows else None)
    levels = [sum([_level(text, row.filter_fields) for text in texts]) for row in rows]
    least = min(levels)
    best = [row for row, level in zip(rows, levels, strict=True) if level == least]
    readable = [row for row in best[:_LOOKED_AT] if _is_readable(row, texts, shows)] or best
    return next((row.key for row in readable if row.key == preferred), readable[0].key)


def _level(text: str, fields: FilterFields) -> int:
    """How far a match is from being what the row is called; 0 is the best."""
    name = fields.name
    if text in name:
        return 0 if name == text else 1 if name.startswith(text) else 2
    context, namespace = fields.context, fields.namespace
    if text in (context, namespace):
        return 3
    return 4 if context.startswith(text) or namespace.startswith(text) else _ELSEWHERE


def _is_readable(row: IndexedRow[Row], texts: Sequence[str], shows: Shows[Row]) -> bool:
    elsewhere = (text for text in texts if _level(text, row.filter_fields) == _ELSEWHERE)
    return all(shows(row.row, text) for text in elsewhere)
