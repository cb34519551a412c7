"""What a Stack's page says of the Stack as such: what it is called and where it is, its Application, its last run."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.argocd_health import why_differs, why_not_yet
from fleet.argocd.argocd_verdict import ArgoCDVerdict, judged_by, shown_words
from fleet.argocd.argocd_words import safe, safe_message
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from stacks.phases.phase import STALLED, WEDGED
from stacks.phases.retry import failure_limit, gives_up
from stacks.records.application import Application
from stacks.records.stack import LastUpdate
from stacks.times import instant, prose_span
from stacks.versions import STOPS_AFTER_FAILURES
from tui.pages.quoted_messages import QuotedMessages
from tui.widgets.text_view import TextLine, filled, moment
from views.tones import RUN, health_tone, sync_tone


def identity_lines(row: StackRow, context: ContextState | None, now: float) -> Iterator[TextLine]:
    spec, metadata = row.stack.spec, row.stack.metadata
    yield TextLine(row.key.name, "Name", "strong")
    yield TextLine(row.key.namespace, "Namespace")
    yield TextLine(row.key.context, "Context")
    yield TextLine(spec.stack or "not named", "Pulumi stack")
    yield from filled(TextLine(spec.backend, "Backend"))
    if context is not None:
        tone = "bad" if context.operator.has_leader is False else ""
        yield TextLine(context.operator_words, "Operator", tone)
    yield TextLine(moment(instant(metadata.creation_timestamp), now) or "unknown", "Created")
    if metadata.labels:
        yield TextLine("  ".join(f"{name}={value}" for name, value in sorted(metadata.labels.items())), "Labels")


# Argo CD


def argocd_lines(
    row: StackRow,
    app: AppRow | None,
    verdict: ArgoCDVerdict | None,
    why_no_verdict: str,
    quoted: QuotedMessages,
    now: float,
) -> Iterator[TextLine]:
    """The Application that holds the Stack, and what Argo CD makes of the Stack itself."""
    holder = row.holder
    if holder is None:
        yield TextLine("no Application that can be seen holds this Stack", "Application", "dim")
        return
    guess = "" if holder.certain else " (probably: its cluster could only be guessed)"
    elsewhere = f" in {holder.key.context}" if holder.key.context != row.key.context else ""
    yield TextLine(f"{holder.key.namespace}/{holder.key.name}{elsewhere}{guess}", "Application")
    yield TextLine(holder.sync or "unknown", "App sync", sync_tone(holder.sync))
    yield TextLine(holder.health or "unknown", "App health", health_tone(holder.health))
    if app is not None:
        yield from filled(TextLine(app.operation, "Operation"))
        yield from quoted.new(TextLine(app.message, "Message"))
    if why_no_verdict:
        yield TextLine(f"can't be told: {safe(why_no_verdict)}", "Argo CD shows", "odd")
    elif verdict is not None:
        yield from _verdict(row, verdict, app.app if app is not None else None, quoted, now)


def _verdict(
    row: StackRow, verdict: ArgoCDVerdict, app: Application | None, quoted: QuotedMessages, now: float
) -> Iterator[TextLine]:
    """What Argo CD shows for the Stack itself, beside what is shown here."""
    if verdict.shown is None or verdict.check is None:
        yield TextLine(safe(verdict.why_unknown), "Argo CD shows", "odd")
        return
    shown = verdict.shown
    tone = health_tone(shown.word)
    yield TextLine(f"{shown_words(shown)}, by {judged_by(verdict.check)}", "Argo CD shows", tone)
    yield from quoted.new(TextLine(safe_message(shown.message), "because"))
    deleting = row.stack.metadata.deletion_timestamp is not None
    if why := why_differs(verdict, row.health, deleting=deleting):
        yield TextLine(row.health.status or "no verdict", "Our verdict", health_tone(row.health.status))
        yield TextLine(why.title, "they differ", "odd")
    if app is not None and (late := why_not_yet(verdict, app, now)):
        yield TextLine(late.title, "not the same", "odd")


# The last run


def last_update_lines(
    row: StackRow, last: LastUpdate | None, now: float, *, next_is_said: bool = False
) -> Iterator[TextLine]:
    """The last run. `next_is_said`: what comes next stands elsewhere."""
    if last is None:
        return
    yield TextLine(f"{last.type or 'update'} {last.state or 'in an unknown state'}", "Result", RUN.get(last.state, ""))
    yield TextLine(moment(row.updated_at, now) or "unknown", "When")
    yield from filled(
        TextLine(last.name, "Update"),
        TextLine(_failures(row, last) if last.state == "failed" else "", "Failed"),
        TextLine("" if next_is_said else _next_attempt(row, last, now), "Next run"),
        TextLine(last.permalink, "Pulumi Cloud"),
    )


def _failures(row: StackRow, last: LastUpdate) -> str:
    """How often it has failed in a row, and when the operator stops; empty if it doesn't count. It counts from 0."""
    limit, version = failure_limit(row.stack), row.version
    times = f"{last.failures + 1} in a row" if last.failures else "the first"
    retries = f"{limit} {'retry' if limit == 1 else 'retries'}"
    if version is None:
        return f"{times}; operators from 2.8 on give up after {retries}, and which one this is isn't known"
    if version < (2, 0, 0):
        return ""
    if version < STOPS_AFTER_FAILURES:
        return f"{times}; this operator tries again without end"
    return f"{times}; the operator {'has given' if gives_up(row.stack, version) else 'gives'} up after {retries}"


def _next_attempt(row: StackRow, last: LastUpdate, now: float) -> str:
    if row.phase.kind is WEDGED:
        return "never by itself: the operator waits for an Update that won't end"
    at = row.next_attempt
    if at is not None:
        return f"in {prose_span(at - now)}" if at > now else "due"
    if row.stack.status is not None and row.stack.status.current_update is not None:
        return "running now"
    if last.state == "failed" and row.version is None and row.phase.kind is not STALLED:
        return "unknown: the operator's version isn't known"
    return "none is planned; a new commit, a new spec or a request starts one"
