"""The last step of a change: the Applications that hold Stacks are looked at again, and waited for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from actions.journal import Journal
from actions.plans import Nothing
from actions.refreshing import PER_SECOND, Watch, holders, refresh
from actions.runner import Done, run_all
from actions.verdicts import judge_of
from cluster.connection import Connection
from fleet.joins import Places
from kubectl_plugin.choice import Choice
from kubectl_plugin.exit_codes import ExitCode
from kubectl_plugin.health_targets import Target
from stacks.text import plain
from stacks.times import span
from stacks.tracking import normalised


async def refreshed(
    target: Target,
    options: argparse.Namespace,
    choice: Choice,
    connections: Mapping[str, Connection],
    journal: Journal,
) -> ExitCode:
    """Ask Argo CD to look again if that is wanted, and wait. Raises ClusterError."""
    instance = target.instance
    if options.refresh == "none":
        print("Applications show it within five minutes; --refresh stacks makes them look at once", file=sys.stderr)
        return ExitCode.FINE
    apps = await holders(target.connection, instance)
    plan = refresh(instance, apps)
    if isinstance(plan, Nothing):
        print(plan.text)
        return ExitCode.FINE
    takes = span(len(plan.requests) / PER_SECOND)
    print(f"{plan.title}, {PER_SECOND:g} a second ({takes})", file=sys.stderr)
    outcomes = await run_all(target.connection, plan, journal)
    refused = [outcome for outcome in outcomes if not isinstance(outcome, Done)]
    for outcome in refused[:5]:
        print(f"error: {instance}: {outcome.error}", file=sys.stderr)
    if len(outcomes) < len(plan.requests):
        print(f"{instance}: the other Applications show it within five minutes by themselves", file=sys.stderr)
        return ExitCode.CLUSTER_SAID_NO
    servers = {name: normalised(connection.target.server) for name, connection in connections.items()}
    watch = Watch(instance, connections, Places(servers, choice.reach.mapping), judge_of(instance))
    progress = _Progress()
    late = await watch.until_shown([app for app in apps if not app.skipped], options.timeout, progress.said)
    progress.end()
    if late:
        print(f"{instance}: after {span(options.timeout)} these don't show it:", file=sys.stderr)
        for one in late:
            print(f"  {plain(str(one))}", file=sys.stderr)
        return ExitCode.TIMED_OUT
    print(f"{instance}: {len(plan.requests)} Applications were looked at again, and show what their Stacks say")
    return ExitCode.CLUSTER_SAID_NO if refused else ExitCode.FINE


class _Progress:
    """How far it is: one line that is written over on a terminal, a line for each change elsewhere."""

    def __init__(self) -> None:
        self._line = ""
        self._terminal = sys.stderr.isatty()

    def said(self, done: int, of: int) -> None:
        line = f"{done} of {of} Applications were looked at again"
        if line != self._line:
            self._line = line
            print(
                f"\r{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr, flush=True
            )

    def end(self) -> None:
        if self._terminal and self._line:
            print(file=sys.stderr)
