"""Small pieces of the sentences that findings are made of."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from stacks.text import one_line

_LONGEST = 160


def brief(text: str) -> str:
    """A text from elsewhere as it fits into a title: on one line, and cut where it is long."""
    line = one_line(text).rstrip(": ")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first five."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def maybe_meant(near: Sequence[str]) -> str:
    """A sentence about what has nearly that name, to stand behind a step; empty where nothing has."""
    return f" There is {' and '.join(near)}: perhaps that was meant." if near else ""


def repository_name(url: str) -> str:
    """A git repository as people call it: `acme/infra`, without host and login; the URL where it has no path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path if parts.scheme else url.rpartition(":")[2]  # git@host:acme/infra.git
    return path.strip("/").removesuffix(".git") or url
