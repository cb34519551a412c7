"""The text of an Application's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from diagnosis.object_findings import outdated_application, why_app_differs
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow
from stacks.records.application_detail import AppDetail, SyncPolicy
from stacks.times import instant
from tui.pages.application_tables import initiator, source_words, wave_in_progress
from tui.tables.line_look import worst_first
from tui.widgets.text_view import TextLine, filled, in_parts, moment
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
    return in_parts(
        ("", _banner(row, context, deleted, now)),
        ("", _application(row, verdicts, now)),
        ("OPERATION", _operation(row, detail, now)),
        ("CONDITIONS", _conditions(row, now)),
        ("SOURCE AND DESTINATION", _sources(row)),
        ("SYNC POLICY", _policy(detail)),
        ("DATES", _dates(row, now)),
    )


def _banner(row: AppRow, context: ContextState | None, deleted: bool, now: float) -> Iterator[TextLine]:
    if (warning := outdated_application(row.key, context, now, deleted=deleted)) is not None:
        yield TextLine(warning.title, tone="odd")
        yield TextLine()


def _application(row: AppRow, verdicts: Sequence[str], now: float) -> Iterator[TextLine]:
    status = row.app.status
    yield TextLine(row.key.name, "Name", "strong")
    yield TextLine(f"{row.key.context} / {row.key.namespace}, project {row.app.spec.project or 'default'}", "Where")
    yield TextLine(row.sync or "unknown", "Sync", sync_tone(row.sync))
    yield from filled(TextLine(status.sync.revision if status is not None else "", "Revision"))
    since = moment(instant(status.health.last_transition_time), now) if status is not None else ""
    yield TextLine(f"{row.health or 'unknown'}{f', since {since}' if since else ''}", "Health", health_tone(row.health))
    yield from filled(TextLine(status.health.message if status is not None else "", "because"))
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
    yield TextLine(moment(instant(row.app.metadata.creation_timestamp), now) or "unknown", "Created")
    if row.app.status is not None:
        yield from filled(TextLine(moment(instant(row.app.status.reconciled_at), now), "Compared"))


def _policy(detail: AppDetail | None) -> Iterator[TextLine]:
    if detail is None:
        return
    policy = detail.spec.sync_policy or SyncPolicy()
    yield TextLine(_automatic(policy), "Auto-sync")
    yield TextLine(_retry(policy), "Retry")
    yield from filled(TextLine(", ".join(policy.sync_options or ()), "Options"))


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
    for source in list(spec.sources or ()) or ([spec.source] if spec.source else []):
        yield TextLine(source_words(source), "from")
    yield TextLine(row.destination or "not given", "to")


def _operation(row: AppRow, detail: AppDetail | None, now: float) -> Iterator[TextLine]:
    operation = row.app.status.operation_state if row.app.status else None
    if operation is None:
        return
    yield TextLine(row.operation or "unknown", "Phase", OPERATION.get(row.operation, ""))
    if detail is not None:
        yield from _operation_details(detail)
    yield from filled(
        TextLine(moment(instant(operation.started_at), now), "Started"),
        TextLine(moment(instant(operation.finished_at), now), "Finished"),
        TextLine(str(operation.retry_count) if operation.retry_count else "", "Retries"),
        TextLine(operation.message, "Message"),
    )


def _operation_details(detail: AppDetail) -> Iterator[TextLine]:
    yield from filled(TextLine(wave_in_progress(detail), "Wave", "busy"))
    operation = detail.status.operation_state if detail.status else None
    if operation is None:
        return
    by = initiator(operation.operation.initiated_by if operation.operation else None)
    results = Counter(
        result.status for result in (operation.sync_result.resources or () if operation.sync_result else ())
    )
    counted = ", ".join(f"{word or 'running'} {count}" for word, count in results.items())
    yield from filled(TextLine(by, "Begun by"), TextLine(counted, "Results"))


def _conditions(row: AppRow, now: float) -> Iterator[TextLine]:
    for condition in (row.app.status.conditions if row.app.status else None) or ():
        at = instant(condition.last_transition_time)
        since = f" ({moment(at, now)})" if at is not None else ""
        yield TextLine(f"{condition.message}{since}", condition.type, "bad" if "Error" in condition.type else "")
