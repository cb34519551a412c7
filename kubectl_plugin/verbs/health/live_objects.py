"""The live objects that ``health test --live`` judges: those of the chosen contexts, just as they are now."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.argocd_survey import RESOURCES
from fleet.argocd.raw_objects import list_each
from health.check_kinds import KINDS, STACK, kind_named
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts, open_contexts
from kubectl_plugin.cli.exit_codes import UsageError

LiveObject = tuple[str, Mapping[str, Any]]
"""A context, and an object in it."""


def live_objects(options: argparse.Namespace) -> tuple[list[LiveObject], bool]:
    """The objects of the kinds in `options.paths`, and whether some couldn't be seen: why goes to stderr.

    Raises UsageError for a kind that there isn't.
    """
    kinds = []
    for word in options.paths:
        if (kind := kind_named(word)) is None:
            names = ", ".join(kind.rpartition("/")[2] for kind in KINDS)
            raise UsageError(f"with --live the words are kinds, and there is no kind {word!r}; kinds are {names}")
        kinds.append(kind)
    return asyncio.run(_list_objects(choose_contexts(options), kinds or (STACK,)))


async def _list_objects(chosen: ChosenContexts, kinds: Sequence[str]) -> tuple[list[LiveObject], bool]:
    async with AsyncExitStack() as stack:
        connections, failed = await open_contexts(stack, chosen)

        async def list_kind(context: str, connection: Connection, kind: str) -> list[LiveObject]:
            nonlocal failed
            namespaces = chosen.scope.within(connection.target.namespace)
            try:
                listed = await list_each(connection, RESOURCES[kind], namespaces, chosen.scope.fallback)
            except ClusterError as error:
                failed = True
                print(f"error: {context}: {error}", file=sys.stderr)
                return []
            for hidden in listed.hidden:
                failed = True
                print(f"error: {context}: {hidden}", file=sys.stderr)
            # What a list returns leaves out what all its items have in common.
            resource = RESOURCES[kind]
            common = {"apiVersion": f"{resource.group}/{resource.version}", "kind": resource.kind}
            return [(context, {**common, **obj}) for obj in listed.objects]

        parts = await asyncio.gather(
            *(list_kind(context, connection, kind) for context, connection in connections.items() for kind in kinds)
        )
        return [found for part in parts for found in part], failed
