"""From flags to contexts and namespaces. No cluster is contacted that wasn't asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster.errors import KubeconfigError
from cluster.kubeconfig import Kubeconfig, load
from fleet.scope import WatchScope
from kubectl_plugin.cli.version import VERSION
from settings import config_file

if TYPE_CHECKING:
    from cluster.target import ExecPlugin
    from fleet.opener import Opener


@dataclass(frozen=True)
class ContextChoice:
    """What the user chose to look at."""

    kubeconfig: Kubeconfig
    contexts: tuple[str, ...]
    reach: WatchScope
    everywhere: bool
    """all namespaces"""
    configured: config_file.Settings

    def opener(self) -> Opener:
        """What opens the contexts, for one command."""
        from fleet.opener import opener

        return opener(self.kubeconfig, self.reach, lend_terminal)


def choose(
    options: argparse.Namespace, *, everywhere: bool = False, environ: Mapping[str, str] = os.environ
) -> ContextChoice:
    """Read the kubeconfig and decide. Raises KubeconfigError with what to do about it.

    `everywhere` is the default where neither a namespace nor -A was given.
    """
    kubeconfig = load(options.kubeconfig, environ)
    configured = config_file.load(config_file.location(environ))
    for problem in (*configured.problems, *kubeconfig.problems):
        print(f"warning: {problem}", file=sys.stderr)
    try:
        named = config_file.members(options.contexts or configured.contexts, configured.groups)
    except KeyError as error:
        raise KubeconfigError(str(error.args[0])) from None
    contexts = tuple(kubeconfig.choose(named, options.all_contexts))
    namespaces = tuple(dict.fromkeys(options.namespaces or ()))
    everywhere = options.all_namespaces or (everywhere and not namespaces)
    reach = WatchScope(
        namespaces=None if everywhere else namespaces,
        label_selector=getattr(options, "selector", ""),
        request_timeout=_timeout(options.request_timeout),
        as_user=options.as_user or "",
        as_groups=tuple(options.as_groups or ()),
        fallback=configured.namespaces,
        mapping=configured.destinations,
        patience=configured.thresholds,
        read_cluster_secrets=configured.read_cluster_secrets,
        refresh=configured.refresh,
        version=VERSION,
    )
    return ContextChoice(kubeconfig, contexts, reach, everywhere, configured)


def lend_terminal(plugin: ExecPlugin) -> AbstractAsyncContextManager[None] | None:
    """A credential plugin may ask its question where a person can answer it, as with kubectl."""
    return nullcontext() if sys.stdin.isatty() and sys.stderr.isatty() else None


def hint_at_more(choice: ContextChoice, asked: bool) -> None:
    """Say once that there are more contexts than the one that is shown."""
    more = len(choice.kubeconfig.contexts) - len(choice.contexts)
    if more > 0 and not asked and sys.stderr.isatty():
        print(f"({more} more contexts in the kubeconfig: --context NAME, --all-contexts)", file=sys.stderr)


def not_found_where(choice: ContextChoice, asked: Sequence[str]) -> str:
    """Where it was looked for, as the end of the sentence that something wasn't found. Of the contexts only `asked`."""
    contexts = f" in {', '.join(asked)}" if len(asked) < len(choice.contexts) else ""
    if choice.everywhere:
        return contexts
    return f"{contexts} in {'these namespaces' if len(choice.reach.namespaces or ()) > 1 else 'this namespace'}; " + (
        "-A looks at all of them"
    )


def _timeout(asked: float | None) -> float | None:
    """Seconds for one request: ours where nothing was asked, and none at all for 0, as kubectl has it."""
    if asked is None:
        return WatchScope.request_timeout
    return asked or None
