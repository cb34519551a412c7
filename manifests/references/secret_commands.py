"""How somebody makes a Secret by hand."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence


def create_secret(name: str, keys: Iterable[str], namespaces: Sequence[str], kind: str = "generic") -> str:
    """The line for kubectl; without a namespace where it isn't one that is known."""
    words = ["kubectl", "create", "secret", kind, shlex.quote(name)]
    if len(namespaces) == 1:
        words += ["-n", shlex.quote(namespaces[0])]
    if kind == "docker-registry":
        words += ["--docker-server=...", "--docker-username=...", "--docker-password=..."]
    else:
        words += [f"--from-literal={shlex.quote(key)}=..." for key in keys]
    return " ".join(words)
