"""The page of an Application, as lines."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.contexts import ContextState
from fleet.rows import AppRow
from stacks.records import OperationState, Source
from stacks.times import instant
from tui.faces import APP_FACE
from tui.paper import Line
from tui.stack_text import headed, moment


def app_lines(row: AppRow, context: ContextState | None, now: float, *, deleted: bool = False) -> list[Line]:
    """The whole page, but for the Stacks that it holds: those are a table."""
    parts = (_banner(context, deleted, now), _app(row, now), _sources(row), _operation(row, now), _conditions(row, now))
    return [line for part in parts for line in part]


def _banner(context: ContextState | None, deleted: bool, now: float) -> Iterator[Line]:
    if deleted:
        yield Line("This Application isn't there any more. What follows is how it was last seen.", tone="odd")
        yield Line()
    elif context is not None and context.stale(now):
        yield Line(f"{context.name} can't be seen: {context.reason(now)}.", tone="odd")
        yield Line()


def _app(row: AppRow, now: float) -> Iterator[Line]:
    status, metadata = row.app.status, row.app.metadata
    yield Line(row.key.name, "Name", "strong")
    yield Line(row.key.namespace, "Namespace")
    yield Line(row.key.context, "Context")
    yield Line(row.app.spec.project or "default", "Project")
    yield Line(row.sync or "unknown", "Sync", APP_FACE.tone(row, "sync"))
    if status is not None and status.sync.revision:
        yield Line(status.sync.revision, "Revision")
    yield Line(row.health or "unknown", "Health", APP_FACE.tone(row, "health"))
    if status is not None and status.health.message:
        yield Line(status.health.message, "because")
    if status is not None and (since := moment(instant(status.health.last_transition_time), now)):
        yield Line(since, "since")
    yield Line(row.destination or "not given", "Destination")
    if metadata.deletion_timestamp:
        yield Line(moment(instant(metadata.deletion_timestamp), now), "Delete asked", "busy")
    yield Line(moment(instant(metadata.creation_timestamp), now) or "unknown", "Created")
    if status is not None and (compared := moment(instant(status.reconciled_at), now)):
        yield Line(compared, "Compared")


def _sources(row: AppRow) -> Iterator[Line]:
    spec = row.app.spec
    sources = [*([spec.source] if spec.source else ()), *(spec.sources or ())]

    def lines() -> Iterator[Line]:
        for source in sources:
            yield Line(_source(source), "from")

    yield from headed("SOURCE", lines())


def _source(source: Source) -> str:
    what = f"chart {source.chart} of {source.repo_url}" if source.chart else source.repo_url
    path = f", {source.path}" if source.path else ""
    return f"{what}{path} at {source.target_revision or 'HEAD'}"


def _operation(row: AppRow, now: float) -> Iterator[Line]:
    operation = row.app.status.operation_state if row.app.status else None
    if operation is not None:
        yield from headed("OPERATION", _operation_lines(row, operation, now))


def _operation_lines(row: AppRow, operation: OperationState, now: float) -> Iterator[Line]:
    yield Line(row.operation or "unknown", "Phase", APP_FACE.tone(row, "operation"))
    if started := moment(instant(operation.started_at), now):
        yield Line(started, "Started")
    if finished := moment(instant(operation.finished_at), now):
        yield Line(finished, "Finished")
    if operation.retry_count:
        yield Line(str(operation.retry_count), "Retries")
    if operation.message:
        yield Line(operation.message, "Message")


def _conditions(row: AppRow, now: float) -> Iterator[Line]:
    def lines() -> Iterator[Line]:
        for condition in (row.app.status.conditions if row.app.status else None) or ():
            at = instant(condition.last_transition_time)
            since = f" ({moment(at, now)})" if at is not None else ""
            yield Line(f"{condition.message}{since}", condition.type, "bad" if "Error" in condition.type else "")

    yield from headed("CONDITIONS", lines())
