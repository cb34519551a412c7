"""What is said of the Stack under the cursor: what is the matter, the evidence, what comes by itself, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.board.rows import StackRow
from stacks.phases.phase import READY, is_broken
from stacks.times import prose_span
from tui.tables.detail_strip import DetailLine, RowDetail
from views.cause_column import next_text, unexplained_words
from views.columns import next_run
from views.findings import next_words, nothing_found, place_words
from views.next_events import brief_in_words
from views.tones import FINDING, phase_tone

if TYPE_CHECKING:
    from diagnosis.board_findings import BoardFinding
    from diagnosis.finding import Finding


def stack_detail(row: StackRow, found: BoardFinding | None, now: float, old: str = "") -> RowDetail:
    """What is said of a Stack. `old` is the age of what is known of it, in words, where that can't be seen now."""
    name = " / ".join(row.key)
    name = f"{name}   as it was {old} ago" if old else name
    if found is None or found.finding is None:
        lines = _without_finding(row, found, now)
        return RowDetail(name, lines, lines[0])
    finding = found.finding
    lines = tuple(
        line
        for line in (
            DetailLine(finding.id, finding.title, FINDING.get(finding.severity, ""), _certainty(found)),
            DetailLine("", _evidence(row, finding, now)),
            DetailLine("Next", _next(row, found, finding, now)),
            DetailLine("Do", finding.next_step, right=_keys(finding)),
        )
        if line.text
    )
    return RowDetail(name, lines, _brief(row, found, finding, now))


def _without_finding(row: StackRow, found: BoardFinding | None, now: float) -> tuple[DetailLine, ...]:
    """One calm line for a Stack that is fine, and what is known of one that isn't."""
    if row.phase.kind is READY:
        words = [nothing_found(partly=False).rstrip("."), _last_update(row, now), _next_resync(row, now)]
        return (DetailLine("ok", " · ".join(word for word in words if word), "good"),)
    comes = next_text(row, found, now)
    lines = [DetailLine("Phase", row.phase.words(now), phase_tone(row.phase, row.rank))]
    if is_broken(row.rank) and (said := unexplained_words(row, now)):
        lines.append(DetailLine("Says", said))
    if comes:
        lines.append(DetailLine("Next", brief_in_words(comes)))
    if found is not None and found.needs_look:
        lines.append(DetailLine("Do", "Look closer: its objects and logs may tell more", right="d Diagnose"))
    return tuple(lines)


def _last_update(row: StackRow, now: float) -> str:
    last = row.stack.last_update
    if row.updated_at is None or last is None:
        return ""
    return " ".join(word for word in (last.type, last.state, f"{prose_span(now - row.updated_at)} ago") if word)


def _next_resync(row: StackRow, now: float) -> str:
    return f"next run {brief_in_words(next_run(row, now))}" if row.next_attempt is not None else "runs again on change"


def _certainty(found: BoardFinding) -> str:
    certainty = found.finding.certainty if found.finding is not None else ""
    return f"{certainty}: d looks closer" if found.needs_look else certainty


def _evidence(row: StackRow, finding: Finding, now: float) -> str:
    """The quote that the finding rests on, with its place, and how long ago that was."""
    if not finding.evidence:
        return ""
    first = finding.evidence[0]
    place = place_words(first, row.key).removeprefix(f"Stack {row.key.name} ")
    said = f"{place}: {first.text}" if first.text else place
    return f"{said} · {prose_span(now - first.time)} ago" if first.time is not None and first.time < now else said


def _next(row: StackRow, found: BoardFinding, finding: Finding, now: float) -> str:
    """What happens by itself, and what people would try that doesn't help."""
    comes = next_words(finding, now) or brief_in_words(next_text(row, found, now) or "never")
    if finding.not_helpful:
        useless = finding.not_helpful[0]
        return f"{comes} · what doesn't help: {useless.action}, as {useless.why}"
    return comes


def _keys(finding: Finding) -> str:
    return "F Fix" if finding.actions else ""


def _brief(row: StackRow, found: BoardFinding, finding: Finding, now: float) -> DetailLine:
    comes = next_text(row, found, now)
    words = [finding.title, *([brief_in_words(comes)] if comes else [])]
    return DetailLine(finding.id, " · ".join(words), FINDING.get(finding.severity, ""), _keys(finding))
