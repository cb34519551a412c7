"""The texts of a Stack's page: its overview, with what couldn't be read, and its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from diagnosis.argocd_health import why_differs, why_not_yet
from diagnosis.object_findings import outdated_stack, why_differ
from fleet.argocd.argocd_verdict import ArgoCDVerdict, judged_by, shown_words
from fleet.argocd.argocd_words import safe, safe_message
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from fleet.stack_objects.watched_kinds import SelectionResult
from stacks import conditions as cond
from stacks.messages import headline, without_outputs
from stacks.phases.phase import STALLED, WEDGED, PhaseEvidence
from stacks.phases.retry import failure_limit, gives_up
from stacks.records.application import Application
from stacks.records.base import Condition
from stacks.records.stack import LastUpdate, Prerequisite
from stacks.records.stack_detail import StackDetail, StackOutput
from stacks.redaction import MASK
from stacks.text import one_line
from stacks.times import instant, kubectl_age, prose_span
from stacks.versions import STOPS_AFTER_FAILURES
from tui.pages.spec_text import source_lines, spec_lines, workspace_lines
from tui.pages.verdict_text import VerdictBlock, verdict_lines
from tui.widgets.text_view import TextLine, condition_lines, filled, in_parts, moment
from views.columns import health_shown
from views.tones import RUN, health_tone, phase_tone, sync_tone


@dataclass(frozen=True)
class StackPageContent:
    """A Stack's row and all other facts that its page shows."""

    row: StackRow
    context: ContextState | None
    app: AppRow | None = None
    around: PhaseEvidence = field(default_factory=PhaseEvidence)
    prerequisites: Mapping[str, StackRow | None] = field(default_factory=dict)
    detail: StackDetail | None = None
    verdict: ArgoCDVerdict | None = None
    """what its Argo CD makes of it"""
    no_verdict: str = ""
    """why that can't be told"""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """kinds of objects around it that couldn't be seen, and why"""
    deleted_at: float | None = None
    found: VerdictBlock | None = None
    """what is found for it; None where it is fine"""
    replaced_at: float | None = None
    """when another Stack took the place of the one that the page was opened for"""


class _Messages:
    """The cluster's messages that the page has quoted so far. What stands in one of them isn't said once more."""

    def __init__(self, quotes: Sequence[str]) -> None:
        self._told = [quote for quote in quotes if quote]

    def is_new(self, message: str) -> bool:
        line = one_line(message)
        if not line or any(line in told for told in self._told):
            return False
        self._told.append(line)
        return True

    def new(self, *lines: TextLine) -> Iterator[TextLine]:
        """Those of these lines that quote something new."""
        return (line for line in lines if self.is_new(line.text))


def stack_lines(facts: StackPageContent, now: float) -> list[TextLine]:
    row, status = facts.row, facts.row.stack.status
    last = status.last_update if status else None
    told = _Messages(facts.found.quotes if facts.found is not None else [])
    return in_parts(  # each part is made when those before it have been: what they quote isn't quoted again
        ("", _banner(facts, now)),
        ("", _verdict(facts, now)),
        ("", _stack(facts, told, now)),
        ("CURRENT UPDATE", _current(facts, now)),
        ("LAST UPDATE", _last(row, last, told, now)),
        ("CONDITIONS", _conditions(status.conditions if status else None, told, now)),
        ("PREREQUISITES", _prerequisites(facts, now)),
        ("ARGO CD", _application(facts, now)),
        ("SOURCE", source_lines(row)),
        ("HOW IT IS RUN", spec_lines(row, facts.detail)),
        ("WORKSPACE TEMPLATE", workspace_lines(row, facts.detail, facts.hidden.get("details", ""))),
        ("WHAT THE LAST UPDATE SAID", _said(last)),
        ("WHAT COULDN'T BE READ", _unseen(facts)),
    )


def _banner(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    for warning in outdated_stack(
        facts.row.key, facts.context, now, deleted_at=facts.deleted_at, replaced_at=facts.replaced_at
    ):
        yield TextLine(warning.title, tone="odd")
        yield TextLine()


def _verdict(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    """What is the matter, and why health and phase are both right where they seem to contradict each other."""
    if facts.found is not None:
        yield from verdict_lines(facts.found, facts.row.key, now)
    differ = why_differ(facts.row, now)
    if differ is not None:
        yield TextLine(differ.title, "Both are right", "odd")
    if facts.found is not None or differ is not None:
        yield TextLine()


def _conditions(conditions: list[Condition] | None, told: _Messages, now: float) -> Iterator[TextLine]:
    return (line for line in condition_lines(conditions, now) if line.label.strip() or told.is_new(line.text))


def _stack(facts: StackPageContent, told: _Messages, now: float) -> Iterator[TextLine]:
    row = facts.row
    spec, metadata = row.stack.spec, row.stack.metadata
    yield TextLine(row.key.name, "Name", "strong")
    yield TextLine(row.key.namespace, "Namespace")
    yield TextLine(row.key.context, "Context")
    yield TextLine(spec.stack or "not named", "Pulumi stack")
    yield from filled(TextLine(spec.backend, "Backend"))
    late = " (unusually long)" if row.phase.late(now) else ""
    yield TextLine(f"{row.phase.words(now)}{late}", "Phase", phase_tone(row.phase, row.rank))
    yield from filled(TextLine(moment(row.phase.since, now), "since"))
    health = health_shown(row)
    yield TextLine(health or "no verdict", "Health", health_tone(health))
    yield from told.new(
        TextLine(row.health.message, "because"),
        TextLine("" if facts.found is not None else row.message, "Message"),
        TextLine(row.health.deletion_message, "Deletion"),
    )
    if metadata.deletion_timestamp:
        yield TextLine(moment(instant(metadata.deletion_timestamp), now), "Delete asked", "busy")
        yield TextLine(", ".join(metadata.finalizers or ()) or "none", "Finalizers")
    yield TextLine(moment(instant(metadata.creation_timestamp), now) or "unknown", "Created")
    if metadata.labels:
        yield TextLine("  ".join(f"{name}={value}" for name, value in sorted(metadata.labels.items())), "Labels")


def _application(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    holder = facts.row.holder
    if holder is None:
        yield TextLine("no Application that can be seen holds this Stack", "Application", "dim")
        return
    guess = "" if holder.certain else " (probably: its cluster could only be guessed)"
    elsewhere = f" in {holder.key.context}" if holder.key.context != facts.row.key.context else ""
    yield TextLine(f"{holder.key.namespace}/{holder.key.name}{elsewhere}{guess}", "Application")
    yield TextLine(holder.sync or "unknown", "Sync", sync_tone(holder.sync))
    yield TextLine(holder.health or "unknown", "Health", health_tone(holder.health))
    if facts.app is not None:
        yield from filled(TextLine(facts.app.operation, "Operation"), TextLine(facts.app.message, "Message"))
    app = facts.app.app if facts.app is not None else None
    yield from _argo_cd_verdict(facts.row, facts.verdict, facts.no_verdict, app, now)


def _argo_cd_verdict(
    row: StackRow, verdict: ArgoCDVerdict | None, why_not: str, app: Application | None, now: float
) -> Iterator[TextLine]:
    """What Argo CD shows for the Stack itself, beside what is shown here."""
    if why_not:
        yield TextLine(f"can't be told: {safe(why_not)}", "Argo CD shows", "odd")
        return
    if verdict is None:
        return
    if verdict.shown is None or verdict.check is None:
        yield TextLine(safe(verdict.why_unknown), "Argo CD shows", "odd")
        return
    shown = verdict.shown
    tone = health_tone(shown.word)
    yield TextLine(f"{shown_words(shown)}, by {judged_by(verdict.check)}", "Argo CD shows", tone)
    yield from filled(TextLine(safe_message(shown.message), "because"))
    deleting = row.stack.metadata.deletion_timestamp is not None
    if why := why_differs(verdict, row.health, deleting=deleting):
        yield TextLine(row.health.status or "no verdict", "Our verdict", health_tone(row.health.status))
        yield TextLine(why.title, "they differ", "odd")
    if app is not None and (late := why_not_yet(verdict, app, now)):
        yield TextLine(late.title, "not the same", "odd")


def _prerequisites(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    for prerequisite in facts.row.stack.spec.prerequisites or ():
        yield _prerequisite(prerequisite, facts.prerequisites.get(prerequisite.name), now)


def _prerequisite(wanted: Prerequisite, other: StackRow | None, now: float) -> TextLine:
    within = wanted.requirement.succeeded_within_duration if wanted.requirement else ""
    need = f"; must have succeeded within {within}" if within else ""
    if other is None:
        return TextLine(f"{wanted.name}: no such Stack in this namespace{need}", "after", "bad")
    done = f", updated {kubectl_age(now - other.updated_at)} ago" if other.updated_at is not None else ""
    words = f"{wanted.name}: {other.health.status}, {other.phase.words(now)}{done}{need}"
    return TextLine(words, "after", health_tone(other.health.status))


def _current(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    status = facts.row.stack.status
    current = status.current_update if status else None
    if current is None or not current.name:
        return
    yield TextLine(current.name, "Update")
    yield TextLine(_update_words(facts.around, now), "State")
    yield from filled(TextLine(current.commit, "Commit"))
    newest = facts.row.stack.metadata.generation
    if current.generation != newest:
        yield TextLine(f"generation {current.generation} of the spec; {newest} waits", "For")
    yield from filled(TextLine(current.reconcile_request, "Asked for by"))


def _update_words(around: PhaseEvidence, now: float) -> str:
    if around.update_gone:
        return "there is no such Update"
    update = around.update
    if update is None:
        return "not looked at yet"
    kind = update.spec.type or "update"
    began = instant(update.metadata.creation_timestamp)
    since = f" for {kubectl_age(now - began)}" if began is not None else ""
    conditions = update.status.conditions if update.status else None
    if cond.is_true(conditions, "Complete"):
        return f"{kind} is over, {'failed' if cond.is_true(conditions, 'Failed') else 'succeeded'}"
    return f"{kind} running{since}" if cond.is_true(conditions, "Progressing") else f"{kind} waiting to start{since}"


def _last(row: StackRow, last: LastUpdate | None, told: _Messages, now: float) -> Iterator[TextLine]:
    if last is None:
        return
    tone = RUN.get(last.state, "")
    yield TextLine(f"{last.type or 'update'} {last.state or 'in an unknown state'}", "Result", tone)
    yield TextLine(moment(row.updated_at, now) or "unknown", "When")
    yield from filled(
        TextLine(last.name, "Update"),
        TextLine(last.last_attempted_commit, "Attempted"),
        TextLine(last.last_successful_commit or "nothing yet", "Applied"),
        TextLine(_failures(row, last) if last.state == "failed" else "", "Failed"),
        TextLine(_next_attempt(row, last, now), "Next run"),
        TextLine(last.permalink, "Pulumi Cloud"),
    )
    if last.message and "\n" not in last.message.strip():  # a longer one stands further down
        yield from told.new(TextLine(one_line(headline(last.message)), "Said", tone))


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


def _said(last: LastUpdate | None) -> Iterator[TextLine]:
    if last is not None and "\n" in last.message.strip():
        yield TextLine(without_outputs(last.message).strip("\n"))


def _unseen(facts: StackPageContent) -> Iterator[TextLine]:
    for words in facts.context.hidden if facts.context else ():
        yield TextLine(words, "may not read", "odd")
    for what, why in facts.hidden.items():
        yield TextLine(why, what, "odd")
    if facts.context is not None and facts.context.stacks.restricted is not None:
        yield TextLine(facts.context.stacks.restricted.reason, "restricted", "odd")


_VALUES_HIDDEN = "Values are shown with x, except what Pulumi, or its name, calls secret."
_VALUES_SHOWN = "These values are on the screen; x hides them."


def output_lines(answer: SelectionResult, *, values: bool) -> Iterator[TextLine]:
    """The outputs of a Stack, each with its kind, or with its value where `values` asks for that and it isn't secret.

    The Secret that holds them is never asked for: the Stack's status has them.
    """
    if answer.why:
        yield TextLine(f"The Stack's outputs can't be read: {answer.why}", tone="odd")
        return
    if not answer.known:
        yield TextLine("Asking the cluster ...", tone="dim")
        return
    outputs: Mapping[str, StackOutput] = answer.records[0].outputs if answer.records else {}
    if not outputs:
        yield TextLine("The Stack has no outputs (yet).", tone="dim")
        return
    yield TextLine(_VALUES_SHOWN, tone="odd") if values else TextLine(_VALUES_HIDDEN, tone="dim")
    yield TextLine()
    for name, output in outputs.items():
        yield _output(name, output, values)


def _output(name: str, output: StackOutput, values: bool) -> TextLine:
    if output.secret:
        return TextLine("secret: its value isn't in the Stack", name, "odd")
    if output.hidden:
        return TextLine(f"{output.kind} {MASK}: its name says that it is secret, though Pulumi doesn't", name, "odd")
    return TextLine(output.text, name) if values else TextLine(f"{output.kind} {MASK}", name, "dim")
