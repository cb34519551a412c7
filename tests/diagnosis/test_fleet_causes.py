"""What counts among the causes of a fleet: problems, and what will be one; who only waits is counted."""

from __future__ import annotations

from collections.abc import Sequence

from diagnosis.finding import PROBLEM, WAITING, Finding
from diagnosis.fleet_causes import fleet_troubles
from fleet.board.rows import Key

WEB, DB, CART = (Key("hub", "shop", name) for name in ("web", "db", "cart"))
WAITS = Finding("B-10", WAITING, "The prerequisite db is running", subject="Stack shop/db")
STUCK = Finding("B-3", PROBLEM, "The Secret doesn't exist", subject="Secret shop/token")


class Known:
    def __init__(self, **found: Finding) -> None:
        self._found = found

    def findings(self, key: Key) -> Sequence[Finding]:
        return [self._found[key.name]] if key.name in self._found else []


def test_who_only_waits_is_counted_beside_what_is_wrong() -> None:
    causes, waiting, unexplained = fleet_troubles(Known(web=WAITS, cart=STUCK), [WEB, DB, CART], [CART, DB])
    assert ([each.id for each in causes], waiting, unexplained) == (["B-3"], 1, 1)


def test_where_nothing_is_wrong_it_is_told_what_is_waited_for() -> None:
    causes, waiting, _ = fleet_troubles(Known(web=WAITS), [WEB, DB], [])
    assert ([each.id for each in causes], waiting) == (["B-10"], 0)


def test_what_becomes_a_problem_or_keeps_a_broken_stack_belongs_there() -> None:
    soon = Finding("B-9", WAITING, "The prerequisite doesn't exist", subject="Stack shop/vault", problem_at=1000.0)
    causes, waiting, _ = fleet_troubles(Known(web=soon, db=WAITS, cart=STUCK), [WEB, DB, CART], [CART, DB])
    assert (sorted(each.id for each in causes), waiting) == (["B-10", "B-3", "B-9"], 0)
