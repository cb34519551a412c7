"""From flags to contexts and namespaces. No cluster is contacted that wasn't asked for."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass

from cluster.kubeconfig import Kubeconfig, load
from fleet import settings
from fleet.fleet import Reach
from kubectl_plugin.version import VERSION


@dataclass(frozen=True)
class Choice:
    """What the user chose to look at."""

    kubeconfig: Kubeconfig
    contexts: tuple[str, ...]
    reach: Reach
    everywhere: bool
    """all namespaces"""
    configured: settings.Settings


def choose(options: argparse.Namespace, *, everywhere: bool = False) -> Choice:
    """Read the kubeconfig and decide. Raises KubeconfigError with what to do about it.

    `everywhere` is the default where neither a namespace nor -A was given.
    """
    kubeconfig = load(options.kubeconfig, os.environ)
    configured = settings.load(settings.location(os.environ))
    for problem in (*configured.problems, *kubeconfig.problems):
        print(f"warning: {problem}", file=sys.stderr)
    contexts = tuple(kubeconfig.choose(options.contexts or configured.contexts, options.all_contexts))
    namespaces = tuple(dict.fromkeys(options.namespaces or ()))
    everywhere = not namespaces and (everywhere or options.all_namespaces)
    reach = Reach(
        namespaces=None if everywhere else namespaces,
        label_selector=getattr(options, "selector", ""),
        request_timeout=options.request_timeout,
        as_user=options.as_user or "",
        as_groups=tuple(options.as_groups or ()),
        fallback=configured.namespaces,
        mapping=configured.destinations,
        patience=configured.patience,
        read_cluster_secrets=configured.read_cluster_secrets,
        version=VERSION,
    )
    return Choice(kubeconfig, contexts, reach, everywhere, configured)


def hint_at_more(choice: Choice, asked: bool) -> None:
    """Say once that there are more contexts than the one that is shown."""
    more = len(choice.kubeconfig.contexts) - len(choice.contexts)
    if more > 0 and not asked and sys.stderr.isatty():
        print(f"({more} more contexts in the kubeconfig: --context NAME, --all-contexts)", file=sys.stderr)
