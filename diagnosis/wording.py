"""Small pieces of the sentences that findings are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from urllib.parse import urlsplit

from stacks.text import one_line


def shortened(words: str, most: int = 110) -> str:
    """Words for a title: no longer than fits."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def brief(text: str) -> str:
    """A text from elsewhere as it fits into a title: on one line, and cut where it is long."""
    return shortened(one_line(text).rstrip(": "), 160)


def first_line(words: str) -> str:
    """The first line in which anything stands."""
    return next((line.strip() for line in words.splitlines() if line.strip()), "")


def dotted(path: Sequence[str | int]) -> str:
    """A path in an object as people write it, such as ``spec.prerequisites[0].name``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first five."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are nearly this one, the nearest first; at most three."""
    return get_close_matches(name, [each for each in names if each != name], n=3, cutoff=0.7)


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
