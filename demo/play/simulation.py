"""The simulation: three servers, two Argo CDs, three operators, and the stories on one schedule.

First the past is simulated at once, from the oldest change of a Stack to now; what the operators made of it is what
can be seen first. Then time passes by the clock (or, in tests, by calls).
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from random import Random

from demo.argocd.argocd import ArgoCD, install_lab
from demo.argocd.deliveries import Delivery
from demo.manifests import manifest
from demo.operator.known_stack import Key, KnownStack
from demo.operator.pko import SimulatedOperator
from demo.operator.pulumi_backend import PulumiBackend
from demo.play.stack_changes import StoryStack, created, deleted
from demo.play.stories import ALL, DAY, DELIVERIES, HOUR, Story
from demo.server.api_server import ApiServer
from demo.server.objects import Obj, moment
from demo.server.served_kinds import APPLICATIONS, APPPROJECTS, KINDS, PODS, PROGRAMS, SECRETS, STACKS, WORKSPACES
from demo.simulated_context import Routine, Schedule, SimulatedContext

PAST = 21 * DAY
OPERATORS = {"hub": "v2.9.0", "eu-prod": "v2.9.0", "us-prod": "v2.7.0"}
ARGO_CDS = {"hub": ("v3.6.1", False), "eu-prod": ("v3.5.2", True)}  # version, installed by Helm
WITH_A_LAB = "hub"


class Simulation:
    """The demo's clusters: `servers`, `contexts` and so on by context. No time passes until `run()` or `advance()`."""

    def __init__(
        self, stories: Iterable[Story] = ALL, *, seed: int = 7, now: float | None = None, speed: float = 1.0
    ) -> None:
        self.stories = tuple(stories)
        self.schedule = Schedule((time.time() if now is None else now) - PAST, speed)
        self.servers: dict[str, ApiServer] = {}
        self.contexts: dict[str, SimulatedContext] = {}
        self.operators: dict[str, SimulatedOperator] = {}
        self.argo_cds: dict[str, ArgoCD] = {}
        self.backend = PulumiBackend()
        self._deliveries = self._applications_of_stories()
        wanted = {s.context for s in self.stories} | {c for c, held in self._deliveries.items() if held}
        for place, context in enumerate(c for c in OPERATORS if c in wanted):
            self._build(context, seed * 1000 + place)
        self._simulate_past()

    def _applications_of_stories(self) -> dict[str, list[Delivery]]:
        """The Applications by context, each with those of its Stacks that these stories are about."""
        inside = {(story.context, story.namespace, story.stack) for story in self.stories}
        found: dict[str, list[Delivery]] = {}
        for context, deliveries in DELIVERIES.items():
            for delivery in deliveries:
                target = delivery.target(context)
                stacks = tuple(held for held in delivery.stacks if (target, held[0], held[1]) in inside)
                if stacks:
                    found.setdefault(context, []).append(replace(delivery, stacks=stacks))
        return found

    def _build(self, context: str, seed: int) -> None:
        kinds = tuple(k for k in KINDS if context in ARGO_CDS or k not in (APPLICATIONS, APPPROJECTS))
        server = ApiServer(kinds, clock=self.schedule.now, seed=seed)
        stage = SimulatedContext(context, server, self.schedule, OPERATORS[context], Random(seed))
        self.servers[context], self.contexts[context] = server, stage
        self.operators[context] = SimulatedOperator(stage, self.backend)
        self.operators[context].reconciler.pod.install(self.schedule.now())
        if context in ARGO_CDS:
            version, helm = ARGO_CDS[context]
            self.argo_cds[context] = ArgoCD(stage, version, self.contexts)
            self.argo_cds[context].install(self.schedule.now(), helm)
            if context == WITH_A_LAB:
                install_lab(stage, self.schedule.now())

    def _simulate_past(self) -> None:
        for context, argo in self.argo_cds.items():
            for delivery in self._deliveries.get(context, []):
                argo.deliver(delivery, self.schedule.now())
        story_stacks = {story: self._story_stack(story) for story in self.stories}
        for context, namespace in {(story.context, story.namespace) for story in self.stories}:
            self._give_token(self.contexts[context], namespace)
        for story, story_stack in story_stacks.items():
            for ago, change in story.past:
                self.schedule.call(partial(change, story_stack), after=PAST - ago)
        self.schedule.advance(PAST, self._handle_events)
        self._delete_expired()
        for operator in self.operators.values():
            operator.reconciler.resyncs = True
            operator.reconciler.pod.start_renewing()
            for known in operator.known_stacks.values():
                operator.reconciler.expect_first_resync(known)
                operator.expect_commits(known)
        for argo in self.argo_cds.values():
            argo.start_refreshing()
        self.schedule.every(300.0, self._delete_expired, after=300.0)
        for story, story_stack in story_stacks.items():
            if story.returns:
                self.schedule.start(_delete_and_recreate(story_stack))

    def _story_stack(self, story: Story) -> StoryStack:
        annotations: dict[str, str] = {}
        for home, deliveries in self._deliveries.items():
            for delivery in deliveries:
                if delivery.target(home) == story.context and delivery.holds(story.namespace, story.stack):
                    annotations = delivery.marks(story.namespace, story.stack)
        again = itertools.cycle(story.runs) if story.loops else itertools.repeat(story.runs[-1])
        runs = again if story.loops else itertools.chain(story.runs, again)

        def make_known_stack() -> KnownStack:
            key: Key = (story.namespace, story.stack)
            known = KnownStack(key, story.program, runs=runs, outputs=dict(story.outputs), source=story.source)
            known.init_errors = iter(story.init_errors)
            known.commits = itertools.cycle(story.commits) if story.commits else iter(())
            known.cloud = "backend" not in story.spec
            if "programRef" in story.spec:
                known.commit = "1"
            return known

        operator = self.operators[story.context]
        return StoryStack(operator, story.namespace, story.stack, story.spec, annotations, make_known_stack)

    @staticmethod
    def _give_token(stage: SimulatedContext, namespace: str) -> None:
        """The Secret that the Stacks of a namespace log in to Pulumi Cloud with."""
        token = base64.b64encode(b"pul-0000000000000000000000000000000000000000").decode()
        made = manifest(SECRETS, namespace, "pulumi-api", stage.now())
        stage.store.put(made | {"type": "Opaque", "data": {"accessToken": token}})

    def _handle_events(self) -> None:
        """Let all controllers react to what was written, until none of them writes any more."""
        while any(
            [o.handle_events() for o in self.operators.values()] + [a.handle_events() for a in self.argo_cds.values()]
        ):
            pass

    def _delete_expired(self) -> None:
        """Events are kept for an hour, finished Updates for a day."""
        now = self.schedule.now()
        for stage in self.contexts.values():
            for event in stage.store.list("Event"):
                if moment(event["lastTimestamp"]) < now - HOUR:
                    stage.store.delete("Event", event["metadata"]["namespace"], event["metadata"]["name"])
            for update in stage.store.list("Update"):
                metadata = update["metadata"]
                if moment(metadata["creationTimestamp"]) < now - DAY and not metadata.get("finalizers"):
                    stage.store.delete("Update", metadata["namespace"], metadata["name"])

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.schedule.advance(seconds, self._handle_events)

    async def run(self) -> None:
        """Let time pass by the clock, until cancelled; what anybody writes is answered at once."""
        wake = asyncio.Event()
        noticed = (STACKS, PROGRAMS, PODS, WORKSPACES, APPLICATIONS)
        waiting = [
            stage.store.collections[name].waiting
            for stage in self.contexts.values()
            for name in map(str, noticed)
            if name in stage.store.collections
        ]
        for waiters in waiting:
            waiters.add(wake)
        try:
            await self.schedule.run(wake, self._handle_events)
        finally:
            for waiters in waiting:
                waiters.discard(wake)

    def kubeconfig(self) -> Obj:
        """All contexts in one kubeconfig; the first is current."""
        merged: Obj = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
        for context, server in self.servers.items():
            one = server.kubeconfig(context)
            for part in ("clusters", "users", "contexts"):
                merged[part] += one[part]
            merged.setdefault("current-context", context)
        return merged


def _delete_and_recreate(story_stack: StoryStack) -> Routine:
    """For ever: wait until it is destroyed, create it again some time later, delete it after some minutes."""
    while True:
        while story_stack.known:
            yield 5.0
        yield 25.0
        created(story_stack)
        yield 150.0
        deleted(story_stack)
        yield 5.0
