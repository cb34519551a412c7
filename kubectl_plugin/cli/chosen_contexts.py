"""Which contexts and namespaces a command is about, from its flags, the kubeconfig and the configuration.

No cluster is contacted that wasn't asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster.errors import ClusterError, KubeconfigError
from cluster.kubeconfig import Kubeconfig, load
from fleet.clock import Clock, wall_clock
from fleet.scope import WatchScope
from kubectl_plugin import VERSION
from settings import config_file

if TYPE_CHECKING:
    from cluster.http.connection import Connection
    from cluster.target import ExecPlugin
    from fleet.opener import Opener


@dataclass(frozen=True)
class ChosenContexts:
    """The contexts that a command is about, and what it looks at in each of them."""

    kubeconfig: Kubeconfig
    contexts: tuple[str, ...]
    scope: WatchScope
    all_namespaces: bool
    settings: config_file.Settings
    clock: Clock = wall_clock

    def opener(self) -> Opener:
        """What makes the connections. It keeps what it has learned, so one is enough for a command."""
        from fleet.opener import opener  # brings aiohttp, which takes a third of the start: not before it is needed

        return opener(self.kubeconfig, self.scope, lend_terminal)


def choose_contexts(
    options: argparse.Namespace, *, everywhere: bool = False, environ: Mapping[str, str] = os.environ
) -> ChosenContexts:
    """Read the kubeconfig and the configuration, and decide. Raises KubeconfigError with what to do about it.

    `everywhere`: all namespaces where neither a namespace nor -A was given. Problems of the files go to stderr.
    """
    kubeconfig = load(options.kubeconfig, environ)
    settings = config_file.load(config_file.location(environ)).beside(kubeconfig.contexts)
    for problem in (*settings.problems, *kubeconfig.problems):
        print(f"warning: {problem}", file=sys.stderr)
    try:
        names = config_file.members(options.contexts or settings.contexts, settings.groups)
    except KeyError as error:
        raise KubeconfigError(str(error.args[0])) from None
    contexts = tuple(kubeconfig.choose(names, options.all_contexts))
    namespaces = tuple(dict.fromkeys(options.namespaces or ()))
    all_namespaces = options.all_namespaces or (everywhere and not namespaces)
    timeout = options.request_timeout
    scope = WatchScope(
        namespaces=None if all_namespaces else namespaces,
        label_selector=getattr(options, "selector", ""),
        # None at all for 0, as kubectl has it.
        request_timeout=WatchScope.request_timeout if timeout is None else timeout or None,
        as_user=options.as_user or "",
        as_groups=tuple(options.as_groups or ()),
        fallback=settings.namespaces,
        mapping=settings.destinations,
        thresholds=settings.thresholds,
        read_cluster_secrets=settings.read_cluster_secrets,
        refresh=settings.refresh,
        version=VERSION,
    )
    return ChosenContexts(kubeconfig, contexts, scope, all_namespaces, settings)


async def open_contexts(stack: AsyncExitStack, chosen: ChosenContexts) -> tuple[dict[str, Connection], bool]:
    """A connection to each context, closed with the stack, and whether one is missing: why goes to stderr."""
    opener = chosen.opener()
    connections: dict[str, Connection] = {}
    for context in chosen.contexts:
        try:
            connections[context] = opener.open(context)
        except ClusterError as error:
            print(f"error: {context}: {error}", file=sys.stderr)
            continue
        stack.push_async_callback(connections[context].close)
    return connections, len(connections) < len(chosen.contexts)


def lend_terminal(plugin: ExecPlugin) -> AbstractAsyncContextManager[None] | None:
    """A credential plugin may ask its question where a person can answer it, as with kubectl."""
    return nullcontext() if sys.stdin.isatty() and sys.stderr.isatty() else None


def hint_at_other_contexts(chosen: ChosenContexts, options: argparse.Namespace) -> None:
    """Tell a person at a terminal who named no context how many more the kubeconfig has."""
    more = len(chosen.kubeconfig.contexts) - len(chosen.contexts)
    if more > 0 and not (options.contexts or options.all_contexts) and sys.stderr.isatty():
        print(f"({more} more contexts in the kubeconfig: --context NAME, --all-contexts)", file=sys.stderr)


def where_searched(chosen: ChosenContexts, contexts: Sequence[str]) -> str:
    """The end of the sentence that something wasn't found: the namespaces, and `contexts` where those aren't all."""
    places = f" in {', '.join(contexts)}" if len(contexts) < len(chosen.contexts) else ""
    if chosen.all_namespaces:
        return places
    these = "these namespaces" if len(chosen.scope.namespaces or ()) > 1 else "this namespace"
    return f"{places} in {these}; -A looks at all of them"
