"""What an Application manages, with the results of its last sync, and what it has deployed, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.board.rows import short_commit
from stacks.records.application import ApplicationSource
from stacks.records.application_detail import AppDetail, DeployedRevision, HeldResource, ResourceResult, SyncInitiator
from stacks.text import one_line
from stacks.times import instant, kubectl_age, prose_span
from tui.tables.table_spec import TableSpec, page_column
from views.filter import FilterFields
from views.tones import OPERATION, RESOURCE, health_tone

_Name = tuple[str, str, str, str]


@dataclass(frozen=True)
class ResourceRow:
    """One resource: as it is compared now (`resource`), and what the last sync did to it (`result`)."""

    place: int
    context: str
    name: _Name
    resource: HeldResource | None
    result: ResourceResult | None

    @property
    def wave(self) -> str:
        return str(self.resource.sync_wave) if self.resource is not None else ""

    @property
    def state(self) -> str:
        """Whether it is in sync; for a resource that only the last sync knows, what became of it."""
        if self.resource is not None:
            return "to be pruned" if self.resource.requires_pruning else self.resource.status
        return (self.result.hook_phase or self.result.status) if self.result is not None else ""

    @property
    def outcome(self) -> str:
        """What the last sync did to it, and the message."""
        if self.result is None:
            return ""
        phase = self.result.hook_phase or self.result.status
        words = f"{self.result.hook_type} hook {phase}" if self.result.hook_type else phase
        return ": ".join(part for part in (words.strip(), one_line(self.result.message)) if part)

    @property
    def health(self) -> str:
        return self.resource.health.status if self.resource is not None and self.resource.health is not None else ""


def resources(detail: AppDetail, context: str) -> list[ResourceRow]:
    """All resources in the order of their waves; those that only the last sync knows come last."""
    status = detail.status
    managed = {(r.group, r.kind, r.namespace, r.name): r for r in (status.resources if status else None) or ()}
    operation = status.operation_state if status else None
    synced = operation.sync_result.resources if operation is not None and operation.sync_result is not None else None
    results = {(r.group, r.kind, r.namespace, r.name): r for r in synced or ()}
    names = sorted(managed, key=lambda name: (managed[name].sync_wave, name)) + [
        name for name in results if name not in managed
    ]
    return [ResourceRow(place, context, name, managed.get(name), results.get(name)) for place, name in enumerate(names)]


def wave_in_progress(detail: AppDetail) -> str:
    """The sync wave that a running sync has reached, of how many; empty where none runs, or it can't be told.

    Argo CD doesn't say it: what it waits for, and what it has applied so far, does.
    """
    status = detail.status
    operation = status.operation_state if status else None
    if status is None or operation is None or operation.phase not in ("Running", "Terminating"):
        return ""
    waves = {(r.group, r.kind, r.namespace, r.name): r.sync_wave for r in status.resources or ()}
    all_waves = sorted(set(waves.values()))
    waited = [wave for (group, kind, _, name), wave in waves.items() if _waits(operation.message, group, kind, name)]
    synced = (operation.sync_result.resources if operation.sync_result else None) or ()
    applied = [wave for r in synced if (wave := waves.get((r.group, r.kind, r.namespace, r.name))) is not None]
    now = min(waited) if waited else max(applied, default=None)
    if now is None or len(all_waves) < 2:
        return ""
    return f"{now} ({all_waves.index(now) + 1} of {len(all_waves)})"


def _waits(message: str, group: str, kind: str, name: str) -> bool:
    what = f"{group}/{kind}/{name}" if group else f"/{kind}/{name}"
    words = message.replace(",", " ").split()
    return message.startswith("waiting for") and (what in words or what.removeprefix("/") in words)


def _failed(row: ResourceRow) -> bool:
    return row.result is not None and "bad" in (
        RESOURCE.get(row.result.status, ""),
        OPERATION.get(row.result.hook_phase, ""),
    )


RESOURCE_TABLE: TableSpec[ResourceRow] = TableSpec(
    noun="Resources",
    columns=(
        page_column("wave", "WAVE", lambda row, now: row.wave, (4, 4, 5)),
        page_column("kind", "KIND", lambda row, now: row.name[1], (0, 6, 24)),
        page_column("name", "NAME", lambda row, now: row.name[3], (0, 12, 50)),
        page_column(
            "state", "SYNC", lambda row, now: row.state, (0, 6, 12), lambda row: RESOURCE.get(row.state, "busy")
        ),
        page_column("health", "HEALTH", lambda row, now: row.health, (2, 8, 11), lambda row: health_tone(row.health)),
        page_column("namespace", "NAMESPACE", lambda row, now: row.name[2], (5, 8, 24)),
        page_column(
            "outcome",
            "LAST SYNC",
            lambda row, now: row.outcome,
            (1, 14, 4000),
            lambda row: "bad" if _failed(row) else "",
        ),
    ),
    identity=lambda row: row.name,
    namespace=lambda row: row.name[2],
    order_name="wave",
    filter_fields=lambda row: FilterFields(" ".join(row.name).lower()),
    broken=lambda row: row.result is not None and row.result.status == "SyncFailed",
    stale_age_column="wave",
    stale_age_fallback="state",
)


@dataclass(frozen=True)
class DeployedRow:
    """One entry of an Application's history."""

    place: int
    context: str
    entry: DeployedRevision

    @property
    def at(self) -> float | None:
        return instant(self.entry.deployed_at)


def deployed(detail: AppDetail, context: str) -> list[DeployedRow]:
    """The history, newest first."""
    history = (detail.status.history if detail.status else None) or ()
    newest = sorted(history, key=lambda entry: entry.id, reverse=True)
    return [DeployedRow(place, context, entry) for place, entry in enumerate(newest)]


def initiator(who: SyncInitiator | None) -> str:
    """Who began a sync."""
    if who is None:
        return ""
    return who.username or ("auto-sync" if who.automated else "")


def _revisions(row: DeployedRow) -> Iterator[str]:
    for revision in row.entry.revisions or [row.entry.revision]:
        if revision:
            yield short_commit(revision)


def _took(row: DeployedRow, now: float) -> str:
    began = instant(row.entry.deploy_started_at)
    return prose_span(row.at - began) if row.at is not None and began is not None else ""


def source_words(source: ApplicationSource | None) -> str:
    """The chart or the path, its repository, and the revision that is followed."""
    if source is None:
        return ""
    what = f"chart {source.chart} of {source.repo_url}" if source.chart else source.repo_url
    return f"{what}{f', {source.path}' if source.path else ''} at {source.target_revision or 'HEAD'}"


DEPLOYED_TABLE: TableSpec[DeployedRow] = TableSpec(
    noun="Deployed",
    columns=(
        page_column("at", "DEPLOYED", lambda row, now: "" if row.at is None else kubectl_age(now - row.at), (0, 8, 9)),
        page_column("revision", "REVISION", lambda row, now: " ".join(_revisions(row)), (0, 7, 32)),
        page_column("took", "TOOK", _took, (2, 4, 8)),
        page_column("by", "BY", lambda row, now: initiator(row.entry.initiated_by), (1, 9, 24)),
        page_column(
            "source", "FROM", lambda row, now: source_words(row.entry.source), (3, 16, 4000), lambda row: "dim"
        ),
    ),
    identity=lambda row: row.entry.id,
    order_name="time",
    filter_fields=lambda row: FilterFields(row.entry.revision.lower()),
    stale_age_column="at",
    stale_age_fallback="revision",
)
