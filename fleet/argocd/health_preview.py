"""Who would change with other checks in force: every live object judged twice, and what that does to syncs.

Argo CDs and their Applications come first, over all contexts. Then objects are read page by page, judged, and
forgotten: a cluster may keep tens of thousands of Updates.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cluster.errors import Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import list_all
from fleet.argocd.applications import (
    LIVE,
    DeliveredApplication,
    Held,
    InstanceLookup,
    SyncOutcome,
    delivered,
    health_after,
    summed,
    sync_outcome,
)
from fleet.argocd.argocd_survey import RESOURCES, ArgoCDSurvey, SurveyedContext, is_ignored
from fleet.argocd.instances import ArgoCDInstance, find_instances
from fleet.argocd.raw_objects import ListedObjects, Unreadable, visit_each
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key
from fleet.feeds.context_survey import registered_clusters
from fleet.opener import Opener
from health.argocd_cm.check_in_force import CheckInForce, check_in_force
from health.judge import Judge, ShownHealth, judge_for, ours
from stacks.argocd_tracking import normalised
from stacks.fields import Obj
from stacks.fields import field as at

Wanted = Callable[[ArgoCDInstance, str], CheckInForce]
"""What would judge a kind in an Argo CD"""


@dataclass(frozen=True, slots=True)
class HealthChange:
    """An object that would be shown as something else. Its message may change alone."""

    kind: str
    key: Key
    application: Key | None
    """None where Applications may not be read"""
    instance: str
    before: ShownHealth
    after: ShownHealth


@dataclass(frozen=True, slots=True)
class ApplicationChange:
    """An Application whose health would change. Where not `sure`, what else it holds may be worse."""

    key: Key
    instance: str
    before: str
    after: str
    sure: bool


@dataclass(frozen=True, slots=True)
class SyncForecast:
    """A sync that is on (``running``, ``retrying``, ``requested``), and what becomes of it."""

    key: Key
    instance: str
    state: str
    message: str
    before: SyncOutcome
    after: SyncOutcome


@dataclass(frozen=True, slots=True)
class CheckReplacement:
    """What judges a kind in an Argo CD, and what would."""

    instance: ArgoCDInstance
    before: CheckInForce
    after: CheckInForce


@dataclass
class HealthPreview:
    """What would change, and how many objects there are of each kind."""

    survey: ArgoCDSurvey
    replacements: list[CheckReplacement] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    in_no_application: Counter[str] = field(default_factory=Counter)
    """in none that was seen, so that nothing shows them"""
    not_seen: Counter[str] = field(default_factory=Counter)
    """though an Application holds them"""
    changes: list[HealthChange] = field(default_factory=list)
    applications: list[ApplicationChange] = field(default_factory=list)
    syncs: list[SyncForecast] = field(default_factory=list)
    hidden: list[tuple[str, Unreadable]] = field(default_factory=list)


def _no_progress(judged: int) -> None:
    pass


def ours_everywhere(instance: ArgoCDInstance, kind: str) -> CheckInForce:
    """The default for `Wanted`: our check, in each Argo CD."""
    return ours(kind)


async def preview_health(
    opener: Opener,
    contexts: Sequence[str],
    kinds: Sequence[str],
    instances: Sequence[str] | None = None,
    wanted: Wanted = ours_everywhere,
    progress: Callable[[int], None] = _no_progress,
) -> HealthPreview:
    """Judge what there is of these kinds by what is in force and by what is `wanted`.

    `instances` are namespaces of Argo CDs, or ``context/namespace``; `progress` is given how many objects were judged.
    """
    found, failures = await opener.in_each(contexts, lambda context, to: _argo_cd(opener, context, to))
    surveyed = tuple(found[context][0] for context in contexts if context in found)
    apps = [app for context in found for app in found[context][1] or ()]
    unseen = {context: str(error) for context, error in failures.items()}
    preview = HealthPreview(ArgoCDSurvey(surveyed, unseen))
    places = DestinationMap(
        {context: normalised(one.server) for context, (one, _, _) in found.items()},
        opener.scope.mapping,
        {place: server for _, _, clusters in found.values() for place, server in clusters.items()},
    )
    chosen = [
        one
        for one in preview.survey.instances
        if instances is None or one.namespace in instances or str(one) in instances
    ]
    blind = any(listed is None for _, listed, _ in found.values())
    lookup = InstanceLookup(apps, preview.survey.instances, places)
    run = PreviewRun(preview, lookup, chosen, kinds, wanted, blind=blind, progress=progress)

    async def look(context: str, connection: Connection) -> None:
        within = opener.scope.within(connection.target.namespace)
        fallback = (*opener.scope.fallback, connection.target.namespace)
        await asyncio.gather(*(_judge_all(run, context, connection, kind, within, fallback) for kind in kinds))

    _, failures = await opener.in_each([context for context in contexts if context in found], look)
    unseen.update({context: str(error) for context, error in failures.items()})
    run.sum_up()
    return preview


async def _argo_cd(
    opener: Opener, context: str, connection: Connection
) -> tuple[SurveyedContext, list[DeliveredApplication] | None, dict[tuple[str, str], str]]:
    """The Argo CDs of a context, their Applications, and where they deliver to as far as that may be read."""
    listing = asyncio.ensure_future(_applications(context, connection))
    try:
        found = await find_instances(connection, None, opener.scope.fallback)
        clusters: dict[tuple[str, str], str] = {}
        if context in opener.scope.read_cluster_secrets:
            for one in found.instances:
                known = await registered_clusters(connection, one.namespace)
                clusters.update({(context, name): server for name, server in known.items()})
        apps, hidden = await listing
    finally:
        listing.cancel()
    return SurveyedContext(context, connection.target.server, found, hidden=(*found.hidden, *hidden)), apps, clusters


async def _applications(
    context: str, connection: Connection
) -> tuple[list[DeliveredApplication] | None, list[Unreadable]]:
    try:
        apps = await list_all(connection, LIVE, None)
    except NotFound:
        return [], []
    except Forbidden as error:
        return None, [Unreadable("Applications (what they hold isn't known)", str(error))]
    return [delivered(context, app) for app in apps], []


async def _judge_all(
    run: PreviewRun,
    context: str,
    connection: Connection,
    kind: str,
    namespaces: Sequence[str] | None,
    fallback: Sequence[str],
) -> None:
    listed = ListedObjects(RESOURCES[kind])

    async def visit(page: Iterable[Obj]) -> None:
        # Another's script may take a second for an object: a screen that waits for this goes on meanwhile.
        async with run.lock:
            try:
                await asyncio.to_thread(run.judge, kind, context, page)
            except asyncio.CancelledError:
                run.is_given_up = (
                    True  # the thread ends with the question at hand, and who leaves need not wait for more
                )
                raise
        run.progress(run.preview.judged.total())

    await visit_each(connection, listed, namespaces, fallback, visit)
    run.preview.hidden.extend((context, hidden) for hidden in listed.hidden)


class PreviewRun:
    """Judges objects by both checks, one page at a time; `sum_up` then says what becomes of Applications and syncs."""

    def __init__(
        self,
        preview: HealthPreview,
        lookup: InstanceLookup,
        instances: Iterable[ArgoCDInstance],
        kinds: Sequence[str],
        wanted: Wanted,
        *,
        blind: bool = False,
        progress: Callable[[int], None] = _no_progress,
    ) -> None:
        self.preview = preview
        self.progress = progress
        self.is_given_up = False
        self.lock = asyncio.Lock()
        """held while a page is judged: our script's runtime is shared, and not for two threads"""
        self._lookup = lookup
        self._judges: dict[tuple[str, str], tuple[Judge, Judge]] = {}
        self._shown: dict[Key, dict[Held, tuple[ShownHealth, ShownHealth]]] = {}
        self._ignored: set[tuple[Key, Held]] = set()
        self._blind = blind  # Applications may not be read: an object is judged by the only Argo CD beside it
        for instance in instances:
            for kind in kinds:
                if not instance.unread:
                    self._add_judges(instance, kind, wanted)

    def _add_judges(self, instance: ArgoCDInstance, kind: str, wanted: Wanted) -> None:
        before, after = check_in_force(instance.settings, kind, instance.release), wanted(instance, kind)
        self.preview.replacements.append(CheckReplacement(instance, before, after))
        if not instance.settings.resources.excludes(kind):
            release = instance.release
            self._judges[str(instance), kind] = judge_for(before, release), judge_for(after, release)

    def judge(self, kind: str, context: str, objs: Iterable[Obj]) -> None:
        """Judge objects by both checks of their Argo CD, those that have one, until the run `is_given_up`."""
        shown: dict[str, list[tuple[Key | None, Obj]]] = {}
        for obj in objs:
            app = self._lookup.application(kind, context, obj)
            instance = self._lookup.instance(app) if app else self._lookup.only_one(context) if self._blind else None
            if app is None and instance is None:
                self.preview.in_no_application[kind] += 1
            elif (str(instance), kind) in self._judges:
                shown.setdefault(str(instance), []).append((app, obj))
        for place, each in shown.items():
            first, second = (judge.each([obj for _, obj in each]) for judge in self._judges[place, kind])
            for (app, obj), before, after in zip(each, first, second, strict=True):
                if self.is_given_up:
                    return
                self._note(kind, context, obj, app, place, before, after)

    def _note(
        self, kind: str, context: str, obj: Obj, app: Key | None, instance: str, before: ShownHealth, after: ShownHealth
    ) -> None:
        self.preview.judged[kind] += 1
        key = Key(context, str(at(obj, "metadata", "namespace") or ""), str(at(obj, "metadata", "name") or ""))
        held = (kind, key.namespace, key.name)
        if app is not None and held in self._lookup.apps[app].waves:
            self._shown.setdefault(app, {})[held] = before, after
            if is_ignored(obj):
                self._ignored.add((app, held))
        if before != after:
            self.preview.changes.append(HealthChange(kind, key, app, instance, before, after))

    def sum_up(self) -> None:
        """Add to the preview what the Applications become, and what their syncs do."""
        for key, app in self._lookup.apps.items():
            seen, instance = self._shown.get(key, {}), str(self._lookup.instance(key))
            self.preview.not_seen.update(
                held[0] for held in app.waves if held not in seen and (instance, held[0]) in self._judges
            )
        for key, shown in sorted(self._shown.items()):
            app, instance = self._lookup.apps[key], str(self._lookup.instance(key))
            self._sum(app, instance, shown)
            if app.sync:
                before = sync_outcome(app, {held: pair[0] for held, pair in shown.items()})
                after = sync_outcome(app, {held: pair[1] for held, pair in shown.items()})
                if before != after:
                    self.preview.syncs.append(SyncForecast(key, instance, app.sync, app.message, before, after))
        self.preview.changes.sort(key=lambda change: (change.kind, change.key))

    def _sum(
        self, app: DeliveredApplication, instance: str, shown: dict[Held, tuple[ShownHealth, ShownHealth]]
    ) -> None:
        counting = [pair for held, pair in shown.items() if (app.key, held) not in self._ignored]
        before, after = summed(pair[0] for pair in counting), summed(pair[1] for pair in counting)
        reported = app.health or before
        then, sure = health_after(reported, before, after)
        if before != after and then != reported:
            self.preview.applications.append(ApplicationChange(app.key, instance, reported, then, sure))
