"""The play: three servers, two Argo CDs, three operators, and the stories on one schedule.

First the past is played at once, from the oldest deed to now; what the operators made of it is the
opening scene. Then time passes by the clock (or, for tests, when told to).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from random import Random
from typing import Any

from demo.argocd.argocd import ArgoCD
from demo.argocd.argocd_cm import install_lab
from demo.argocd.deliveries import Delivery
from demo.operator.lives import Key, StackLife, forever, over_and_over
from demo.operator.pko import PlayedOperator
from demo.play.deeds import Actor, Deed, created, deleted
from demo.play.stories import ALL, DAY, DELIVERIES, HOUR, Story
from demo.schedule import Scene, Schedule
from demo.server.api_server import ApiServer
from demo.server.served_kinds import APPLICATIONS, APPPROJECTS, KINDS
from demo.server.timestamps import moment
from demo.stage import Stage

Obj = dict[str, Any]

PAST = 21 * DAY
OPERATORS = {"hub": "v2.9.0", "eu-prod": "v2.9.0", "us-prod": "v2.7.0"}
ARGO_CDS = {"hub": ("v3.6.1", False), "eu-prod": ("v3.5.2", True)}  # version, installed by Helm
WITH_A_LAB = "hub"


class Play:
    """`servers` and `stages` by context. Not moving until `run()` or `advance()`."""

    def __init__(
        self, stories: Iterable[Story] = ALL, *, seed: int = 7, now: float | None = None, speed: float = 1.0
    ) -> None:
        self.stories = tuple(stories)
        self.schedule = Schedule(now, speed)
        self.schedule.rewind(PAST)
        self.servers: dict[str, ApiServer] = {}
        self.stages: dict[str, Stage] = {}
        self.operators: dict[str, PlayedOperator] = {}
        self.argo_cds: dict[str, ArgoCD] = {}
        self._deliveries = self._held()
        wanted = {s.context for s in self.stories} | {c for c, held in self._deliveries.items() if held}
        for place, context in enumerate(c for c in OPERATORS if c in wanted):
            self._build(context, seed * 1000 + place)
        self._play_the_past()

    def _held(self) -> dict[str, list[Delivery]]:
        """The Applications, with those of their Stacks that are in this play."""
        inside = {(story.context, story.namespace, story.stack) for story in self.stories}
        found: dict[str, list[Delivery]] = {}
        for context, deliveries in DELIVERIES.items():
            for delivery in deliveries:
                target = delivery.target(context)
                stacks = tuple(held for held in delivery.stacks if (target, held[0], held[1]) in inside)
                if stacks:
                    found.setdefault(context, []).append(delivery.of(stacks))
        return found

    def _build(self, context: str, seed: int) -> None:
        kinds = tuple(k for k in KINDS if context in ARGO_CDS or k not in (APPLICATIONS, APPPROJECTS))
        server = ApiServer(kinds, clock=self.schedule.now, seed=seed)
        stage = Stage(context, server, self.schedule, OPERATORS[context], Random(seed))
        self.servers[context], self.stages[context] = server, stage
        self.operators[context] = PlayedOperator(stage)
        self.operators[context].reconciler.log.install(self.schedule.now())
        if context in ARGO_CDS:
            version, helm = ARGO_CDS[context]
            self.argo_cds[context] = ArgoCD(stage, version, self.stages)
            self.argo_cds[context].install(self.schedule.now(), helm)
            if context == WITH_A_LAB:
                install_lab(stage, self.schedule.now())

    def _play_the_past(self) -> None:
        for context, argo in self.argo_cds.items():
            for delivery in self._deliveries.get(context, []):
                argo.deliver(delivery, self.schedule.now())
        actors = {story: self._actor(story) for story in self.stories}
        for story, actor in actors.items():
            for ago, deed in story.past:
                self.schedule.play(_deed(deed, actor), after=PAST - ago)
        self.schedule.advance(PAST, self._notice)
        self._forget_what_is_old()
        for operator in self.operators.values():
            operator.reconciler.resyncs = True
            operator.reconciler.log.start_renewing()
            for life in operator.lives.values():
                operator.reconciler.expect_first_resync(life)
                operator.expect_commits(life)
        for argo in self.argo_cds.values():
            argo.start_refreshing()
        self.schedule.every(300.0, self._forget_what_is_old, after=300.0)
        for story, actor in actors.items():
            if story.returns:
                self.schedule.play(_come_and_go(actor))

    def _actor(self, story: Story) -> Actor:
        annotations: dict[str, str] = {}
        for home, deliveries in self._deliveries.items():
            for delivery in deliveries:
                if delivery.target(home) == story.context and delivery.holds(story.namespace, story.stack):
                    annotations = delivery.marks(story.namespace, story.stack)
        luck = over_and_over(*story.runs) if story.loops else forever(*story.runs)

        def bear() -> StackLife:
            key: Key = (story.namespace, story.stack)
            life = StackLife(key, story.program, runs=luck, outputs=dict(story.outputs), source=story.source)
            life.init_errors = iter(story.init_errors)
            life.commits = itertools.cycle(story.commits) if story.commits else iter(())
            life.cloud = "backend" not in story.spec
            if "programRef" in story.spec:
                life.commit = "1"
            return life

        operator = self.operators[story.context]
        return Actor(operator, story.namespace, story.stack, story.spec, annotations, bear)

    def _notice(self) -> None:
        """Let everybody look at what was written until nobody has anything to add."""
        while any([o.notice() for o in self.operators.values()] + [a.notice() for a in self.argo_cds.values()]):
            pass

    def _forget_what_is_old(self) -> None:
        """Events live for an hour, finished Updates for a day."""
        now = self.schedule.now()
        for stage in self.stages.values():
            for event in stage.store.list("Event"):
                if moment(event["lastTimestamp"]) < now - HOUR:
                    stage.store.delete("Event", event["metadata"]["namespace"], event["metadata"]["name"])
            for update in stage.store.list("Update"):
                metadata = update["metadata"]
                if moment(metadata["creationTimestamp"]) < now - DAY and not metadata.get("finalizers"):
                    stage.store.delete("Update", metadata["namespace"], metadata["name"])

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.schedule.advance(seconds, self._notice)

    async def run(self) -> None:
        """Let time pass by the clock, until cancelled; what anybody writes is answered at once."""
        wake = asyncio.Event()
        waiting = [
            stage.store.collections[name].waiting
            for stage in self.stages.values()
            for name in ("stacks.pulumi.com", "pods", "workspaces.auto.pulumi.com", "applications.argoproj.io")
            if name in stage.store.collections
        ]
        for waiters in waiting:
            waiters.add(wake)
        try:
            await self.schedule.run(wake, self._notice)
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


def _deed(deed: Deed, actor: Actor) -> Scene:
    deed(actor)
    return
    yield 0.0  # what makes it a scene


def _come_and_go(actor: Actor) -> Scene:
    """Destroyed, gone for a while, delivered again, kept for some minutes, destroyed again."""
    while True:
        while actor.life:
            yield 5.0
        yield 25.0
        created(actor)
        yield 150.0
        deleted(actor)
        yield 5.0
