"""How contexts are opened: one connection each, and one login for all that log in the same way.

Thirty clusters behind one identity provider mean one run of its plugin, not thirty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from cluster.auth.credentials import Credentials
from cluster.auth.exec_plugin import LendTerminal, PluginRunner
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.kubeconfig import Kubeconfig
from fleet.last_defence import contained
from fleet.scope import WatchScope

T = TypeVar("T")


@dataclass(frozen=True)
class Opener:
    """Opens connections to the contexts of a kubeconfig."""

    kubeconfig: Kubeconfig
    scope: WatchScope
    plugins: PluginRunner

    def open(self, context: str) -> Connection:
        """A connection that hasn't sent anything yet. Raises KubeconfigError where the context makes no sense."""
        scope = self.scope
        target = self.kubeconfig.target(context, scope.as_user, scope.as_groups)
        return Connection(
            target,
            credentials=Credentials(target, self.plugins),
            request_timeout=scope.request_timeout,
            version=scope.version,
        )

    async def in_each(
        self, contexts: Iterable[str], look: Callable[[str, Connection], Awaitable[T]]
    ) -> tuple[dict[str, T], dict[str, ClusterError]]:
        """What `look` found in each context, side by side, and why not in those that it failed in."""
        found: dict[str, T] = {}
        failures: dict[str, ClusterError] = {}

        async def one(context: str) -> None:
            with contained(lambda error: failures.update({context: error})):
                connection = self.open(context)
                try:
                    found[context] = await look(context, connection)
                finally:
                    await connection.close()

        await asyncio.gather(*(one(context) for context in contexts))
        return found, failures


def opener(kubeconfig: Kubeconfig, scope: WatchScope, lend_terminal: LendTerminal | None = None) -> Opener:
    """An opener whose contexts share their logins."""
    return Opener(kubeconfig, scope, PluginRunner(lend_terminal=lend_terminal))
