"""An Application of Argo CD, as causes ask for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from cluster.resources import pointer
from diagnosis.facts.context_objects import ContextObjects, Place
from diagnosis.facts.object_status import ObservedCondition, conditions_of
from diagnosis.finding import Evidence
from diagnosis.wording import first_line
from fleet.board.rows import Key
from stacks.fields import Obj, at, field, mappings, text, texts, whole_number
from stacks.phases.phase import DEFAULT_THRESHOLDS, PhaseThresholds

SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
REFRESH = "argocd.argoproj.io/refresh"
DELETION_APPROVED = "argocd.argoproj.io/deletion-approved"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_OPERATION = ("status", "operationState")
_RESULTS = (*_OPERATION, "syncResult", "resources")


class ApplicationFacts:
    """One Application, and what its fields mean.

    There may be thousands, most of them well, and making one showable takes milliseconds. So what tells whether there
    is anything to say of it, such as `phase`, is compared as it was sent; every text comes from `app`.
    """

    def __init__(self, objects: ContextObjects, place: Place, thresholds: PhaseThresholds = DEFAULT_THRESHOLDS) -> None:
        self.objects = objects
        self.thresholds = thresholds
        self.now = objects.now
        self.key = Key(objects.context, *place)
        self._raw = objects.raw("Application")[place]

    @cached_property
    def app(self) -> Obj:
        """The object as it may be shown."""
        return self.objects.get("Application", self.key.namespace, self.key.name).object or {}

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        ref = self.objects.ref(self.app)
        return f"{ref.namespace}/{ref.name}"

    @property
    def instance(self) -> tuple[str, str]:
        """The Argo CD that looks after it: its context, and its namespace there."""
        return instance_of(self.key.context, self._raw)

    # For comparisons and times only

    def value(self, *path: str | int) -> Any:
        """What stands at a path, as it was sent."""
        return field(self._raw, *path)

    @property
    def phase(self) -> str:
        """Of the last operation: Running, Terminating, Succeeded, Failed, Error; empty where there was none."""
        return text(self._raw, *_OPERATION, "phase")

    @property
    def sync_status(self) -> str:
        return text(self._raw, "status", "sync", "status")

    @property
    def health_status(self) -> str:
        return text(self._raw, "status", "health", "status")

    @property
    def requested(self) -> bool:
        """Whether an operation is asked for, or runs."""
        return isinstance(field(self._raw, "operation"), dict)

    @property
    def auto_sync(self) -> bool:
        automated = field(self._raw, "spec", "syncPolicy", "automated")
        return isinstance(automated, dict) and field(automated, "enabled") is not False

    @property
    def self_heal(self) -> bool:
        return self.auto_sync and field(self._raw, "spec", "syncPolicy", "automated", "selfHeal") is True

    @property
    def deleting(self) -> bool:
        return bool(text(self._raw, "metadata", "deletionTimestamp"))

    @property
    def paused(self) -> bool:
        """Whether Argo CD is told to leave it alone."""
        return texts(self._raw, "metadata", "annotations").get(SKIP_RECONCILE) in _TRUE

    @property
    def refresh_wanted(self) -> bool:
        return REFRESH in texts(self._raw, "metadata", "annotations")

    @property
    def automated(self) -> bool:
        """Whether nobody asked for the last operation."""
        return field(self._raw, *_OPERATION, "operation", "initiatedBy", "automated") is True

    @property
    def broken_picture(self) -> bool:
        return shows_broken_instance(self._raw)

    @property
    def started(self) -> float | None:
        return at(self._raw, *_OPERATION, "startedAt")

    @property
    def finished(self) -> float | None:
        return at(self._raw, *_OPERATION, "finishedAt")

    @property
    def deleted_at(self) -> float | None:
        return at(self._raw, "metadata", "deletionTimestamp")

    @property
    def approved_at(self) -> float | None:
        """When a person approved what is to be deleted; None where nobody did."""
        return at(self._raw, "metadata", "annotations", DELETION_APPROVED)

    # As it may be shown

    @cached_property
    def conditions(self) -> list[ObservedCondition]:
        """What Argo CD complains of; these conditions have no status and no reason."""
        return conditions_of(self.app) if field(self._raw, "status", "conditions") else []

    @property
    def message(self) -> str:
        """Of the last operation."""
        return text(self.app, *_OPERATION, "message")

    @property
    def resources(self) -> list[tuple[int, Obj]]:
        """What it holds, each with its place in the list."""
        return mappings(self.app, "status", "resources")

    @property
    def results(self) -> list[tuple[int, Obj]]:
        """What became of each resource in the last sync."""
        return mappings(self.app, *_RESULTS)

    @property
    def failed_results(self) -> list[tuple[int, Obj]]:
        """Those that failed, or let the sync fail by their health."""
        return [
            (place, each)
            for place, each in self.results
            if text(each, "status") == "SyncFailed" or text(each, "hookPhase") in ("Failed", "Error")
        ]

    @property
    def running_results(self) -> list[tuple[int, Obj]]:
        """Those that the sync waits for."""
        return [(place, each) for place, each in self.results if text(each, "hookPhase") == "Running"]

    @property
    def destination(self) -> str:
        """The name or the server of the cluster that it delivers to."""
        to = field(self.app, "spec", "destination")
        return text(to, "name") or text(to, "server")

    # Evidence

    def quote(self, *path: str | int, part: str | None = None, time: float | None = None) -> Evidence:
        """What stands at this path of the Application; of a text of several lines the first one."""
        found = field(self.app, *path)
        if part is None and isinstance(found, str):
            part = first_line(found)
        return self.objects.quote(self.app, *path, part=part, time=time)

    def quote_operation(self, name: str, *, part: str | None = None, time: float | None = None) -> Evidence:
        """A field of the last operation."""
        return self.quote(*_OPERATION, name, part=part, time=time)

    def quote_result(self, place: int, *path: str | int) -> Evidence:
        """A field of what became of a resource in the last sync."""
        return self.quote(*_RESULTS, place, *path)

    def quote_condition(self, found: ObservedCondition) -> Evidence:
        """The message of a condition."""
        path = pointer("status", "conditions", str(found.place), "message")
        return Evidence(self.objects.ref(self.app), path, first_line(found.message), found.time)


def resource_name(resource: Obj) -> str:
    """What a resource of an Application is called in a sentence."""
    kind, name = text(resource, "kind"), text(resource, "name")
    namespace = text(resource, "namespace")
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def is_stack(resource: Obj) -> bool:
    """Whether a resource of an Application is a Stack."""
    return (text(resource, "group"), text(resource, "kind")) == ("pulumi.com", "Stack")


def wave_of(resource: Obj) -> int:
    return whole_number(resource, "syncWave") or 0


def instance_of(context: str, app: Obj) -> tuple[str, str]:
    """Context and namespace of the Argo CD that looks after an Application."""
    return context, text(app, "status", "controllerNamespace") or text(app, "metadata", "namespace")


def is_compared(app: Obj) -> bool:
    """Whether Argo CD has compared this Application, and goes on doing so."""
    paused = texts(app, "metadata", "annotations").get(SKIP_RECONCILE) in _TRUE
    return bool(text(app, "status", "reconciledAt")) and not paused


def shows_broken_instance(app: Obj) -> bool:
    """Whether an Application looks as all of an Argo CD do that can't read its own settings."""
    status = field(app, "status")
    return (
        is_compared(app)
        and text(status, "sync", "status") == "Unknown"
        and text(status, "health", "status") == "Unknown"
        and not field(status, "resources")
        and not field(status, "conditions")
    )
