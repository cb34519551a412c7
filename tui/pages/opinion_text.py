"""Both verdicts on a Stack, Argo CD's and ours, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator

from diagnosis.argocd_health import why_differs, why_not_yet
from fleet.argocd.argocd_words import message_said, said
from fleet.argocd.second_opinion import SecondOpinion, judged_by, shown_words
from fleet.board.rows import StackRow
from stacks.records.application import Application
from tui.widgets.text_view import TextLine
from views.tones import health_tone


def opinion_lines(
    row: StackRow, opinion: SecondOpinion | None, why_not: str, app: Application | None, now: float
) -> Iterator[TextLine]:
    """What Argo CD shows for the Stack itself, beside what is shown here."""
    if why_not:
        yield TextLine(f"can't be told: {said(why_not)}", "Argo CD shows", "odd")
        return
    if opinion is None:
        return
    if opinion.shown is None or opinion.check is None:
        yield TextLine(said(opinion.why_unknown), "Argo CD shows", "odd")
        return
    shown = opinion.shown
    tone = health_tone(shown.word)
    yield TextLine(f"{shown_words(shown)}, by {judged_by(opinion.check)}", "Argo CD shows", tone)
    if shown.message:
        yield TextLine(message_said(shown.message), "because")
    deleting = row.stack.metadata.deletion_timestamp is not None
    if why := why_differs(opinion, row.health, deleting=deleting):
        yield TextLine(row.health.status or "no verdict", "Our verdict", health_tone(row.health.status))
        yield TextLine(why.title, "they differ", "odd")
    if app is not None and (late := why_not_yet(opinion, app, now)):
        yield TextLine(late.title, "not the same", "odd")
