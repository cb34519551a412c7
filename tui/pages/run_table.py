"""The runs of a Stack as a table, and one of them as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.board.rows import short_commit
from fleet.stack_objects.update_history import UpdateRun
from stacks.messages import without_outputs
from stacks.times import age, span
from tui.tables.table_spec import TableSpec
from tui.widgets.text_lines import moment
from tui.widgets.text_view import TextLine
from views.columns import Column, ColumnWidth
from views.filter import FilterFields
from views.tones import RUN


@dataclass(frozen=True)
class RunRow:
    """A run, its place in the history, and where it ran."""

    place: int
    context: str
    run: UpdateRun


def _began(row: RunRow, now: float) -> str:
    return "" if row.run.began is None else age(now - row.run.began)


def _took(row: RunRow, now: float) -> str:
    run = row.run
    if run.lasted is not None:
        return span(run.lasted)
    return f"{span(now - run.began)} so far" if run.state == "running" and run.began is not None else ""


def summary_of(run: UpdateRun) -> str:
    """A run on one line: its error, why it was started, and whether its Update is gone."""
    gone = "" if run.kept else "its Update has gone; the Stack tells"
    return "; ".join(words for words in (run.error, run.reason, gone) if words)


RUN_TABLE: TableSpec[RunRow] = TableSpec(
    noun="Updates",
    columns=(
        Column(
            "state",
            "RESULT",
            lambda row, now: f"{row.run.type} {row.run.state}".strip(),
            lambda row: row.place,
            width=ColumnWidth(0, 12, 18),
            tone=lambda row: RUN.get(row.run.state, ""),
        ),
        Column("began", "BEGAN", _began, lambda row: row.place, width=ColumnWidth(0, 5, 8)),
        Column("took", "TOOK", _took, lambda row: row.place, width=ColumnWidth(2, 5, 14)),
        Column(
            "commit",
            "COMMIT",
            lambda row, now: short_commit(row.run.commit),
            lambda row: row.place,
            width=ColumnWidth(3, 7, 10),
        ),
        Column("name", "UPDATE", lambda row, now: row.run.name, lambda row: row.place, width=ColumnWidth(4, 16, 60)),
        Column(
            "said",
            "WHAT IT SAYS",
            lambda row, now: summary_of(row.run),
            lambda row: row.place,
            width=ColumnWidth(1, 36, 4000),
            tone=lambda row: "bad" if row.run.error else "",
        ),
    ),
    identity=lambda row: row.run.name or f"at {row.run.began}",
    context=lambda row: row.context,
    namespace=lambda row: "",
    order=lambda row: row.place,
    order_name="age",
    filter_fields=lambda row: FilterFields(row.run.name.lower()),
    broken=lambda row: row.run.state == "failed",
    aging="began",
    aging_else="state",
)


def run_lines(run: UpdateRun | None, now: float) -> Iterator[TextLine]:
    """The lines of the page of one run; None where nothing tells of it any more."""
    if run is None:
        yield TextLine("Nothing tells of this run any more.", tone="odd")
        return
    yield TextLine(f"{run.type or 'update'} {run.state}", "Result", RUN.get(run.state, ""))
    yield TextLine(run.name or "unknown", "Update")
    for label, at in (("Began", run.began), ("Ended", run.ended)):
        if at is not None:
            yield TextLine(moment(at, now), label)
    if run.lasted is not None:
        yield TextLine(span(run.lasted), "Took")
    if run.reason:
        yield TextLine(run.reason, "Started for")
    yield TextLine(run.commit or "PKO kept none", "Commit")
    if run.permalink:
        yield TextLine(run.permalink, "Pulumi Cloud")
    if not run.kept:
        yield TextLine("The Update has gone; this is what the Stack's status keeps.", "Kept by", "odd")
    if run.error:
        yield TextLine()
        yield TextLine(run.error, tone="bad")
    if run.state == "failed" and not run.message:
        yield TextLine()
        yield TextLine("It left no message: the operator gave it up, or somebody stopped it.", tone="odd")
    if run.message and run.state == "failed":
        yield TextLine()
        yield TextLine("WHAT IT SAID", tone="head")
        yield TextLine(without_outputs(run.message).strip("\n"))
