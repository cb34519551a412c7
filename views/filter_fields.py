"""What filters ask of Stacks and Applications, made of what their columns show and of what their objects say beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

from fleet.board.rows import AppRow, Key, StackRow
from stacks.records.base import Condition
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column
from views.filter import FIELD_WORDS, FilterFields

Row = TypeVar("Row")
Find = Callable[[Row], str]
"""what a row says under a field word"""


class FieldTexts(Mapping[str, str], Generic[Row]):
    """What a row says under each field word, in lower case. It is worked out when it is asked for: most never is."""

    __slots__ = ("_finds", "_row")

    def __init__(self, finds: Mapping[str, Find[Row]], row: Row) -> None:
        self._finds = finds
        self._row = row

    def __getitem__(self, word: str) -> str:
        return self._finds[word](self._row).lower()

    def __iter__(self) -> Iterator[str]:
        return iter(self._finds)

    def __len__(self) -> int:
        return len(self._finds)


class ColumnsFilterFields(Generic[Row]):
    """Makes the filter fields of a row out of what its columns show.

    The columns are sorted out by their filter words beforehand: it is asked of ten thousand rows at once.
    """

    def __init__(
        self,
        columns: Iterable[Column[Row]],
        key: Callable[[Row], Key],
        labels: Callable[[Row], Mapping[str, str] | None],
        commits: Callable[[Row], tuple[str, ...]] = lambda row: (),
        others: Mapping[str, Find[Row]] | None = None,
    ) -> None:
        """`commits` of a row are those it wants and has; `others` has the fields that are no column's, by word."""
        self._key = key
        self._labels = labels
        self._commits = commits
        columns = tuple(columns)
        self._texts = [c.text for c in columns if c.search_text is None and not c.is_time]
        self._searched = [c.search_text for c in columns if c.search_text is not None]
        self._statuses = [c.filter_text for c in columns if c.filter_word == "status"]
        self._app = next((c.filter_text for c in columns if c.filter_word == "app"), lambda row: "")
        self.others = {c.filter_word: c.filter_text for c in columns if c.filter_word not in _FIXED} | dict(
            others or {}
        )
        """how each field is found that has no place of its own in `FilterFields`"""
        known = (word for word in FIELD_WORDS if word in _FIXED or word in self.others)
        self.words = tuple(dict.fromkeys((*known, *self.others)))
        """the fields that these rows have"""

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
            commits=self._commits(row),
            others=FieldTexts(self.others, row),
        )


_FIXED = ("", "ctx", "ns", "name", "app", "status", "commit")
"""filter words that have a field of their own in `FilterFields`"""


def _lower(text: str) -> str:
    """In lower case: the very same text where it is so already, as most names are, which costs no memory."""
    lowered = text.lower()
    return text if lowered == text else lowered


@lru_cache(maxsize=1024)
def _words(*words: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


@lru_cache(maxsize=1024)
def commits_of(*revisions: str) -> tuple[str, ...]:
    """The commits in these revisions, each once and in lower case; a revision of Flux (``main@sha1:abc``) counts with
    its ref and without.
    """
    lower = [revision.lower() for revision in revisions if revision]
    return tuple(dict.fromkeys([*lower, *(digest for one in lower if (digest := one.rpartition(":")[2]))]))


def _reasons(conditions: Iterable[Condition] | None) -> str:
    return " ".join([one.reason for one in conditions or () if one.reason])


def _sources(row: StackRow) -> str:
    """Where a Stack has its program from: a repository, or a Flux source or Program by kind and name."""
    spec = row.stack.spec
    flux = spec.flux_source.source_ref if spec.flux_source is not None else None
    references = [f"{one.kind}/{one.name}" for one in (flux, spec.program_ref) if one is not None]
    return " ".join([spec.project_repo, *references])


def _repositories(row: AppRow) -> str:
    spec = row.app.spec
    return " ".join([source.repo_url for source in (spec.source, *(spec.sources or ())) if source is not None])


_STACK_OTHERS: Mapping[str, Find[StackRow]] = {
    "reason": lambda row: _reasons(row.stack.conditions),
    "repo": _sources,
}
_APP_OTHERS: Mapping[str, Find[AppRow]] = {
    "stack": lambda row: " ".join([key.name for key in row.holds]),
    "repo": _repositories,
}
_COLUMN_FIELDS = ("health", "phase", "sync")
"""fields that are columns, which ``status:`` asks for all at once"""


def _with_columns(columns: Iterable[Column[Row]], others: Mapping[str, Find[Row]]) -> dict[str, Find[Row]]:
    searched = {c.id: c.search_text or _shown(c) for c in columns if c.id in _COLUMN_FIELDS}
    return {**searched, **others}


def _shown(column: Column[Row]) -> Find[Row]:
    return lambda row: column.text(row, 0.0)


def stack_fields(columns: Iterable[Column[StackRow]]) -> ColumnsFilterFields[StackRow]:
    """The filter fields of Stacks in a table with these columns."""
    columns = tuple(columns)
    return ColumnsFilterFields(
        columns,
        lambda row: row.key,
        lambda row: row.stack.metadata.labels,
        lambda row: commits_of(row.commit_wanted, row.commit_applied),
        _with_columns(columns, _STACK_OTHERS),
    )


stack_filter_fields = stack_fields(STACK_COLUMNS)
app_filter_fields: ColumnsFilterFields[AppRow] = ColumnsFilterFields(
    APP_COLUMNS,
    lambda row: row.key,
    lambda row: row.app.metadata.labels,
    lambda row: commits_of(row.app.status.sync.revision if row.app.status else ""),
    _with_columns(APP_COLUMNS, _APP_OTHERS),
)
