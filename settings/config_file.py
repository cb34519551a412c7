"""The user's configuration, ``$XDG_CONFIG_HOME/pko-argo/config.toml``: what it may say, and what is wrong with it.

A wrong entry is named and the default used; nothing in this file can keep the program from starting.
But while it can't be told whether anything may be changed, nothing may. The program never writes it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec

from cluster.files import read_file
from settings.durations import LONGEST, seconds
from stacks.phases.phase import DEFAULT_THRESHOLDS, PhaseThresholds

LONGEST_FILE = 4 << 20
"""bytes; nobody writes that by hand"""
LOG_MEMORY = 64 << 20
"""bytes of a log that are kept unless something else is configured"""
EXAMPLE = """\
# contexts to watch where none are named on the command line; globs are allowed
# contexts = ["prod-*", "hub", "@lab"]

# namespaces to try in contexts where not all of them may be read
# namespaces = ["team-a", "team-b"]

# how often versions, the operator's Lease and your rights are looked at again; objects are watched
# refresh = "1m"

# never change anything, whatever the command line says
# read-only = true

# the same for some contexts; globs and groups are allowed
# read-only-contexts = ["prod-*", "@lab"]

# dark, light, high-contrast, colour-blind, colour-blind-light, ansi-dark, ansi-light, nord, gruvbox ...
# theme = "dark"

# true draws nothing but ASCII, for terminals and fonts without anything else
# ascii = false

# false leaves the mouse to the terminal, whose own selection then works without shift
# mouse = true

# false says nothing of what to try where there is nothing to see
# hints = true

# how much of a log its screen keeps; the oldest lines are let go, and it says so
# log-memory = "64 MiB"

# hubs whose Argo CD cluster Secrets may be read, to learn where Applications deploy to.
# Only names and server addresses are kept. Without this the address in the kubeconfig, and
# [destinations] below, have to do.
# read-cluster-secrets = ["hub"]

[groups]
# groups of contexts, for contexts and read-only-contexts above, --context @lab and :ctx @lab; globs are allowed
# lab = ["lab-*", "kind-*"]

[columns]
# what the board shows until something else is chosen with C; a path makes a column of your own
# stacks = ["context", "namespace", "name", "phase", ".spec.branch", "message"]
# applications = ["context", "name", "sync", "health", "stacks"]

[keys]
# left, what a key does (docs/keys.md lists the names); right, its keys, separated by commas
# "table.broken" = "f2,ctrl+z"

[destinations]
# left, a destination's server or name as Argo CD has it; right, the context that it is
# "https://10.0.0.1" = "prod-eu"

[thresholds]
# wedged = "5m"       an update that nobody will finish
# unseen = "2m"       a new Stack that the operator hasn't looked at
# long-run = "30m"    a first run that takes unusually long
# long-factor = 3     a run that takes this many times as long as the last one
"""
_SIZE = re.compile(r"([0-9]{1,15})\s*(KiB|MiB|GiB)")
_LEAST_MEMORY, _MOST_MEMORY = 1 << 20, 1 << 40
_LONGEST_SHOWN = 40  # characters of a wrong value in what is said of it
_LEAST_PAUSE = 5.0
Texts: TypeAlias = tuple[Annotated[str, msgspec.Meta(min_length=1)], ...]


class ConfigEntries(msgspec.Struct, frozen=True, rename="kebab"):
    """What the file may say: an entry ``read-only-contexts`` for each field `read_only_contexts`, and its default."""

    contexts: Texts = ()
    namespaces: Texts = ()
    read_only: bool = False
    read_only_contexts: Texts = ()
    """globs, and ``@`` with the name of a group"""
    theme: str = ""
    ascii: bool = False
    mouse: bool = True
    hints: bool = True
    log_memory: int = LOG_MEMORY
    """bytes"""
    groups: dict[str, Texts] = {}
    """group -> its contexts, or globs of them"""
    columns: dict[str, Texts] = {}
    """stacks or applications -> the columns that are shown where nothing was chosen"""
    refresh: float = 60.0
    """seconds between two looks at what runs in a context"""
    keys: dict[str, str] = {}
    """what a key does -> its keys, separated by commas"""
    read_cluster_secrets: Texts = ()
    destinations: dict[str, str] = {}
    """a destination's server or name as Argo CD has it -> the context that it is"""
    thresholds: PhaseThresholds = DEFAULT_THRESHOLDS


class Settings(ConfigEntries, frozen=True):
    """What is in force. `problems` says, one sentence each, what of the file isn't."""

    path: Path | None = None
    problems: tuple[str, ...] = ()
    doubt: str = ""
    """why it can't be told whether anything may be changed"""
    near_misses: tuple[str, ...] = ()
    """contexts that an entry of `read_only_contexts` names in other letters, and no context as it is written"""

    @property
    def forbidden(self) -> str:
        """Why nothing may be changed in any context; empty where the configuration doesn't speak against it."""
        return self.doubt or (f"read-only is set in {self.path}" if self.read_only else "")

    def forbids(self, context: str) -> str:
        """Why nothing may be changed in this context; empty where the configuration doesn't speak against it."""
        if self.forbidden:
            return self.forbidden
        try:
            patterns = members(self.read_only_contexts, self.groups)
        except KeyError as error:
            return f"read-only-contexts in {self.path}: {error.args[0]}"
        if context in self.near_misses or any(fnmatchcase(context, pattern) for pattern in patterns):
            return f"read-only-contexts in {self.path} names {context}"
        return ""

    def beside(self, contexts: Iterable[str]) -> Settings:
        """These settings with what is to be said of them next to the contexts that there are.

        An entry of `read_only_contexts` that none of them matches forbids nothing, which is likely not what was meant.
        Where only capitals make the difference, it forbids those contexts until that is mended.
        """
        known, near, problems = tuple(contexts), [*self.near_misses], [*self.problems]
        for entry in () if self.doubt else self.read_only_contexts:
            patterns = members((entry,), self.groups)
            if any(fnmatchcase(name, pattern) for name in known for pattern in patterns):
                continue
            alike = [name for name in known if any(fnmatchcase(name.lower(), each.lower()) for each in patterns)]
            near += alike
            meant = f'; "{alike[0]}" is written otherwise, and nothing may be changed there either' if alike else ""
            problems.append(f'{self.path}: read-only-contexts: "{entry}" matches no context of the kubeconfig{meant}')
        return msgspec.structs.replace(self, near_misses=tuple(near), problems=tuple(problems))


def members(contexts: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Names and globs of contexts, ``@group`` replaced by its members. Raises KeyError with a sentence."""
    found: list[str] = []
    for name in contexts:
        if not name.startswith("@"):
            found.append(name)
            continue
        if name[1:] not in groups:
            known = f"there are {', '.join(f'@{group}' for group in groups)}" if groups else "config.toml has none"
            raise KeyError(f"there is no group {name}; {known}")
        found += groups[name[1:]]
    return tuple(found)


def location(environ: Mapping[str, str]) -> Path:
    """Where the configuration is looked for."""
    if chosen := environ.get("XDG_CONFIG_HOME"):
        return Path(chosen) / "pko-argo" / "config.toml"
    from platformdirs import user_config_path

    return user_config_path("pko-argo") / "config.toml"


def load(path: Path) -> Settings:
    """The settings of this file; the defaults where there is none or it can't be read."""
    try:
        text = read_file(path, LONGEST_FILE).decode()
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        return _unread(path, f"{path} can't be read ({(isinstance(error, OSError) and error.strerror) or error})")
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings in this text. Never raises: what is wrong stands in `problems`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _unread(path, f"{path} isn't valid TOML: {error}")
    except (ValueError, RecursionError) as error:
        what = "is nested too deep" if isinstance(error, RecursionError) else "holds a number of too many digits"
        return _unread(path, f"{path} {what}")
    values: dict[str, Any] = {}
    problems: list[str] = []
    doubts = [f"{path}: {doubt}" for doubt in _mistaken_read_only(table)]
    for key, value in table.items():
        entry = _ENTRIES.get(key)
        if entry is None:
            if not _meant_read_only(key):
                problems.append(f"{path}: there is no setting {_shown(key)}; known are {', '.join(_ENTRIES)}")
            continue
        try:
            values[entry.name] = _NOTATIONS[key](value) if key in _NOTATIONS else _converted(value, entry.type)
        except (ValueError, OverflowError, RecursionError) as error:
            if key in _READ_ONLY:
                doubts.append(f"{path}: {key}: {error}")
            else:
                problems.append(f"{path}: {key}: {error}; the default is used")
    doubts += [f"{path}: read-only-contexts: {doubt}" for doubt in _unknown_groups(values)]
    problems += [f"{doubt}; nothing may be changed until that is mended" for doubt in doubts]
    return Settings(**values, path=path, problems=tuple(problems), doubt="; ".join(doubts))


def _unread(path: Path, why: str) -> Settings:
    """The defaults, but nothing may be changed: the file might forbid it."""
    problem = f"{why}; the defaults are used, and nothing may be changed until that is mended"
    return Settings(path=path, problems=(problem,), doubt=why)


def _converted(value: object, wanted: Any) -> Any:
    """The value of an entry of this type. Raises ValueError with what is expected."""
    try:
        return msgspec.convert(value, wanted)
    except (msgspec.ValidationError, OverflowError, RecursionError):
        of_lists = wanted == dict[str, Texts] and isinstance(value, dict)  # one of the lists in it is wrong
        raise ValueError(next(words for kind, words in _EXPECTED if kind == (Texts if of_lists else wanted))) from None


_EXPECTED: tuple[tuple[object, str], ...] = (
    (bool, "true or false is expected"),
    (str, "a text is expected"),
    (Texts, 'a list of texts is expected, such as ["a", "b"]'),
    (dict[str, str], 'texts are expected, such as "https://10.0.0.1" = "prod-eu"'),
    (dict[str, Texts], 'lists are expected, such as lab = ["lab-*"]'),
    (dict[str, object], "a table is expected"),
)


def duration(value: object) -> float:
    """Seconds of ``"1h30m"``, ``"90s"`` or a number. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST:
        return float(value)
    try:
        return seconds(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f'{_shown(value)} is no duration; write "90s" or "1h30m"') from None


def _memory(value: object) -> int:
    """Bytes of ``"64 MiB"``."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{_shown(value)} is no amount of memory; write "64 MiB"')
    size = int(found[1]) << {"KiB": 10, "MiB": 20, "GiB": 30}[found[2]]
    if size < _LEAST_MEMORY:
        raise ValueError(f"{value} is too little to read a log with; at least 1 MiB")
    if size > _MOST_MEMORY:
        raise ValueError(f"{_shown(value)} is more than a computer has; at most 1024 GiB")
    return size


def _columns(value: object) -> dict[str, Texts]:
    lists: dict[str, Texts] = _converted(value, dict[str, Texts])
    for table in lists:
        if table not in ("stacks", "applications"):
            raise ValueError(f"there is no table {_shown(table)}; known are stacks and applications")
    return lists


def _pause(value: object) -> float:
    pause = duration(value)
    if pause < _LEAST_PAUSE:
        raise ValueError(f"{_shown(value)} asks too often; at least {_LEAST_PAUSE:.0f}s")
    return pause


def _thresholds(value: object) -> PhaseThresholds:
    known = {field.name.replace("_", "-"): field.name for field in fields(PhaseThresholds)}
    found: dict[str, float] = asdict(DEFAULT_THRESHOLDS)
    for key, item in _converted(value, dict[str, object]).items():
        if key not in known:
            raise ValueError(f"there is no threshold {_shown(key)}; known are {', '.join(known)}")
        found[known[key]] = _factor(item) if key == "long-factor" else duration(item)
    return PhaseThresholds(**found)


def _factor(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= LONGEST:
        raise ValueError("long-factor is a number of at least 1")
    return float(value)


def _shown(value: object) -> str:
    """A wrong value as a sentence can hold it: a short one as it is written, of others what they are."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…")
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 10**_LONGEST_SHOWN):
        return repr(value)
    return "such a number" if isinstance(value, int) else f"a {type(value).__name__}"


_ENTRIES = {field.encode_name: field for field in msgspec.structs.fields(ConfigEntries)}
_NOTATIONS: Mapping[str, Callable[[object], object]] = {
    "log-memory": _memory,
    "columns": _columns,
    "refresh": _pause,
    "thresholds": _thresholds,
}
"""the entries that say more than their type does"""


# Who writes ``readonly = true`` wants nothing to be changed. Going ahead because the setting has another
# name would be the worst way to take them at their word.
_READ_ONLY = ("read-only", "read-only-contexts")
_ALIKE = 0.75  # how much of a name has to be the same, as difflib has it


def _mistaken_read_only(table: Mapping[str, Any]) -> list[str]:
    """A sentence for each entry that looks like one of `_READ_ONLY` and isn't: misspelt, or in a table of its own."""
    found = [
        f"there is no setting {_shown(key)}; it is called {name}" for key in table if (name := _meant_read_only(key))
    ]
    for place, inner in table.items():
        for key in inner if isinstance(inner, Mapping) else ():
            if _letters(key) in map(_letters, _READ_ONLY):
                found.append(f"{key} stands under [{place}], where it has no effect; it belongs above every [table]")
    return found


def _unknown_groups(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each group in ``read-only-contexts`` that there isn't, also where another group names it."""
    groups: Mapping[str, tuple[str, ...]] = values.get("groups", {})
    try:
        found = members(values.get("read_only_contexts", ()), groups)
    except KeyError as error:
        return [str(error.args[0])]
    return [f"{name} stands inside a group, and groups hold contexts only" for name in found if name.startswith("@")]


def _meant_read_only(key: str) -> str:
    """Which of the names a setting was likely meant to be that isn't one of them; empty for neither."""
    if key in _READ_ONLY:
        return ""
    from difflib import get_close_matches

    letters = {_letters(name): name for name in _READ_ONLY}
    if close := get_close_matches(_letters(key), letters, n=1, cutoff=_ALIKE):
        return letters[close[0]]
    return _READ_ONLY[0] if "readonly" in _letters(key) else ""


def _letters(key: str) -> str:
    return "".join(filter(str.isalnum, key.lower()))
