"""The texts of a Stack's page: its overview, with what couldn't be read, and its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from diagnosis.object_findings import outdated_stack, why_differ
from fleet.argocd.argocd_verdict import ArgoCDVerdict
from fleet.board.context_state import ContextState
from fleet.board.rows import AppRow, StackRow
from fleet.stack_objects.watched_kinds import SelectionResult
from manifests.problem import Problem, Severity
from stacks import conditions as cond
from stacks.messages import headline, without_outputs
from stacks.phases.phase import PhaseEvidence
from stacks.records.base import Condition
from stacks.records.stack import LastUpdate, Prerequisite
from stacks.records.stack_detail import StackDetail, StackOutput
from stacks.redaction import MASK
from stacks.text import one_line
from stacks.times import instant, kubectl_age
from tui.pages.quoted_messages import QuotedMessages
from tui.pages.spec_text import source_lines, spec_lines, workspace_lines
from tui.pages.stack_metadata import argocd_lines, identity_lines, last_update_lines
from tui.pages.verdict_text import VerdictBlock, verdict_lines
from tui.widgets.text_columns import ColumnedLines
from tui.widgets.text_view import TextLine, condition_lines, filled, in_parts, moment
from views.columns import health_shown
from views.tones import PROBLEM_SEVERITY, RUN, health_tone, phase_tone


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
    problems: Sequence[Problem] = ()
    """what lint finds in it"""
    replaced_at: float | None = None
    """when another Stack took the place of the one that the page was opened for"""


def stack_lines(facts: StackPageContent, now: float) -> ColumnedLines:
    """What is the matter and how it stands comes first; what it is and where it comes from may stand beside that."""
    row, status = facts.row, facts.row.stack.status
    last = status.last_update if status else None
    quoted = QuotedMessages(facts.found.quotes if facts.found is not None else [])
    first = in_parts(  # each part is made when those before it have been: what they quote isn't quoted again
        ("", _banner(facts, now)),
        ("", _verdict(facts, now)),
        ("", _state(facts, quoted, now)),
        ("CURRENT UPDATE", _current(facts, now)),
        ("CONDITIONS", _conditions(status.conditions if status else None, quoted, now)),
        ("PREREQUISITES", _prerequisites(facts, now)),
        ("LINT", _problems(facts.problems)),
    )
    beside = in_parts(
        ("STACK", identity_lines(row, facts.context, now)),
        ("ARGO CD", argocd_lines(row, facts.app, facts.verdict, facts.no_verdict, quoted, now)),
        ("LAST UPDATE", last_update_lines(row, last, now, next_is_said=_says_next(facts))),
        ("SOURCE", source_lines(row)),
    )
    rest = in_parts(
        ("HOW IT IS RUN", spec_lines(row, facts.detail)),
        ("WORKSPACE TEMPLATE", workspace_lines(row, facts.detail, facts.hidden.get("details", ""))),
        ("WHAT THE LAST UPDATE SAID", _said(last, quoted)),
        ("WHAT COULDN'T BE READ", _unseen(facts)),
    )
    return ColumnedLines(tuple(first), tuple(beside), tuple(rest))


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


def _says_next(facts: StackPageContent) -> bool:
    finding = facts.found.found.finding if facts.found is not None else None
    return finding is not None and finding.next is not None


def _conditions(conditions: list[Condition] | None, quoted: QuotedMessages, now: float) -> Iterator[TextLine]:
    return (line for line in condition_lines(conditions, now) if line.label.strip() or quoted.is_new(line.text))


def _state(facts: StackPageContent, quoted: QuotedMessages, now: float) -> Iterator[TextLine]:
    """What it is doing, and how it is."""
    row, metadata = facts.row, facts.row.stack.metadata
    late = " (unusually long)" if row.phase.late(now) else ""
    yield TextLine(f"{row.phase.words(now)}{late}", "Phase", phase_tone(row.phase, row.rank))
    yield from filled(TextLine(moment(row.phase.since, now), "since"))
    health = health_shown(row)
    yield TextLine(health or "no verdict", "Health", health_tone(health))
    yield from quoted.new(
        TextLine(row.health.message, "because"),
        TextLine("" if facts.found is not None else row.message, "Message"),
        TextLine(row.health.deletion_message, "Deletion"),
    )
    if metadata.deletion_timestamp:
        yield TextLine(moment(instant(metadata.deletion_timestamp), now), "Delete asked", "busy")
        yield TextLine(", ".join(metadata.finalizers or ()) or "none", "Finalizers")


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


def _problems(problems: Sequence[Problem]) -> Iterator[TextLine]:
    """What is wrong in how it is written, the worst first; :lint has it with how it is written right."""
    for problem in sorted(problems, key=lambda each: list(Severity).index(each.severity)):
        yield TextLine(f"{problem.rule}: {one_line(problem.message)}", problem.severity.value,
                       PROBLEM_SEVERITY[problem.severity.value])  # fmt: skip


def _current(facts: StackPageContent, now: float) -> Iterator[TextLine]:
    status = facts.row.stack.status
    current = status.current_update if status else None
    if current is None or not current.name:
        return
    yield TextLine(current.name, "Update")
    yield TextLine(_update_words(facts.around, now), "State")
    if current.commit != facts.row.commit_wanted:  # that one stands with the source
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


def _said(last: LastUpdate | None, quoted: QuotedMessages) -> Iterator[TextLine]:
    if last is None or not last.message.strip():
        return
    if "\n" in last.message.strip():
        yield TextLine(without_outputs(last.message).strip("\n"))
    else:
        yield from quoted.new(TextLine(one_line(headline(last.message)), tone=RUN.get(last.state, "")))


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
