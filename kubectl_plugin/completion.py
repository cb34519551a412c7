"""Completion for ``kubectl pko-argo``: kubectl runs us with the words so far and reads candidates.

Only the kubeconfig is read; no cluster is contacted while somebody types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cluster.errors import KubeconfigError
from kubectl_plugin.options import FORMATS, KINDS, VERBS

NO_FILES = ":4"
"""the directive that keeps the shell from offering files"""

_FLAGS = (
    "--context", "--all-contexts", "--kubeconfig", "--namespace", "--all-namespaces",
    "--as", "--as-group", "--request-timeout",
)  # fmt: skip
_GET_FLAGS = ("--output", "--watch", "--selector", "--status", "--sort", "--stack", "--no-headers")


def candidates(words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """What the last word may become, and the shell's directive."""
    last = words[-1] if words else ""
    before = words[-2] if len(words) > 1 else ""
    verb = next((word for word in words[:-1] if word in VERBS), "")
    return [*sorted(word for word in _possible(last, before, verb, words, environ) if word.startswith(last)), NO_FILES]


def _possible(last: str, before: str, verb: str, words: Sequence[str], environ: Mapping[str, str]) -> Sequence[str]:
    if before == "--context":
        return _contexts(environ)
    if before in ("-o", "--output"):
        return FORMATS
    if last.startswith("-"):
        return (*_FLAGS, *(_GET_FLAGS if verb == "get" else ()))
    if not verb:
        return tuple(VERBS)
    if verb == "get" and not set(words[:-1]) & set(KINDS):
        return tuple(dict.fromkeys(KINDS.values()))
    return ()


def _contexts(environ: Mapping[str, str]) -> Sequence[str]:
    from cluster.kubeconfig import load

    try:
        return load(None, environ).contexts
    except KubeconfigError:
        return ()
