"""The page of an Application, as lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fleet.contexts import ContextState
from fleet.contradictions import why_app_differs
from fleet.rows import AppRow
from stacks.details import AppDetail, SyncPolicy
from stacks.records import OperationState, Source
from stacks.times import age, instant
from tui.lines import headed, moment
from tui.pages.app_tables import initiator, wave_in_progress
from tui.paper import Line
from tui.tables.faces import APP_FACE, HEALTH_TONES
from tui.tables.looks import worst_first


def app_lines(
    row: AppRow,
    context: ContextState | None,
    detail: AppDetail | None,
    held: Sequence[str],
    now: float,
    *,
    deleted: bool = False,
) -> list[Line]:
    """The whole page, but for the Stacks that it holds: those are a table. `held` are their verdicts."""
    parts = (
        _banner(context, deleted, now), _app(row, held, now), _operation(row, detail, now), _conditions(row, now),
        _sources(row), _policy(detail), _dates(row, now),
    )  # fmt: skip
    return [line for part in parts for line in part]


def _banner(context: ContextState | None, deleted: bool, now: float) -> Iterator[Line]:
    if deleted:
        yield Line("This Application isn't there any more. What follows is how it was last seen.", tone="odd")
        yield Line()
    elif context is not None and context.stale(now):
        heard = context.heard_age(now)
        old = "" if heard is None else f" What follows is {age(heard)} old."
        yield Line(f"{context.name} can't be seen: {context.reason(now)}.{old}", tone="odd")
        yield Line()


def _app(row: AppRow, held: Sequence[str], now: float) -> Iterator[Line]:
    status = row.app.status
    yield Line(row.key.name, "Name", "strong")
    yield Line(f"{row.key.context} / {row.key.namespace}, project {row.app.spec.project or 'default'}", "Where")
    yield Line(row.sync or "unknown", "Sync", APP_FACE.tone(row, "sync"))
    if status is not None and status.sync.revision:
        yield Line(status.sync.revision, "Revision")
    since = moment(instant(status.health.last_transition_time), now) if status is not None else ""
    yield Line(
        f"{row.health or 'unknown'}{f', since {since}' if since else ''}", "Health", APP_FACE.tone(row, "health")
    )
    if status is not None and status.health.message:
        yield Line(status.health.message, "because")
    counts = Counter(held)
    words = ", ".join(f"{word} {count}" for word, count in worst_first(counts)) or "none that can be seen"
    unseen = f"; {row.unseen} more can't be seen" if row.unseen else ""
    yield Line(f"{words}{unseen}", "Its Stacks", HEALTH_TONES.get(next(iter(dict(worst_first(counts))), ""), "dim"))
    if differs := why_app_differs(row, counts):
        yield Line(differs, "Both are right", "odd")
    if row.app.metadata.deletion_timestamp:
        yield Line(moment(instant(row.app.metadata.deletion_timestamp), now), "Delete asked", "busy")


def _dates(row: AppRow, now: float) -> Iterator[Line]:
    def lines() -> Iterator[Line]:
        yield Line(moment(instant(row.app.metadata.creation_timestamp), now) or "unknown", "Created")
        if row.app.status is not None and (compared := moment(instant(row.app.status.reconciled_at), now)):
            yield Line(compared, "Compared")

    yield from headed("DATES", lines())


def _policy(detail: AppDetail | None) -> Iterator[Line]:
    if detail is None:
        return
    policy = detail.spec.sync_policy or SyncPolicy()

    def lines() -> Iterator[Line]:
        yield Line(_automatic(policy), "Auto-sync")
        yield Line(_retry(policy), "Retry")
        if policy.sync_options:
            yield Line(", ".join(policy.sync_options), "Options")

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


def _sources(row: AppRow) -> Iterator[Line]:
    spec = row.app.spec
    sources = list(spec.sources or ()) or ([spec.source] if spec.source else [])

    def lines() -> Iterator[Line]:
        for source in sources:
            yield Line(_source(source), "from")
        yield Line(row.destination or "not given", "to")

    yield from headed("SOURCE AND DESTINATION", lines())


def _source(source: Source) -> str:
    what = f"chart {source.chart} of {source.repo_url}" if source.chart else source.repo_url
    path = f", {source.path}" if source.path else ""
    return f"{what}{path} at {source.target_revision or 'HEAD'}"


def _operation(row: AppRow, detail: AppDetail | None, now: float) -> Iterator[Line]:
    operation = row.app.status.operation_state if row.app.status else None
    if operation is not None:
        yield from headed("OPERATION", _operation_lines(row, operation, detail, now))


def _operation_lines(row: AppRow, operation: OperationState, detail: AppDetail | None, now: float) -> Iterator[Line]:
    yield Line(row.operation or "unknown", "Phase", APP_FACE.tone(row, "operation"))
    if detail is not None:
        yield from _operation_details(detail)
    if started := moment(instant(operation.started_at), now):
        yield Line(started, "Started")
    if finished := moment(instant(operation.finished_at), now):
        yield Line(finished, "Finished")
    if operation.retry_count:
        yield Line(str(operation.retry_count), "Retries")
    if operation.message:
        yield Line(operation.message, "Message")


def _operation_details(detail: AppDetail) -> Iterator[Line]:
    if wave := wave_in_progress(detail):
        yield Line(wave, "Wave", "busy")
    operation = detail.status.operation_state if detail.status else None
    if operation is None:
        return
    if by := initiator(operation.operation.initiated_by if operation.operation else None):
        yield Line(by, "Begun by")
    results = Counter(
        result.status for result in (operation.sync_result.resources or () if operation.sync_result else ())
    )
    if results:
        yield Line(", ".join(f"{word or 'running'} {count}" for word, count in results.items()), "Results")


def _conditions(row: AppRow, now: float) -> Iterator[Line]:
    def lines() -> Iterator[Line]:
        for condition in (row.app.status.conditions if row.app.status else None) or ():
            at = instant(condition.last_transition_time)
            since = f" ({moment(at, now)})" if at is not None else ""
            yield Line(f"{condition.message}{since}", condition.type, "bad" if "Error" in condition.type else "")

    yield from headed("CONDITIONS", lines())
