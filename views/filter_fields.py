"""What a filter may ask of a Stack or an Application: it follows from their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, TypeVar

from fleet.board.rows import AppRow, Key, StackRow
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column
from views.filter import FilterFields

Row = TypeVar("Row")

_NOTHING: Mapping[str, str] = MappingProxyType({})


class ColumnsFilterFields(Generic[Row]):
    """Makes the filter fields of a row out of what its columns show.

    The columns are sorted out by their filter words beforehand: it is asked of ten thousand rows at once.
    """

    def __init__(
        self,
        columns: Iterable[Column[Row]],
        key: Callable[[Row], Key],
        labels: Callable[[Row], Mapping[str, str] | None],
    ) -> None:
        self._key = key
        self._labels = labels
        columns = tuple(columns)
        self._texts = [c.text for c in columns if c.searched is None and not c.is_time]
        self._searched = [c.searched for c in columns if c.searched is not None]
        self._statuses = [c.compared for c in columns if c.filter_word == "status"]
        self._app = next((c.compared for c in columns if c.filter_word == "app"), lambda row: "")
        self._others = {c.filter_word: c.compared for c in columns if c.filter_word not in _FIXED}

    def __call__(self, row: Row) -> FilterFields:
        context, namespace, name = self._key(row)
        return FilterFields(
            text=" ".join([*[text(row, 0.0) for text in self._texts], *[find(row) for find in self._searched]]).lower(),
            context=_lower(context),
            namespace=_lower(namespace),
            name=_lower(name),
            app=_lower(self._app(row)),
            statuses=_words(*[word(row) for word in self._statuses]),
            labels=self._labels(row) or {},
            others={word: value(row).lower() for word, value in self._others.items()} if self._others else _NOTHING,
        )


_FIXED = ("", "ctx", "ns", "app", "status")
"""filter words that have a field of their own in `FilterFields`"""


def _lower(text: str) -> str:
    """In lower case: the very same text where it is so already, as most names are, which costs no memory."""
    lowered = text.lower()
    return text if lowered == text else lowered


@lru_cache(maxsize=1024)
def _words(*words: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


stack_filter_fields: ColumnsFilterFields[StackRow] = ColumnsFilterFields(
    STACK_COLUMNS, lambda row: row.key, lambda row: row.stack.metadata.labels
)
app_filter_fields: ColumnsFilterFields[AppRow] = ColumnsFilterFields(
    APP_COLUMNS, lambda row: row.key, lambda row: row.app.metadata.labels
)
