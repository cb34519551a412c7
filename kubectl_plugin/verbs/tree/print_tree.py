"""The trees of ``tree`` as text, JSON or YAML."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.feeds.context_survey import ContextSurvey
from fleet.scope import StackSelector
from fleet.stack_objects.history import EventGroup, group_events
from fleet.stack_objects.object_tree import TreeNode, age_words, build_tree, row_of
from fleet.stack_objects.queries import find_stacks
from fleet.stack_objects.watched_kinds import gather_objects
from kubectl_plugin.cli.chosen_contexts import (
    ChosenContexts,
    choose_contexts,
    hint_at_other_contexts,
    open_contexts,
    where_searched,
)
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output import printers
from stacks.text import one_line, plain
from stacks.times import instant, prose_span, rfc3339
from views.tones import EVENT, tree_tone

_HEALTH_WITH_MOOD = ("Healthy", "Progressing", "Degraded")
"""health words that say something as the mood of a node in JSON"""
_UNICODE_LINES = ("├─ ", "└─ ", "│  ")
_ASCII_LINES = ("|- ", "`- ", "|  ")
"""before a child, before the last one, and beside what is below a child"""


@dataclass(frozen=True)
class StackTree:
    key: Key
    root: TreeNode
    events: list[EventGroup]
    hidden_events: str
    """why events may not be read; empty if they may"""


def run(options: argparse.Namespace) -> ExitCode:
    chosen = choose_contexts(options)
    trees, asked = asyncio.run(_collect_trees(options, chosen))
    now = chosen.clock()
    if options.output == "text":
        colour = options.color == "always" or (options.color == "auto" and printers.may_colour(sys.stdout))
        blocks = ["".join(_lines(tree, now, options, colour)) for tree in trees]
        sys.stdout.write("\n".join(blocks))
    else:
        sys.stdout.write(printers.as_text([_tree_as_json(tree) for tree in trees], options.output))
    sys.stdout.flush()
    missing = [name for name in options.names if name not in {tree.key.name for tree in trees}]
    for name in missing if asked else ():
        print(f'error: stack "{name}" not found{where_searched(chosen, asked)}', file=sys.stderr)
    hint_at_other_contexts(chosen, options)
    return ExitCode.CLUSTER_SAID_NO if missing or len(asked) < len(chosen.contexts) else ExitCode.FINE


async def _collect_trees(options: argparse.Namespace, chosen: ChosenContexts) -> tuple[list[StackTree], list[str]]:
    """The trees, and the contexts that could be asked for them. Why the others couldn't goes to stderr."""
    async with AsyncExitStack() as stack:
        connections, _ = await open_contexts(stack, chosen)

        async def trees_in(context: str) -> list[StackTree] | None:
            try:
                return await _trees_of_context(options, chosen, connections, context)
            except ClusterError as error:
                print(f"error: {context}: {error}", file=sys.stderr)
                return None

        found = dict(zip(connections, await asyncio.gather(*map(trees_in, connections)), strict=True))
        asked = [context for context, trees in found.items() if trees is not None]
        return [tree for trees in found.values() for tree in trees or ()], asked


async def _trees_of_context(
    options: argparse.Namespace, chosen: ChosenContexts, connections: Mapping[str, Connection], context: str
) -> list[StackTree]:
    connection = connections[context]
    selector = StackSelector(context, chosen.scope.within(connection.target.namespace), tuple(options.names))
    stacks = await find_stacks(connection, selector)
    if not stacks:
        return []
    operator = (await ContextSurvey(connection, selector.namespaces).facts(chosen.clock())).operator
    servers = {name: other.target.server for name, other in connections.items()}

    async def tree_of(key: Key) -> StackTree:
        parts = await gather_objects(connections, key)
        now = chosen.clock()
        row = row_of(parts, servers, now, operator)
        root = build_tree(parts, row, now, all_updates=options.all_updates)
        return StackTree(key, root, group_events(parts.events), parts.hidden.get("events", ""))

    keys = [Key(context, stack.metadata.namespace, stack.metadata.name) for stack in stacks]
    return list(await asyncio.gather(*(tree_of(key) for key in keys)))


def _lines(tree: StackTree, now: float, options: argparse.Namespace, colour: bool) -> Iterator[str]:
    lines = _UNICODE_LINES if printers.writes_unicode(sys.stdout) else _ASCII_LINES
    yield from _branch(tree.root, "", "", now, colour, lines)
    if options.no_events:
        return
    if tree.hidden_events:
        yield f"\nEvents: hidden; {plain(tree.hidden_events)}\n"
    elif tree.events:
        yield "\nEvents, oldest first\n"
        yield from (_event_line(event, now, colour) for event in tree.events)


def _branch(
    node: TreeNode, first: str, rest: str, now: float, colour: bool, lines: tuple[str, str, str]
) -> Iterator[str]:
    """A node and those below it, line by line. `first` stands before its own line, `rest` before the lines below it."""
    where = f"{node.context}/{node.namespace}/{node.name}" if node.context else node.name
    head = one_line(plain(" ".join(word for word in (node.kind, where) if word)))
    state = _coloured(node.state, tree_tone(node), colour)
    details = [part for part in (age_words(node, now), one_line(node.text), node.link) if part]
    tail = _coloured(f"  {', '.join(details)}", "dim", colour) if details else ""
    yield f"{first}{head}{'  ' + state if state else ''}{tail}\n"
    for place, child in enumerate(node.children):
        last = place == len(node.children) - 1
        before, beside = (lines[1], "   ") if last else (lines[0], lines[2])
        yield from _branch(child, rest + before, rest + beside, now, colour, lines)


def _event_line(event: EventGroup, now: float, colour: bool) -> str:
    at = instant(event.last)
    age = prose_span(now - at) if at is not None else "?"
    times = f" (x{event.count})" if event.count > 1 else ""
    reason = _coloured(event.reason, EVENT[event.warning], colour)
    message = _coloured(one_line(event.message), "dim", colour)
    return f"{age:>7}  {event.kind} {event.name}  {reason}{times}  {message}\n"


def _coloured(words: str, tone: str, colour: bool) -> str:
    return printers.painted(words, printers.TONE_CODES[tone]) if colour and tone else words


def _tree_as_json(tree: StackTree) -> dict[str, Any]:
    """The stable JSON of one tree. Fields are added, never renamed or taken away."""
    return {
        "context": tree.key.context,
        "namespace": tree.key.namespace,
        "name": tree.key.name,
        "tree": _node_as_json(tree.root),
        "events": [
            {
                "kind": event.kind,
                "name": event.name,
                "type": "Warning" if event.warning else "Normal",
                "reason": event.reason,
                "message": event.message,
                "count": event.count,
                "first": event.first or None,
                "last": event.last or None,
                "component": event.component or None,
            }
            for event in tree.events
        ],
    }


def _node_as_json(node: TreeNode) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "context": node.context or None,
        "namespace": node.namespace or None,
        "name": node.name or None,
        "state": node.state or None,
        "mood": node.mood or (tree_tone(node) if node.health in _HEALTH_WITH_MOOD else None),
        "text": node.text,
        "since": rfc3339(node.since) if node.since is not None else None,
        "lasted": node.lasted,
        "permalink": node.link or None,
        "children": [_node_as_json(child) for child in node.children],
    }
