"""What install and uninstall have in common: their Argo CDs, one in each chosen context or the one that is named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from actions.registry import CHANGES
from actions.workflow import ChangeRequest
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.instances import ArgoCDInstance, FoundInstances, find_instances
from kubectl_plugin.cli.change_verb import ChangeVerb, run
from kubectl_plugin.cli.chosen_contexts import ChosenContexts
from kubectl_plugin.cli.exit_codes import ExitCode, UsageError
from stacks.text import plain


def change_checks(options: argparse.Namespace, change: str, request: ChangeRequest) -> ExitCode:
    """Make the change of this id in `actions.registry`, with the flags that install and uninstall share."""
    verb = ChangeVerb(
        CHANGES[change],
        request,
        find_targets,
        follow_up=options.refresh == "stacks",
        follow_up_timeout=options.timeout,
        no_follow_up_hint="Applications show it within five minutes; --refresh stacks makes them look at once",
        override_flag="--force-configmap",
    )
    return run(options, verb)


async def find_targets(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection]
) -> tuple[list[ArgoCDInstance], bool]:
    """The Argo CDs, and whether a context couldn't be asked: that is said. Raises UsageError where it isn't clear."""
    targets, failed = [], False
    for context, connection in connections.items():
        namespaces = (options.instance,) if options.instance else tuple(options.namespaces or ()) or None
        try:
            found = await find_instances(connection, namespaces, chosen.scope.fallback)
        except ClusterError as error:
            print(f"error: {context}: {error}", file=sys.stderr)
            failed = True
            continue
        if not found.instances and found.hidden:
            failed = True
            unseen = "; ".join(str(hidden) for hidden in found.hidden)
            hint = "" if options.instance else "; name its namespace: --instance NAMESPACE"
            print(f"error: {context}: no Argo CD that may be seen ({plain(unseen)}){hint}", file=sys.stderr)
            continue
        if not found.instances and len(connections) > 1:
            print(f"{context}: no Argo CD", file=sys.stderr)
            continue
        targets.append(_only(context, found, options.instance))
    if connections and not targets and not failed:
        raise UsageError(f"there is no Argo CD in {', '.join(connections)}; choose its cluster: --context NAME")
    return targets, failed


def _only(context: str, found: FoundInstances, wanted: str) -> ArgoCDInstance:
    if len(found.instances) == 1:
        return found.instances[0]
    if found.instances:
        names = ", ".join(one.namespace for one in found.instances)
        raise UsageError(f"{context} has {len(found.instances)} Argo CDs; choose one: --instance NAMESPACE ({names})")
    where = f"in namespace {wanted} of {context}" if wanted else f"in {context}"
    raise UsageError(f"there is no Argo CD {where}; choose its cluster: --context NAME")
