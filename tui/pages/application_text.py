"""The text of an Application's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnosis.object_findings import outdated_application, why_app_differs
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from stacks.records.application_detail import AppDetail, SyncPolicy
from stacks.times import instant
from tui.pages.application_tables import initiator, source_words, wave_in_progress
from tui.pages.held_stacks_text import held_stacks_line
from tui.pages.quoted_messages import QuotedMessages
from tui.pages.verdict_text import VerdictBlock, finding_lines
from tui.widgets.text_columns import ColumnedLines
from tui.widgets.text_view import TextLine, filled, in_parts, moment
from views.tones import OPERATION, health_tone, sync_tone


@dataclass(frozen=True)
class ApplicationPageContent:
    """An Application's row and all other facts that its page shows."""

    row: AppRow
    context: ContextState | None
    stacks: Sequence[StackRow] = ()
    """those that it holds, as far as they can be seen"""
    detail: AppDetail | None = None
    found: VerdictBlock | None = None
    """what is found for itself"""
    judged: str = ""
    """why its Argo CD judges its Stacks otherwise than we do, where that was found out"""
    deleted: bool = False


def application_lines(facts: ApplicationPageContent, now: float) -> ColumnedLines:
    """What is the matter comes first, and how its Stacks are before how it says that it is."""
    row, detail = facts.row, facts.detail
    quoted = QuotedMessages(facts.found.quotes if facts.found is not None else [])
    first = in_parts(  # each part is made when those before it have been: what they quote isn't quoted again
        ("", _banner(facts, now)),
        ("", _verdict(facts, now)),
        ("", _state(row, quoted, now)),
        ("OPERATION", _operation(row, detail, quoted, now)),
        ("CONDITIONS", _conditions(row, quoted, now)),
    )
    beside = in_parts(
        ("APPLICATION", _identity(row, now)),
        ("SOURCE AND DESTINATION", _sources(row)),
        ("SYNC POLICY", _policy(detail)),
    )
    return ColumnedLines(tuple(first), tuple(beside))


def _banner(facts: ApplicationPageContent, now: float) -> Iterator[TextLine]:
    warning = outdated_application(facts.row.key, facts.context, now, deleted=facts.deleted)
    if warning is not None:
        yield TextLine(warning.title, tone="odd")
        yield TextLine()


def _verdict(facts: ApplicationPageContent, now: float) -> Iterator[TextLine]:
    row, found = facts.row, facts.found
    if found is not None:
        yield from finding_lines(found, row.key, now)
    yield held_stacks_line(facts.stacks, row.unseen)
    if differs := why_app_differs(row, facts.stacks, facts.judged):
        yield TextLine(differs.title, "Both are right", "odd")
    if found is not None and found.looked:
        yield TextLine(found.looked, " ", "dim")
    yield TextLine()


def _state(row: AppRow, quoted: QuotedMessages, now: float) -> Iterator[TextLine]:
    """How it says that it is."""
    status = row.app.status
    since = moment(instant(status.health.last_transition_time), now) if status is not None else ""
    yield TextLine(f"{row.health or 'unknown'}{f', since {since}' if since else ''}", "Health", health_tone(row.health))
    yield from quoted.new(TextLine(status.health.message if status is not None else "", "because"))
    yield TextLine(row.sync or "unknown", "Sync", sync_tone(row.sync))
    yield from filled(TextLine(status.sync.revision if status is not None else "", "Revision"))
    if row.app.metadata.deletion_timestamp:
        yield TextLine(moment(instant(row.app.metadata.deletion_timestamp), now), "Delete asked", "busy")


def _identity(row: AppRow, now: float) -> Iterator[TextLine]:
    yield TextLine(row.key.name, "Name", "strong")
    yield TextLine(row.key.namespace, "Namespace")
    yield TextLine(row.key.context, "Context")
    yield TextLine(row.app.spec.project or "default", "Project")
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


def _operation(row: AppRow, detail: AppDetail | None, quoted: QuotedMessages, now: float) -> Iterator[TextLine]:
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
    )
    yield from quoted.new(TextLine(operation.message, "Message"))


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


def _conditions(row: AppRow, quoted: QuotedMessages, now: float) -> Iterator[TextLine]:
    for condition in (row.app.status.conditions if row.app.status else None) or ():
        at = instant(condition.last_transition_time)
        message = condition.message if quoted.is_new(condition.message) else ""
        words = " ".join(part for part in (message, f"({moment(at, now)})" if at is not None else "") if part)
        yield TextLine(words or "as said above", condition.type, "bad" if "Error" in condition.type else "")
