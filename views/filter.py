"""The language of filters, on the board's filter line and after ``get --filter``.

| written          | lets through                                              |
|------------------|-----------------------------------------------------------|
| ``web``          | rows with this text in any column, in any case            |
| ``!web``         | rows without it; works before every other term too        |
| ``status:stall`` | a health, phase or sync word that starts so               |
| ``ctx:prod``     | contexts with this text in their name                     |
| ``ns:shop``      | namespaces                                                |
| ``app:shop``     | the names of Applications                                 |
| ``-f wbfr``      | names with these letters in this order                    |
| ``-l tier=web``  | labels, as kubectl takes them with ``=``, ``!=``, or bare |

Terms are separated by blanks and must all hold; quotes keep blanks together. There are no regular
expressions: one that is written carelessly can take for ever, and it would be asked of every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from fleet.board.context_state import CONTEXT_STATES
from fleet.board.rows import AppRow, Key, StackRow
from stacks.phases.phase import PHASE_KINDS
from views.columns import APP_COLUMNS, STACK_COLUMNS, Column

Test = Callable[["FilterFields"], bool]
_SETS = ("in", "notin")
HEALTH_WORDS = ("healthy", "progressing", "degraded", "suspended", "missing", "unknown")
STACK_WORDS = tuple(dict.fromkeys((*HEALTH_WORDS, *(kind.name for kind in PHASE_KINDS))))
APP_WORDS = (
    *HEALTH_WORDS, "synced", "outofsync", "running", "succeeded", "failed", "error", "terminating", "waiting for retry",
)  # fmt: skip
STATUS_WORDS = frozenset({*STACK_WORDS, *APP_WORDS, "pending", "ready", "notready", *CONTEXT_STATES})
"""everything that can be asked for as a status: health, phase, sync and operation words, and states of contexts"""


class FilterFields(NamedTuple):
    """What of a row can be asked about. All text is in lower case, but for labels."""

    text: str
    context: str = ""
    namespace: str = ""
    name: str = ""
    app: str = ""
    statuses: tuple[str, ...] = ()
    labels: Mapping[str, str] = MappingProxyType({})
    others: Mapping[str, str] = MappingProxyType({})
    """what other columns show that have a filter word of their own, by that word"""


@dataclass(frozen=True)
class Filter:
    """A parsed filter: all `tests` must hold. `problem` says what couldn't be understood, in words."""

    text: str = ""
    tests: tuple[Test, ...] = ()
    problem: str = ""
    words: tuple[str, ...] = ()
    """the terms as they were written"""

    def __bool__(self) -> bool:
        return bool(self.tests)

    def matches(self, subject: FilterFields) -> bool:
        for test in self.tests:  # noqa: SIM110 - asked of every row at every key: a generator costs twice as much
            if not test(subject):
                return False
        return True

    def narrows(self, before: Filter) -> bool:
        """Whether this can only let through what the other one did, as when a word gets longer."""
        if self.problem or before.problem or len(self.words) < len(before.words):
            return False
        pairs = list(zip(before.words, self.words, strict=False))
        return all(old == new or _extends(old, new) for old, new in pairs)

    @property
    def needles(self) -> tuple[str, ...]:
        """The texts that a reader will want to see where they match, in lower case."""
        return tuple(word.lower() for word in self.words if _kind(word) == "")

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(word[2:].lower() for word in self.words if word.startswith("-f"))


EVERYTHING = Filter()


def parse(text: str) -> Filter:
    """The filter that this text means. What can't be understood is left out, and said in `problem`."""
    left = split(text)
    words: list[str] = []
    tests: list[Test] = []
    problems: list[str] = []
    while left:
        word = left.pop(0)
        if word in ("-l", "-f"):
            word += left.pop(0) if left else ""
        if word.startswith("-l") and left and left[0] in _SETS:
            word = " ".join([word, *left])  # all of it is said to be wrong, not half of it taken for text
            left.clear()
        words.append(word)
        try:
            test = _term(word)
        except ValueError as error:
            problems.append(str(error))
        else:
            tests.append(test)
    return Filter(text.strip(), tuple(tests), "; ".join(problems), tuple(words))


def asks_for_cause(query: Filter) -> bool:
    """Whether a term asks for a cause, which not every table knows."""
    return any(_kind(word.lstrip("!")) == _CAUSE for word in query.words)


def split(text: str) -> list[str]:
    """The words of a line; a quote keeps what follows together, up to its twin or the end."""
    words: list[str] = []
    current, quote, quoted = "", "", False
    for character in text:
        if quote:
            if character == quote:
                quote = ""
            else:
                current += character
        elif character in "\"'":
            quote, quoted = character, True
        elif character.isspace():
            if current or quoted:
                words.append(current)
            current, quoted = "", False
        else:
            current += character
    if current or quoted:
        words.append(current)
    return [word for word in words if word]


def _kind(word: str) -> str:
    """What sort of term a word is: ``!``, ``-l``, ``-f``, the name of a field, or empty for plain text."""
    for sign in ("!", "-l", "-f"):
        if word.startswith(sign):
            return sign
    name, colon, _ = word.partition(":")
    return name.lower() if colon and name.lower() in _FIELDS else ""


def _extends(old: str, new: str) -> bool:
    """Whether the new word asks for more of the same."""
    kind = _kind(old)
    return kind not in ("!", "-l") and kind == _kind(new) and new.lower().startswith(old.lower())


def _term(word: str) -> Test:
    if word.startswith("!"):
        if len(word) == 1:
            raise ValueError("! stands alone")
        positive = _term(word[1:])
        return lambda subject: not positive(subject)
    if word.startswith("-l"):
        return _labels(word[2:])
    if word.startswith("-f"):
        return _fuzzy(word[2:].lower())
    name, colon, value = word.partition(":")
    field_test = _FIELDS.get(name.lower()) if colon else None
    if field_test is not None:
        if not value:
            raise ValueError(f"{name}: needs a word after it")
        return field_test(value.lower())
    needle = word.lower()
    return lambda subject: needle in subject.text


def _status(value: str) -> Test:
    if not any(word.startswith(value) for word in STATUS_WORDS):
        raise ValueError(f"status:{value}: no such word; there are {', '.join(STACK_WORDS)}")
    return lambda subject: any(status.startswith(value) for status in subject.statuses)


def _other(word: str) -> Callable[[str], Test]:
    """Asks for the column that has this filter word."""
    return lambda value: lambda subject: value in subject.others.get(word, "")


_COLUMN_WORDS = ({c.filter_word for c in STACK_COLUMNS} | {c.filter_word for c in APP_COLUMNS}) - {""}
_CAUSE = "cause"
"""the filter word of the column that stands only where somebody looks for causes (`views.cause_column`)"""
_FIELDS: Mapping[str, Callable[[str], Test]] = {
    **{word: _other(word) for word in (*_COLUMN_WORDS, _CAUSE)},
    **dict.fromkeys(("ctx", "context"), lambda value: lambda subject: value in subject.context),
    **dict.fromkeys(("ns", "namespace"), lambda value: lambda subject: value in subject.namespace),
    "app": lambda value: lambda subject: value in subject.app,
    "status": _status,
}


def _fuzzy(letters: str) -> Test:
    if not letters:
        raise ValueError("-f needs letters after it")

    def test(subject: FilterFields) -> bool:
        rest = iter(subject.name)
        return all(letter in rest for letter in letters)

    return test


def _labels(selector: str) -> Test:
    tests = [_label(part.strip()) for part in selector.split(",") if part.strip()]
    if not tests:
        raise ValueError("-l needs key=value after it")
    return lambda subject: all(test(subject) for test in tests)


def _label(part: str) -> Test:
    if any(character.isspace() or character in "()" for character in part):
        raise ValueError(f"-l {part}: only key=value, key!=value, key and !key are known, joined by commas")
    for sign in ("!=", "==", "="):
        key, found, value = part.partition(sign)
        if not found:
            continue
        if not key:
            raise ValueError(f"-l {part} names no label")
        if sign == "!=":
            return lambda subject: subject.labels.get(key) != value
        return lambda subject: subject.labels.get(key) == value
    if part.startswith("!"):
        return lambda subject: part[1:] not in subject.labels
    return lambda subject: part in subject.labels


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
        self._texts = [c.text for c in columns if c.search_text is None and not c.is_time]
        self._searched = [c.search_text for c in columns if c.search_text is not None]
        self._statuses = [c.filter_text for c in columns if c.filter_word == "status"]
        self._app = next((c.filter_text for c in columns if c.filter_word == "app"), lambda row: "")
        self._others = {c.filter_word: c.filter_text for c in columns if c.filter_word not in _FIXED}

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
