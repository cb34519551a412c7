"""A fleet without clusters: a real board that the test feeds, and the app on top of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from textual.widget import Widget

from cluster.errors import ClusterError
from cluster.resources import Resource
from cluster.watch.watch_events import Arrived, Lost, Removed, Synced
from fleet.argocd.instance_watch import InstanceWatch
from fleet.board.board import Board
from fleet.board.rows import Key
from fleet.fleet import UnansweredError
from fleet.live_lint.lint_watch import LintWatch
from fleet.scope import WatchScope
from stacks.records.application import (
    Application,
    ApplicationSpec,
    ApplicationStatus,
    Destination,
    HealthStatus,
    ResourceStatus,
    SyncStatus,
    tidy_application,
)
from stacks.records.base import Condition, ObjectMetadata
from stacks.records.stack import LastUpdate, Prerequisite, Stack, StackSpec, StackStatus, tidy_stack
from stacks.times import rfc3339
from tui.app import PkoArgo
from tui.tables.table_widget import TableWidget

NOW = 1_790_000_000.0


class UnansweredOpener:
    """Opens nothing: there are no clusters."""

    scope = WatchScope()

    async def in_each(self, contexts: Iterable[str], look: Any) -> tuple[dict[str, Any], dict[str, ClusterError]]:
        return {}, {context: ClusterError("there is no cluster") for context in contexts}


class FakeFleet:
    """What the app needs of a fleet. Time stands still unless the test moves `now`."""

    def __init__(self, contexts: Iterable[str] = ("eu", "us")) -> None:
        self.now = NOW
        self.board = Board()
        self.known = [*contexts, "lab"]
        self.retried: list[str] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self.running = False
        self.opener = UnansweredOpener()
        self.instance_watch = InstanceWatch(self.connection, self.clock)
        self.lint_watch = LintWatch(self.connection, self.clock, WatchScope())
        for context in contexts:
            self.board.open(context)

    def clock(self) -> float:
        return self.now

    @property
    def available(self) -> tuple[str, ...]:
        return tuple(name for name in self.known if name not in self.board.contexts)

    async def run(self) -> None:
        self.running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    def add(self, context: str) -> None:
        self.board.open(context)

    def leave(self, context: str) -> None:
        self.board.close(context)

    def retry(self, context: str) -> None:
        self.retried.append(context)

    def connection(self, context: str) -> None:
        """There are no clusters, so there are no connections."""

    def lint_around(self, key: Key, holder: Key | None) -> LintWatch:
        return self.lint_watch

    async def object(self, key: Key, resource: Resource) -> dict[str, Any]:
        found = self.objects.get(f"{resource.kind}/{key.name}")
        if found is None:
            raise UnansweredError(f"{resource} {key.name} isn't there")
        return found

    # The test's side

    def put(self, context: str, *stacks: Stack) -> None:
        """These Stacks arrive."""
        self.board.apply_stack_event(context, Arrived([tidy_stack(stack) for stack in stacks]), self.now)

    def put_apps(self, context: str, *apps: Application) -> None:
        self.board.apply_application_event(context, Arrived([tidy_application(app) for app in apps]), self.now)

    def sync(self) -> None:
        """Every context has told everything it has."""
        for context in self.board.contexts:
            keys = frozenset((key.namespace, key.name) for key in self.board.stacks if key.context == context)
            self.board.apply_stack_event(context, Synced(None, keys), self.now)

    def drop(self, context: str, namespace: str, name: str) -> None:
        self.board.apply_stack_event(context, Removed([(namespace, name)]), self.now)

    def lose(self, context: str, reason: str, retry_in: float = 12.0) -> None:
        self.board.apply_stack_event(context, Lost(reason, self.now, self.now + retry_in), self.now)


def stack(
    name: str, *conditions: Condition, namespace: str = "shop", last: LastUpdate | None = None, **spec: Any
) -> Stack:
    """A Stack whose spec the operator has seen."""
    labels = spec.pop("labels", None)
    metadata = ObjectMetadata(name, namespace, generation=1, creation_timestamp=ago(9000), labels=labels)
    spec.setdefault("stack", f"acme/{namespace}/{name}")
    return Stack(metadata, StackSpec(**spec), StackStatus(1, "", list(conditions), None, last))


def ago(seconds: float) -> str:
    return rfc3339(NOW - seconds)


def ready(name: str, namespace: str = "shop", updated: float = 600, **spec: Any) -> Stack:
    """A Stack that is up to date."""
    told = Condition(
        "Ready", "True", "ProcessingCompleted", "the stack has been processed and is up to date", ago(updated)
    )
    last = LastUpdate("run-1", 1, "", "up", "succeeded", "", "a" * 40, "a" * 40, "", ago(updated))
    return stack(name, told, namespace=namespace, last=last, **spec)


def stalled(
    name: str, namespace: str = "shop", message: str = "no such branch", since: float = 300, **spec: Any
) -> Stack:
    """A Stack that needs a human."""
    told = Condition("Stalled", "True", "SpecInvalid", message, ago(since))
    return stack(name, told, namespace=namespace, **spec)


def waiting(name: str, on: str) -> Stack:
    """A Stack that waits for another."""
    told = Condition("Reconciling", "True", "PrerequisiteNotSatisfied", f"Prerequisite not satisfied for {on}", ago(60))
    return stack(name, told, prerequisites=[Prerequisite(on)])


def application(name: str, *stacks: str, sync: str = "Synced", health: str = "Healthy") -> Application:
    """An Application beside the Stacks that it holds."""
    held = [ResourceStatus("pulumi.com", "Stack", "shop", stack, "Synced") for stack in stacks]
    status = ApplicationStatus(SyncStatus(sync), HealthStatus(health, "why not"), resources=held)
    spec = ApplicationSpec(destination=Destination("https://kubernetes.default.svc", namespace="shop"))
    return Application(ObjectMetadata(name, "argocd", creation_timestamp=ago(9000)), spec, status)


def text_of(widget: Widget) -> list[str]:
    """What a widget of lines shows, line by line."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def on_screen(app: PkoArgo) -> str:
    """All that the lines on the visible screen say."""
    return "\n".join(
        line for widget in app.screen.query("Header, TableWidget, TextView, KeyLine") for line in text_of(widget)
    )


def listed(app: PkoArgo) -> list[str]:
    """The names of the listed rows, from the top."""
    return [getattr(key, "name", str(key)) for key in app.screen.query_one(TableWidget).window.lines]


def under_cursor(app: PkoArgo) -> str:
    key = app.screen.query_one(TableWidget).window.key
    return getattr(key, "name", str(key))


def told(app: PkoArgo) -> str:
    """What the notifications on the screen say."""
    return " ".join(str(toast.render()) for toast in app.screen.query("Toast").results(Widget))


@pytest.fixture
def fleet() -> FakeFleet:
    return FakeFleet()


@pytest.fixture
def kit() -> Any:
    """The builders and readers above: test modules can't import each other."""

    class Kit:
        now = NOW

    for made in (
        stack,
        ready,
        stalled,
        waiting,
        application,
        text_of,
        on_screen,
        listed,
        under_cursor,
        told,
        ago,
        FakeFleet,
    ):
        setattr(Kit, made.__name__, staticmethod(made))
    return Kit
