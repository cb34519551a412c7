"""kubectl command lines to be pasted into a shell, quoted: a context may be called anything."""

from __future__ import annotations

from shlex import join


def kubectl(context: str, namespace: str, *words: str) -> str:
    """``kubectl --context … -n …`` and these words, each quoted for a POSIX shell."""
    return join(("kubectl", "--context", context, "-n", namespace, *words))
