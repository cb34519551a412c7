"""Every Argo CD of the chosen contexts, side by side, with the objects that are left out of what it sums up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from cluster.errors import ApiError, NotFound
from cluster.http.connection import Connection
from cluster.lists import list_all
from cluster.resources import Resource, ResourceKind
from fleet.argocd.instances import ArgoCDInstance, FoundInstances, find_instances
from fleet.argocd.raw_objects import Unreadable
from fleet.opener import Opener
from fleet.resource_kinds import STACKS, UPDATES, WORKSPACES
from health.check_kinds import KINDS
from stacks.fields import Obj, texts
from stacks.records.cleaner import cleaner

IGNORE = "argocd.argoproj.io/ignore-healthcheck"
_LEAVES_OUT = "true"  # no other spelling does
PROGRAMS = Resource("pulumi.com", "v1", "programs", "Program")
RESOURCES: dict[str, Resource] = dict(
    zip(KINDS, (STACKS.resource, PROGRAMS, WORKSPACES.resource, UPDATES.resource), strict=True)
)
"""where the kinds are that we have checks for"""


class _Annotations(msgspec.Struct, frozen=True, gc=False):
    ignored: str = msgspec.field(name=IGNORE, default="")


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    name: str
    namespace: str = ""
    resource_version: str = msgspec.field(name="resourceVersion", default="")
    annotations: _Annotations | None = None


class _Marked(msgspec.Struct, frozen=True, gc=False):
    metadata: _Metadata


_tidy_marked = cleaner(_Marked)


def is_ignored(obj: Obj) -> bool:
    """Whether an annotation keeps this object out of its Application's health."""
    return texts(obj, "metadata", "annotations").get(IGNORE) == _LEAVES_OUT


@dataclass(frozen=True, slots=True)
class IgnoredObject:
    """An object that its annotation keeps out of its Application's health, for Argo CD 2.14 and later. Waves wait."""

    context: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class SurveyedContext:
    """What was seen in one context."""

    context: str
    server: str
    found: FoundInstances
    ignored: tuple[IgnoredObject, ...] = ()
    hidden: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class ArgoCDSurvey:
    """What was seen in each context, in the order asked for; `unseen` is context -> why it couldn't be asked."""

    contexts: tuple[SurveyedContext, ...] = ()
    unseen: dict[str, str] = field(default_factory=dict)

    @property
    def instances(self) -> list[ArgoCDInstance]:
        return [instance for surveyed in self.contexts for instance in surveyed.found.instances]

    @property
    def servers(self) -> list[str]:
        return [surveyed.server for surveyed in self.contexts]


async def survey(
    opener: Opener, contexts: Sequence[str], namespaces: Sequence[str] | None = None, *, objects: bool = True
) -> ArgoCDSurvey:
    """The Argo CDs in these namespaces (None: in all). `objects`: also what is left out of Applications' health."""

    async def look(context: str, connection: Connection) -> SurveyedContext:
        return await survey_context(context, connection, namespaces, opener.scope.fallback, objects=objects)

    seen, failures = await opener.in_each(contexts, look)
    unseen = {context: str(error) for context, error in failures.items()}
    return ArgoCDSurvey(tuple(seen[context] for context in contexts if context in seen), unseen)


async def survey_context(
    context: str,
    connection: Connection,
    namespaces: Sequence[str] | None = None,
    fallback: Sequence[str] = (),
    *,
    objects: bool = True,
) -> SurveyedContext:
    """`survey` of one context, whose connection is open. Raises ClusterError."""
    marked = asyncio.ensure_future(_ignored(context, connection, (STACKS.resource, PROGRAMS) if objects else ()))
    try:
        found = await find_instances(connection, namespaces, fallback)
        ignored, hidden = await marked
    finally:
        marked.cancel()
    return SurveyedContext(context, connection.target.server, found, ignored, (*found.hidden, *hidden))


async def _ignored(
    context: str, connection: Connection, resources: Sequence[Resource]
) -> tuple[tuple[IgnoredObject, ...], tuple[Unreadable, ...]]:
    found: list[IgnoredObject] = []
    hidden: list[Unreadable] = []
    for resource in resources:
        try:
            marked = await list_all(connection, ResourceKind(resource, _Marked, _tidy_marked), None)
        except NotFound:
            continue
        except ApiError as error:
            what = f"{resource.kind}s (which of them are left out of their Application's health)"
            hidden.append(Unreadable(what, str(error)))
            continue
        for obj in marked:
            annotations = obj.metadata.annotations
            if annotations is not None and annotations.ignored == _LEAVES_OUT:
                found.append(IgnoredObject(context, resource.kind, obj.metadata.namespace, obj.metadata.name))
    return tuple(found), tuple(hidden)
