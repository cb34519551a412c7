"""The text of an Application's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from diagnosis.object_findings import outdated_application, why_app_differs
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow
from stacks.records.application import ApplicationSource, OperationState
from stacks.records.application_detail import AppDetail, SyncPolicy
from stacks.times import instant
from tui.pages.application_tables import initiator, wave_in_progress
from tui.tables.line_look import worst_first
from tui.widgets.text_view import TextLine, headed, moment
from views.tones import OPERATION, health_tone, sync_tone


def application_lines(
    row: AppRow,
    context: ContextState | None,
    detail: AppDetail | None,
    verdicts: Sequence[str],
    now: float,
    *,
    deleted: bool = False,
) -> list[TextLine]:
    """All lines of the page. The Stacks that it holds are a table; here are only their verdicts, counted."""
    parts = (
        _banner(row, context, deleted, now), _application(row, verdicts, now), _operation(row, detail, now),
        _conditions(row, now), _sources(row), _policy(detail), _dates(row, now),
    )  # fmt: skip
    return [line for part in parts for line in part]


def _banner(row: AppRow, context: ContextState | None, deleted: bool, now: float) -> Iterator[TextLine]:
    if (warning := outdated_application(row.key, context, now, deleted=deleted)) is not None:
        yield TextLine(warning.title, tone="odd")
        yield TextLine()


def _application(row: AppRow, verdicts: Sequence[str], now: float) -> Iterator[TextLine]:
    status = row.app.status
    yield TextLine(row.key.name, "Name", "strong")
    yield TextLine(f"{row.key.context} / {row.key.namespace}, project {row.app.spec.project or 'default'}", "Where")
    yield TextLine(row.sync or "unknown", "Sync", sync_tone(row.sync))
    if status is not None and status.sync.revision:
        yield TextLine(status.sync.revision, "Revision")
    since = moment(instant(status.health.last_transition_time), now) if status is not None else ""
    yield TextLine(f"{row.health or 'unknown'}{f', since {since}' if since else ''}", "Health", health_tone(row.health))
    if status is not None and status.health.message:
        yield TextLine(status.health.message, "because")
    counts = Counter(verdicts)
    counted = worst_first(counts)
    words = ", ".join(f"{word} {count}" for word, count in counted) or "none that can be seen"
    unseen = f"; {row.unseen} more can't be seen" if row.unseen else ""
    yield TextLine(f"{words}{unseen}", "Its Stacks", health_tone(counted[0][0]) if counted else "dim")
    if differs := why_app_differs(row, counts):
        yield TextLine(differs.title, "Both are right", "odd")
    if row.app.metadata.deletion_timestamp:
        yield TextLine(moment(instant(row.app.metadata.deletion_timestamp), now), "Delete asked", "busy")


def _dates(row: AppRow, now: float) -> Iterator[TextLine]:
    def lines() -> Iterator[TextLine]:
        yield TextLine(moment(instant(row.app.metadata.creation_timestamp), now) or "unknown", "Created")
        if row.app.status is not None and (compared := moment(instant(row.app.status.reconciled_at), now)):
            yield TextLine(compared, "Compared")

    yield from headed("DATES", lines())


def _policy(detail: AppDetail | None) -> Iterator[TextLine]:
    if detail is None:
        return
    policy = detail.spec.sync_policy or SyncPolicy()

    def lines() -> Iterator[TextLine]:
        yield TextLine(_automatic(policy), "Auto-sync")
        yield TextLine(_retry(policy), "Retry")
        if policy.sync_options:
            yield TextLine(", ".join(policy.sync_options), "Options")

    yield from headed("SYNC POLICY", lines())


def _automatic(policy: SyncPolicy) -> str:
    automated = policy.automated
    if automated is None or not automated.enabled:
        return "off: somebody has to sync it"
    prune = "prunes" if automated.prune else "doesn't prune"
    return f"on, {prune}, {'heals itself' if automated.self_heal else 'leaves changes made in the cluster'}"


def _retry(policy: SyncPolicy) -> str:
    retry = policy.retry
    if retry is None:
        return "as Argo CD has it: 5 times in an auto-sync" if policy.automated else "not set"
    limit = "for ever" if retry.limit < 0 else f"{retry.limit} times"
    backoff = retry.backoff
    if backoff is None:
        return limit
    most = f", at most {backoff.max_duration}" if backoff.max_duration else ""
    growth = f" times {backoff.factor}" if backoff.factor else ""
    return f"{limit}, after {backoff.duration or '5s'}{growth}{most}"


def _sources(row: AppRow) -> Iterator[TextLine]:
    spec = row.app.spec
    sources = list(spec.sources or ()) or ([spec.source] if spec.source else [])

    def lines() -> Iterator[TextLine]:
        for source in sources:
            yield TextLine(_source(source), "from")
        yield TextLine(row.destination or "not given", "to")

    yield from headed("SOURCE AND DESTINATION", lines())


def _source(source: ApplicationSource) -> str:
    what = f"chart {source.chart} of {source.repo_url}" if source.chart else source.repo_url
    path = f", {source.path}" if source.path else ""
    return f"{what}{path} at {source.target_revision or 'HEAD'}"


def _operation(row: AppRow, detail: AppDetail | None, now: float) -> Iterator[TextLine]:
    operation = row.app.status.operation_state if row.app.status else None
    if operation is not None:
        yield from headed("OPERATION", _operation_lines(row, operation, detail, now))


def _operation_lines(
    row: AppRow, operation: OperationState, detail: AppDetail | None, now: float
) -> Iterator[TextLine]:
    yield TextLine(row.operation or "unknown", "Phase", OPERATION.get(row.operation, ""))
    if detail is not None:
        yield from _operation_details(detail)
    if started := moment(instant(operation.started_at), now):
        yield TextLine(started, "Started")
    if finished := moment(instant(operation.finished_at), now):
        yield TextLine(finished, "Finished")
    if operation.retry_count:
        yield TextLine(str(operation.retry_count), "Retries")
    if operation.message:
        yield TextLine(operation.message, "Message")


def _operation_details(detail: AppDetail) -> Iterator[TextLine]:
    if wave := wave_in_progress(detail):
        yield TextLine(wave, "Wave", "busy")
    operation = detail.status.operation_state if detail.status else None
    if operation is None:
        return
    if by := initiator(operation.operation.initiated_by if operation.operation else None):
        yield TextLine(by, "Begun by")
    results = Counter(
        result.status for result in (operation.sync_result.resources or () if operation.sync_result else ())
    )
    if results:
        yield TextLine(", ".join(f"{word or 'running'} {count}" for word, count in results.items()), "Results")


def _conditions(row: AppRow, now: float) -> Iterator[TextLine]:
    def lines() -> Iterator[TextLine]:
        for condition in (row.app.status.conditions if row.app.status else None) or ():
            at = instant(condition.last_transition_time)
            since = f" ({moment(at, now)})" if at is not None else ""
            yield TextLine(f"{condition.message}{since}", condition.type, "bad" if "Error" in condition.type else "")

    yield from headed("CONDITIONS", lines())
