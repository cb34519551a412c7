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
_GET_FLAGS = ("--output", "--watch", "--selector", "--status", "--sort", "--filter", "--stack", "--no-headers")
_LOGS_FLAGS = (
    "--follow", "--previous", "--since", "--since-time", "--until", "--tail", "--container", "--all-containers",
    "--update", "--all-runs", "--operator", "--grep", "--exclude", "--selector", "--output", "--timestamps", "--prefix",
    "--no-prefix", "--color", "--max-log-requests", "--until-done", "--timeout",
)  # fmt: skip
_OWN_FLAGS = {
    "get": _GET_FLAGS,
    "logs": _LOGS_FLAGS,
    "tree": ("--output", "--all-updates", "--no-events", "--color"),
}
_OWN_FORMATS = {"logs": ("text", "json"), "tree": ("text", "json", "yaml")}


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
        return _OWN_FORMATS.get(verb, FORMATS)
    if before == "--color":
        return ("auto", "always", "never")
    if last.startswith("-"):
        return (*_FLAGS, *_OWN_FLAGS.get(verb, ()))
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
