"""The table of a group's members, and what is said of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.group import risks_by_level
from fleet.board.rows import Key
from stacks.text import plain
from tui.plans.group_run import GroupMember, GroupRun, MemberState
from tui.tables.table_spec import TableSpec, page_column
from tui.widgets.text_view import TextLine
from views.columns import name_tone
from views.filter import FilterFields
from views.tones import CHANGE

_ORDER: tuple[MemberState, ...] = (
    "under way",
    "to send",
    "not sent",
    "failed",
    "not in time",
    "done",
    "looking",
    "seen",
    "can't",
    "nothing to do",
)
"""of the states, for the counts"""
_REASONS = 3
"""reasons that are said over the table; each row has its own"""


@dataclass(frozen=True)
class MemberRow:
    """A member in the table, and its place there."""

    place: int
    key: Key
    state: str
    text: str


MEMBER_TABLE: TableSpec[MemberRow] = TableSpec(
    noun="Members",
    columns=(
        page_column("context", "CONTEXT", lambda row, now: plain(row.key.context), (3, 7, 20)),
        page_column("namespace", "NAMESPACE", lambda row, now: row.key.namespace, (4, 9, 20)),
        page_column("name", "NAME", lambda row, now: row.key.name, (0, 8, 32), name_tone),
        page_column("state", "STATE", lambda row, now: row.state, (0, 9, 13), lambda row: CHANGE[row.state]),
        page_column("text", "WHAT", lambda row, now: plain(row.text), (1, 20, 4000)),
    ),
    identity=lambda row: row.key,
    context=lambda row: row.key.context,
    namespace=lambda row: row.key.namespace,
    order_name="place",
    filter_fields=lambda row: FilterFields(row.key.name),
)


def counted_members(run: GroupRun) -> str:
    return f"{len(run.keys)} {run.kind}s" if len(run.keys) != 1 else f"1 {run.kind}"


def counts_in_words(run: GroupRun) -> str:
    """How many are how far, such as "3 done, 1 failed"."""
    return ", ".join(f"{count} {state}" for state in _ORDER if (count := run.count(state))) or "none"


def rate_words(per_second: float) -> str:
    return f"{per_second:g} a second" if per_second >= 1 else f"one every {1 / per_second:g} seconds"


def risk_lines(members: Sequence[GroupMember]) -> Iterator[TextLine]:
    """What the plans can hurt, each kind of it once, with how many have it; the highest first, and all of those."""
    risks = risks_by_level(one.plan for one in members if one.plan is not None)
    shown = max(_REASONS, sum(risk.level != "low" for risk, _ in risks))
    for risk, count in risks[:shown]:
        yield TextLine(plain(f"{risk.level} for {count}: {risk.text}"), "risk")
    if len(risks) > shown:
        yield TextLine(f"and {len(risks) - shown} more low risks, each in its plan", "risk", "dim")


def repair_lines(run: GroupRun) -> Iterator[TextLine]:
    """That a repair has to come first, and for how many; nothing where the verb helps all of them at once."""
    helps = run.verbs().get(run.change.id) if run.change is not None else None
    if helps is not None and helps.after_repair:
        words = helps.words(len(run.keys))
        yield TextLine(f"{words}; sent before, it fails again. Each plan says what to repair", "helps", "odd")


def reason_lines(label: str, members: Sequence[GroupMember]) -> Iterator[TextLine]:
    """The commonest reasons of these, without what is each one's own."""
    reasons = Counter(one.text for one in members)
    for text, count in reasons.most_common(_REASONS):
        yield TextLine(plain(f"{count}: {text}"), label, "bad")
    if len(reasons) > _REASONS:
        yield TextLine(f"and {len(reasons) - _REASONS} more reasons, each on its line", " ", "dim")


def group_lines(run: GroupRun, *, planned: bool, sendable: Sequence[GroupMember], why_not: str) -> Iterator[TextLine]:
    """What is said of the group over its table: how far it is, and what can be done now.

    `planned`: there are plans of the last look, of which `sendable` may be sent now; `why_not` is why others may not.
    """
    if run.look is None:
        yield TextLine(f"Looking at {counted_members(run)} ...", tone="dim")
    elif run.change is None:
        yield TextLine("No verb helps any of them; esc goes back." if not run.verbs() else "Which verb?", tone="dim")
    elif not planned and not run.begun:
        yield TextLine(f"Planning {run.change.id} for each of them ...", tone="dim")
    else:
        yield TextLine(f"{run.change.id}: {counts_in_words(run)}", tone="strong")
        if run.ended:
            yield from _after_the_end(run)
        elif run.begun:
            yield _while_it_runs(run)
        else:
            yield from repair_lines(run)
            yield from _before_it_is_sent(run, sendable, why_not)
        if any(one.plan is not None for one in run.members):
            whole = "v shows the plan of the one under the cursor whole, with every byte that is sent"
            yield TextLine(whole, " ", "dim")
        if not run.begun:
            yield from reason_lines("can't", [one for one in run.members if one.state == "can't"])


def _before_it_is_sent(run: GroupRun, sendable: Sequence[GroupMember], why_not: str) -> Iterator[TextLine]:
    if not sendable:
        yield TextLine(f"Nothing can be sent: {why_not}." if why_not else "There is nothing to send.", "now", "odd")
        return
    yield from risk_lines(sendable)
    rate = rate_words(run.per_second)
    yield TextLine(f"Enter sends {len(sendable)}, {rate}, after a question; + and - change the rate.", "now", "odd")


def _while_it_runs(run: GroupRun) -> TextLine:
    paused = run.sending is not None and run.sending.paused
    if not run.count("to send"):
        words = "each is followed to its end, also where esc goes back"
    elif paused:
        words = "paused: p goes on; what was begun is followed to its end"
    else:
        words = f"the others follow, {rate_words(run.per_second)}; p pauses, esc asks what becomes of them"
    return TextLine(words, "now", "odd" if paused else "")


def _after_the_end(run: GroupRun) -> Iterator[TextLine]:
    yield from reason_lines("failed", [one for one in run.members if one.state == "failed"])
    rest = run.count("failed", "not sent", "can't", "nothing to do")
    yield TextLine("r looks again at the rest, and plans it anew" if rest else "esc goes back", "now")
