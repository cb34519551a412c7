"""The language of filters, on the board's filter line and after ``get --filter``.

| written           | lets through                                                        |
|-------------------|---------------------------------------------------------------------|
| ``web``           | rows with this text in any column, in any case                      |
| ``!web``          | rows without it; works before every other term too                  |
| ``a20bdac``       | also Stacks that want this commit or have it applied, by all of it  |
|                   | or seven characters at least                                        |
| ``commit:a20b``   | the same by as few characters as one likes                          |
| ``status:stall``  | a health, phase or sync word that starts so                         |
| ``ctx:prod``      | contexts with this text in their name; so do the other `FIELD_WORDS` |
| ``"error: quota"``| the text, though it has a colon or begins with a sign               |
| ``-f wbfr``       | names with these letters in this order                              |
| ``-l tier=web``   | labels, as kubectl takes them with ``=``, ``!=``, or bare           |

Terms are separated by blanks and must all hold; quotes keep blanks together. There are no regular
expressions: one that is written carelessly can take for ever, and it would be asked of every row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from fleet.board.context_state import CONTEXT_STATES
from fleet.board.rows import short_commit
from stacks.phases.phase import PHASE_KINDS

Test = Callable[["FilterFields"], bool]
_SETS = ("in", "notin")
HEALTH_WORDS = ("healthy", "progressing", "degraded", "suspended", "missing", "unknown")
STACK_WORDS = tuple(dict.fromkeys((*HEALTH_WORDS, *(kind.name for kind in PHASE_KINDS))))
APP_WORDS = (
    *HEALTH_WORDS, "synced", "outofsync", "running", "succeeded", "failed", "error", "terminating", "waiting for retry",
)  # fmt: skip
STATUS_WORDS = frozenset({*STACK_WORDS, *APP_WORDS, "pending", "ready", "notready", *CONTEXT_STATES})
"""everything that can be asked for as a status: health, phase, sync and operation words, and states of contexts"""

FIELD_WORDS = (
    "ctx", "ns", "name", "app", "status", "health", "phase", "sync", "message", "reason", "stack", "repo", "commit",
    "cause",
)  # fmt: skip
"""every WORD of ``WORD:text``; which of them a table knows, it says itself"""
_ALIASES = {"context": "ctx", "namespace": "ns"}
_LOOKS_LIKE_FIELD = re.compile(r"[a-z][a-z_-]*:(?!//|\d+(?:/|$))", re.IGNORECASE)
"""neither the scheme of a URL nor a host with its port"""
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_QUOTE = '"'


class FilterFields(NamedTuple):
    """What of a row can be asked about. All text is in lower case, but for labels."""

    text: str
    context: str = ""
    namespace: str = ""
    name: str = ""
    app: str = ""
    statuses: tuple[str, ...] = ()
    labels: Mapping[str, str] = MappingProxyType({})
    commits: tuple[str, ...] = ()
    """the commits that it wants and has, in full"""
    others: Mapping[str, str] = MappingProxyType({})
    """what there is under the other field words, by the word"""


@dataclass(frozen=True)
class Filter:
    """A parsed filter: all `tests` must hold. `problem` says what couldn't be understood, in words."""

    text: str = ""
    tests: tuple[Test, ...] = ()
    problem: str = ""
    words: tuple[str, ...] = ()
    """the terms as they were written; before one in quotes stands a single quote sign"""
    commits: tuple[str, ...] = ()
    """the commits that are asked for, or how they begin, in lower case"""

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
        return tuple(word.removeprefix(_QUOTE).lower() for word in self.words if _kind(word) in ("", _QUOTE))

    @property
    def names(self) -> tuple[str, ...]:
        """What is asked of names alone, in lower case."""
        return tuple(word.partition(":")[2].lower() for word in self.words if _kind(word) == "name")

    @property
    def short_commits(self) -> tuple[str, ...]:
        """The commits that are asked for as columns show them, as far as they do."""
        return tuple(commit[: len(short_commit("0" * 40))] for commit in self.commits)

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(word[2:].lower() for word in self.words if word.startswith("-f"))


EVERYTHING = Filter()


def parse(text: str, fields: Collection[str] = FIELD_WORDS) -> Filter:
    """The filter that this text means for rows with these fields. What can't be understood is left out, and said in
    `problem`.
    """
    left = _written(text)
    words: list[str] = []
    tests: list[Test] = []
    problems: list[str] = []
    while left:
        word = left.pop(0)
        if word in ("-l", "-f"):
            word += _bare(left.pop(0)) if left else ""
        if word.startswith("-l") and left and left[0] in _SETS:
            word = " ".join([word, *left])  # all of it is said to be wrong, not half of it taken for text
            left.clear()
        words.append(word)
        try:
            test = _term(word, fields)
        except ValueError as error:
            problems.append(str(error))
        else:
            tests.append(test)
    commits = tuple(commit for word in words if (commit := _commit_asked(word)))
    return Filter(text.strip(), tuple(tests), "; ".join(problems), tuple(words), commits)


def asks_for_cause(query: Filter) -> bool:
    """Whether a term asks for a cause, which not every table knows."""
    return any(_kind(word.lstrip("!")) == "cause" for word in query.words)


def split(text: str) -> list[str]:
    """The words of a line; a quote keeps what follows together, up to its twin or the end."""
    return [_bare(word) for word in _written(text)]


def _bare(word: str) -> str:
    """A word without the sign for quotes."""
    return word[0] + word[2:] if word.startswith(f"!{_QUOTE}") else word.removeprefix(_QUOTE)


def _written(text: str) -> list[str]:
    """The words of a line, with a quote sign before those that begin with one: they are text, whatever they hold."""
    words: list[str] = []
    current, quote, quoted = "", "", False
    for character in text:
        if quote:
            if character == quote:
                quote = ""
            else:
                current += character
        elif character in "\"'":
            current += _QUOTE if current in ("", "!") else ""
            quote, quoted = character, True
        elif character.isspace():
            if current or quoted:
                words.append(current)
            current, quoted = "", False
        else:
            current += character
    if current or quoted:
        words.append(current)
    return [word for word in words if word != _QUOTE]


def _kind(word: str) -> str:
    """What sort of term a word is: ``!``, ``-l``, ``-f``, a quote, the name of a field, or empty for plain text."""
    for sign in ("!", "-l", "-f", _QUOTE):
        if word.startswith(sign):
            return sign
    name, colon, _ = word.partition(":")
    return (_known(name, FIELD_WORDS) or (name.lower() if _LOOKS_LIKE_FIELD.match(word) else "")) if colon else ""


def _known(name: str, fields: Collection[str]) -> str:
    """The field that a name means among these; empty if it is none."""
    lower = name.lower()
    field = _ALIASES.get(lower, lower)
    return field if field in fields else ""


def _commit_asked(word: str) -> str:
    """The commit that a term asks for, in lower case; empty if it asks for none."""
    if _kind(word) == "commit":
        return word.partition(":")[2].lower()
    return word.lower() if _COMMIT.fullmatch(word) else ""


def _extends(old: str, new: str) -> bool:
    """Whether the new word asks for more of the same."""
    kind = _kind(old)
    if _COMMIT.fullmatch(new) and not _COMMIT.fullmatch(old):
        return False  # from its seventh character on it is looked for in more than what is shown
    return kind not in ("!", "-l") and kind == _kind(new) and new.lower().startswith(old.lower())


def _term(word: str, fields: Collection[str]) -> Test:
    if word.startswith("!"):
        if len(word) == 1:
            raise ValueError("! stands alone")
        positive = _term(word[1:], fields)
        return lambda subject: not positive(subject)
    if word.startswith("-l"):
        return _labels(word[2:])
    if word.startswith("-f"):
        return _fuzzy(word[2:].lower())
    if word.startswith(_QUOTE):
        return _text(word.removeprefix(_QUOTE).lower())
    name, colon, value = word.partition(":")
    if colon and (field := _known(name, fields)):
        if not value:
            raise ValueError(f"{name}: needs a word after it")
        return _FIELDS.get(field, _other(field))(value.lower())
    if _LOOKS_LIKE_FIELD.match(word):
        there_are = " ".join(f"{field}:" for field in fields)
        raise ValueError(f"{name}: is no field here; there are {there_are}; in quotes it is text")
    return _text_or_commit(word.lower()) if _COMMIT.fullmatch(word) else _text(word.lower())


def _text(needle: str) -> Test:
    return lambda subject: needle in subject.text


def _text_or_commit(needle: str) -> Test:
    is_commit = _commit(needle)
    return lambda subject: needle in subject.text or is_commit(subject)


def _commit(value: str) -> Test:
    return lambda subject: any(commit.startswith(value) for commit in subject.commits)


def _status(value: str) -> Test:
    if not any(word.startswith(value) for word in STATUS_WORDS):
        raise ValueError(f"status:{value}: no such word; there are {', '.join(STACK_WORDS)}")
    return lambda subject: any(status.startswith(value) for status in subject.statuses)


def _health(value: str) -> Test:
    if not any(word.startswith(value) for word in HEALTH_WORDS):
        raise ValueError(f"health:{value}: no such word; there are {', '.join(HEALTH_WORDS)}")
    return lambda subject: subject.others.get("health", "").startswith(value)


def _other(field: str) -> Callable[[str], Test]:
    return lambda value: lambda subject: value in subject.others.get(field, "")


_FIELDS: Mapping[str, Callable[[str], Test]] = {
    "ctx": lambda value: lambda subject: value in subject.context,
    "ns": lambda value: lambda subject: value in subject.namespace,
    "name": lambda value: lambda subject: value in subject.name,
    "app": lambda value: lambda subject: value in subject.app,
    "status": _status,
    "health": _health,
    "commit": _commit,
}
"""the fields that aren't just looked up in `FilterFields.others`"""


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
