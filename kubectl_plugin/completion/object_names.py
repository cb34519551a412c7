"""Names of objects for completion, from the cluster that the words so far choose.

Somebody is waiting with a finger on the tab key: whatever isn't there within the patience isn't offered, and nothing
is printed, neither of a cluster that can't be reached nor of a login that asks for something.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import closing, redirect_stderr
from pathlib import Path
from typing import Any

from cluster.errors import ClusterError, KubeconfigError
from cluster.http.connection import Connection
from cluster.lists import NAMESPACES, list_all
from cluster.resources import ResourceKind
from fleet.argocd.instances import CONFIG_MAP, CONFIG_MAPS
from fleet.resource_kinds import APPLICATIONS, STACKS, UPDATES, WORKSPACES
from fleet.stack_objects.queries import listed, named
from kubectl_plugin.cli.chosen_contexts import ChosenContexts, choose_contexts
from kubectl_plugin.cli.parser import parse
from stacks.records.base import OwnerOnly, tidy_owner_only

_KINDS: Mapping[str, ResourceKind[Any]] = {
    "stacks": STACKS,
    "apps": APPLICATIONS,
    "workspaces": WORKSPACES,
    "updates": UPDATES,
    "namespaces": NAMESPACES,
    "argocds": ResourceKind(CONFIG_MAPS, OwnerOnly, tidy_owner_only),
}


def names(kind: str, before: Sequence[str], environ: Mapping[str, str], patience: float) -> Sequence[str]:
    """The names of a kind in the contexts and namespaces that the words `before` choose.

    `kind` is a key of _KINDS; for another there are none. Empty where they can't be had within `patience` seconds.
    """
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        try:
            chosen = choose_contexts(parse(["get", *_context_flags(before)]), environ=environ)
        except (KubeconfigError, SystemExit):
            return ()
        if kind not in _KINDS:
            return ()
        # Not `asyncio.run`, which waits for a thread that still looks up the name of a host.
        with closing(asyncio.new_event_loop()) as loop:
            return loop.run_until_complete(_names_in_time(chosen, kind, patience))


def _context_flags(before: Sequence[str]) -> list[str]:
    """The flags among the words that choose clusters and namespaces. A flag that has no value yet chooses nothing."""
    kept: list[str] = []
    wanted = False
    for word in before:
        if wanted:
            kept.append(word)
            wanted = False
        elif word in ("--all-contexts", "-A", "--all-namespaces"):
            kept.append(word)
        elif word.partition("=")[0] in ("--context", "--kubeconfig", "-n", "--namespace", "--as", "--as-group"):
            kept.append(word)
            wanted = "=" not in word
    return kept[:-1] if wanted else kept


async def _names_in_time(chosen: ChosenContexts, kind: str, patience: float) -> Sequence[str]:
    opener = chosen.opener()
    found: set[str] = set()

    async def one(context: str) -> None:
        try:
            connection = opener.open(context)
        except ClusterError:
            return
        try:
            found.update(await _list_names(connection, chosen, kind))
        except ClusterError:
            pass  # nothing is printed
        finally:
            await connection.close()

    asking = [asyncio.ensure_future(one(context)) for context in chosen.contexts]
    await asyncio.wait(asking, timeout=patience)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    return sorted(found)


async def _list_names(connection: Connection, chosen: ChosenContexts, kind: str) -> list[str]:
    if kind == "argocds":
        return [found.metadata.namespace for found in await listed(connection, _KINDS[kind], None, named(CONFIG_MAP))]
    namespaces = None if kind == "namespaces" else chosen.scope.within(connection.target.namespace)
    return [record.metadata.name for record in await list_all(connection, _KINDS[kind], namespaces)]
