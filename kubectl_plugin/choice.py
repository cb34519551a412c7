"""From flags to contexts and namespaces. No cluster is contacted that wasn't asked for."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass

from cluster.kubeconfig import Kubeconfig, load
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


def choose(options: argparse.Namespace, *, everywhere: bool = False) -> Choice:
    """Read the kubeconfig and decide. Raises KubeconfigError with what to do about it.

    `everywhere` is the default where neither a namespace nor -A was given.
    """
    kubeconfig = load(options.kubeconfig, os.environ)
    for problem in kubeconfig.problems:
        print(f"warning: {problem}", file=sys.stderr)
    contexts = tuple(kubeconfig.choose(options.contexts or (), options.all_contexts))
    namespaces = tuple(dict.fromkeys(options.namespaces or ()))
    everywhere = not namespaces and (everywhere or options.all_namespaces)
    reach = Reach(
        namespaces=None if everywhere else namespaces,
        label_selector=getattr(options, "selector", ""),
        request_timeout=options.request_timeout,
        as_user=options.as_user or "",
        as_groups=tuple(options.as_groups or ()),
        version=VERSION,
    )
    return Choice(kubeconfig, contexts, reach, everywhere)


def hint_at_more(choice: Choice, asked: bool) -> None:
    """Say once that there are more contexts than the one that is shown."""
    more = len(choice.kubeconfig.contexts) - len(choice.contexts)
    if more > 0 and not asked and sys.stderr.isatty():
        print(f"({more} more contexts in the kubeconfig: --context NAME, --all-contexts)", file=sys.stderr)
