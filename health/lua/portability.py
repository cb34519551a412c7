"""Where a script leaves what Argo CD's gopher-lua and our Lua share, found in its text: a verdict may differ then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import NamedTuple


class PortabilityIssue(NamedTuple):
    """A place in a script, and what Argo CD makes of it."""

    line: int
    what: str
    why: str


_ABSENT = "Argo CD has no {name}: it is nil there"
_OTHER_ESCAPE = "no escape to Argo CD: the letter itself"
_OTHER_LUA = "a Lua of another version: Argo CD refuses it"
_NOT_HERE = "Argo CD has it, with useOpenLibs only, and it is nil here: a health check has no use for it"
_OS_NOT_HERE = ("execute", "exit", "remove", "rename", "setenv", "setlocale", "tmpname")
_CLOCK = "the clock: Argo CD asks again only when the object changes, or at a refresh"
_WIDE = "nil in Argo CD unless resource.customizations.useOpenLibs is true for the kind"

_NAMES = {
    "goto": "Lua 5.1 has no goto, Argo CD has: such a script is run by LuaJIT here, whose \\x escapes and # differ",
    "table.unpack": _ABSENT + "; unpack is a global",
    **dict.fromkeys((f"table.{name}" for name in ("pack", "move", "foreach", "foreachi", "setn")), _ABSENT),
    **dict.fromkeys(("string.pack", "string.unpack", "string.packsize"), _ABSENT),
    **dict.fromkeys(("utf8", "bit32", "bit", "jit", "gcinfo", "rawlen", "warn"), _ABSENT),
    "string.dump": "Argo CD's raises an error",
    "os.date": "Argo CD's follows Go: other directives, and local time even after '!' where an instant is given",
    **dict.fromkeys(("os.time", "os.clock"), _CLOCK),
    "math.random": "chance: the verdict would change with nothing else",
    "collectgarbage": "Argo CD's returns nothing",
    "module": "sets globals; nothing of them is left for the next object",
    **dict.fromkeys(("dofile", "loadfile"), "would read a file of the controller's"),
    **dict.fromkeys(("io", "debug", "channel"), _NOT_HERE),
    **dict.fromkeys((f"os.{name}" for name in _OS_NOT_HERE), _NOT_HERE),
    "os.getenv": "the controller's environment; nothing is set here",
    "__len": "Argo CD's # asks it for tables too, Lua 5.1's doesn't",
}
_OPEN_LIBS_ONLY = {
    **dict.fromkeys(("string", "math", "coroutine"), _WIDE),
    "os": f"{_WIDE}; require('os') has time and date",
}
_ESCAPES = re.compile(r"\\(?:(x[0-9a-fA-F]{2}|u\{|z)|.)", re.DOTALL)
_TOKEN = re.compile(
    r"""--\[(?P<c>=*)\[.*?\](?P=c)\] | --[^\n]*
      | (?P<long>\[(?P<l>=*)\[.*?\](?P=l)\])
      | (?P<text>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
      | (?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)
      | (?P<number>\d[\w.]*)
      | (?P<other><(?:const|close)>|//|<<|>>|::|\.\.\.?|[=~<>]=|[&|~]|.)""",
    re.VERBOSE | re.DOTALL,
)
_OTHER_LUAS = {"//", "<<", ">>", "&", "|", "~", "<const>", "<close>"}


def findings(lua: str, *, open_libs: bool) -> list[PortabilityIssue]:
    """Each place where it does, the first of a kind only, in order."""
    found: dict[str, PortabilityIssue] = {}
    for line, what, why in _places(lua, open_libs):
        found.setdefault(what, PortabilityIssue(line, what, why.format(name=what)))
    return list(found.values())


def _places(lua: str, open_libs: bool) -> Iterator[tuple[int, str, str]]:
    absent = set() if open_libs else _OPEN_LIBS_ONLY.keys() - set(re.findall(r"\blocal\s+(\w+)", lua))
    line, before = 1, ""
    for token in _TOKEN.finditer(lua):
        text = token[0]
        if token["name"]:
            yield from ((line, what, why) for what, why in _of_name(re.sub(r"\s", "", text), before, absent))
        elif token["text"]:
            yield from ((line, f"\\{escape[0]}", _OTHER_ESCAPE) for escape in _ESCAPES.findall(text) if escape)
        elif token["other"] in _OTHER_LUAS:
            yield line, text, _OTHER_LUA
        line += text.count("\n")
        before = text if text.strip() else before


def _of_name(name: str, before: str, absent: Set[str]) -> Iterator[tuple[str, str]]:
    if before in (".", ":"):  # a field of something else
        return
    first, _, rest = name.partition(".")
    whole = f"{first}.{rest.partition('.')[0]}"
    if first in absent:
        yield first, _OPEN_LIBS_ONLY[first]
    for candidate in (first, whole):
        if candidate in _NAMES:
            yield candidate, _NAMES[candidate]
