"""Lines in kubectl's words, ready for a shell: a context may be called anything."""

from __future__ import annotations

from shlex import join


def kubectl(context: str, namespace: str, *words: str) -> str:
    """``kubectl --context … -n …`` and these words, each as the shell has to see it."""
    return join(("kubectl", "--context", context, "-n", namespace, *words))
