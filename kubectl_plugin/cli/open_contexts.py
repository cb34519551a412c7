"""The chosen contexts, opened for one command."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from kubectl_plugin.cli.context_choice import ContextChoice


async def open_contexts(stack: AsyncExitStack, choice: ContextChoice) -> tuple[dict[str, Connection], bool]:
    """A connection to each context, closed with the stack, and whether one couldn't be made: that is said."""
    opener = choice.opener()
    connections: dict[str, Connection] = {}
    for context in choice.contexts:
        try:
            connections[context] = opener.open(context)
        except ClusterError as error:
            print(f"error: {context}: {error}", file=sys.stderr)
            continue
        stack.push_async_callback(connections[context].close)
    return connections, len(connections) < len(choice.contexts)
