"""A Stack that is waited for is there, not yet, or not to be expected; what flaps ends no wait."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.watch.watch_events import Arrived, Lost, Obscured, Removed, Synced
from diagnosis.finding import PROBLEM, Finding, NextEvent
from fleet.board.board import Board
from fleet.board.rows import Key
from kubectl_plugin.verbs.wait.stack_waits import Outlook, StackWait, StackWaits, WaitEvent
from support.objects import NOW, PROCESSING, READY, at, condition, last, stack

SHOP = Key("eu", "prod", "shop")
STALLED = condition("Stalled", "SpecInvalid", "missing branch")
STAYS = Finding("B-3", PROBLEM, "stays", next=NextEvent("nothing", heals=False))
OTHER = Finding("F-1", PROBLEM, "stays", next=NextEvent("nothing", heals=False))
PASSES = Finding("U-1", PROBLEM, "passes", next=NextEvent("it is run again"))
QUIET = 5.0


class Waited:
    """A wait for eu/prod/shop, on a board of its own."""

    def __init__(self, condition: str = "ready", **made: Any) -> None:
        self.board = Board()
        self.board.open("eu")
        self.now = NOW
        self.waits = StackWaits(condition, [SHOP], settles=5.0)
        self.put(**made)
        self.board.apply_stack_event("eu", Synced(None, frozenset({SHOP[1:]})), self.now)
        self.events = self.look()

    @property
    def shop(self) -> StackWait:
        return self.waits.waits[SHOP]

    def put(self, **made: Any) -> None:
        self.board.apply_stack_event("eu", Arrived([stack(**made)]), self.now)

    def remove(self) -> None:
        self.board.apply_stack_event("eu", Removed([SHOP[1:]]), self.now)

    def look(self, later: float = 0.0) -> list[WaitEvent]:
        self.now += later
        return [event for _, event in self.waits.look(self.board, self.now, self.now - NOW)]

    def explain(self, *found: Finding, later: float = QUIET) -> list[WaitEvent]:
        """A look and a diagnosis that finds these, of the Stacks of which one is due."""
        self.look(later)
        asked = self.waits.to_explain(self.now, QUIET)
        return [event for _, event in self.waits.explained(asked, dict.fromkeys(asked, found))]


def test_what_holds_already_is_met_in_the_first_look() -> None:
    waited = Waited()
    assert waited.events == [WaitEvent.MOVED, WaitEvent.MET]
    assert (waited.shop.after, waited.waits.settled) == (0.0, True)


def test_it_is_met_once_and_stays_met() -> None:
    waited = Waited(conditions=[PROCESSING])
    assert not waited.waits.settled
    waited.put(conditions=[READY])
    assert waited.look(3.0)[-1] is WaitEvent.MET
    assert waited.shop.after == 3.0
    waited.put(conditions=[STALLED])
    assert waited.look(1.0) == []
    assert waited.shop.outlook is Outlook.MET


def test_a_finding_that_stays_ends_it_when_it_is_seen_twice() -> None:
    waited = Waited(conditions=[STALLED])
    assert waited.explain(STAYS, later=0.0) == []
    assert waited.explain(STAYS) == [WaitEvent.HOPELESS]
    assert (waited.shop.outlook, waited.shop.finding) == (Outlook.HOPELESS, STAYS)
    assert waited.waits.settled


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param([(STAYS,), (), (STAYS,)], id="gone between"),
        pytest.param([(STAYS,), (OTHER,), (STAYS,)], id="another one between"),
        pytest.param([(PASSES,), (PASSES,), (PASSES,)], id="tried again"),
        pytest.param([(), (), ()], id="nothing found"),
    ],
)
def test_what_flaps_or_passes_ends_nothing(looks: list[tuple[Finding, ...]]) -> None:
    waited = Waited(conditions=[STALLED])
    for found in looks:
        assert waited.explain(*found) == []
    assert waited.shop.outlook is Outlook.OPEN


def test_what_is_found_of_a_stack_that_has_moved_meanwhile_counts_for_nothing() -> None:
    waited = Waited(conditions=[STALLED])
    waited.explain(STAYS, later=0.0)
    asked = waited.waits.to_explain(waited.now, QUIET)
    waited.put(conditions=[PROCESSING])
    waited.look(1.0)
    assert waited.waits.explained(asked, {SHOP: [STAYS]}) == []
    waited.put(conditions=[STALLED])
    waited.look(1.0)
    assert waited.waits.to_explain(waited.now, QUIET) == {}, "it is on its way"
    assert waited.explain(STAYS) == []
    assert waited.explain(STAYS) == [WaitEvent.HOPELESS]


def test_an_application_that_is_stuck_is_not_the_stacks_end() -> None:
    waited = Waited(conditions=[PROCESSING])
    paused = Finding("A-5", PROBLEM, "gave up", next=NextEvent("nothing", heals=False))
    for _ in range(3):
        assert waited.explain(paused) == []


def test_one_that_moves_again_is_waited_for_again() -> None:
    waited = Waited(conditions=[STALLED])
    waited.explain(STAYS, later=0.0)
    waited.explain(STAYS)
    waited.put(conditions=[PROCESSING], metadata={"generation": 2})
    assert waited.look(1.0)[0] is WaitEvent.HOPEFUL
    assert (waited.shop.outlook, waited.shop.finding) == (Outlook.OPEN, None)


@pytest.mark.parametrize("wanted", ["ready", "healthy", "updated", "reconciled"])
def test_one_that_is_deleted_is_not_to_be_expected_any_more(wanted: str) -> None:
    asked = {"annotations": {"pulumi.com/reconciliation-request": "please"}}
    waited = Waited(wanted, conditions=[PROCESSING], metadata=asked)
    waited.remove()
    assert waited.look(1.0) == []
    assert waited.look(5.0) == [WaitEvent.HOPELESS]
    assert waited.shop.why == "it was deleted"


def test_one_that_is_being_deleted_is_not_either() -> None:
    waited = Waited(metadata={"deletionTimestamp": at(5.0)}, conditions=[READY])
    assert waited.look(5.0) == [WaitEvent.HOPELESS]
    assert waited.shop.why == "it is being deleted"


def test_one_that_is_replaced_is_judged_anew() -> None:
    waited = Waited(conditions=[PROCESSING])
    waited.remove()
    waited.look(1.0)
    waited.put(conditions=[PROCESSING], metadata={"uid": "another"})
    assert waited.look(2.0) == [WaitEvent.RECREATED]
    waited.look(10.0)
    assert waited.shop.outlook is Outlook.OPEN
    waited.put(metadata={"uid": "another"})
    assert WaitEvent.MET in waited.look(1.0)


def test_one_that_was_given_up_comes_back() -> None:
    waited = Waited(conditions=[PROCESSING])
    waited.remove()
    waited.look()
    waited.look(6.0)
    assert waited.shop.outlook is Outlook.HOPELESS
    waited.put(conditions=[PROCESSING], metadata={"uid": "another"})
    assert waited.look(1.0) == [WaitEvent.RECREATED, WaitEvent.HOPEFUL]
    assert (waited.shop.outlook, waited.shop.why) == (Outlook.OPEN, "")


def test_gone_or_replaced_is_deleted() -> None:
    for change in (Waited.remove, lambda waited: waited.put(metadata={"uid": "another"})):
        waited = Waited("deleted")
        assert waited.shop.outlook is Outlook.OPEN
        change(waited)
        assert waited.look(1.0)[-1] is WaitEvent.MET


def test_what_can_not_be_read_is_not_gone() -> None:
    for wanted in ("ready", "deleted"):
        waited = Waited(wanted, conditions=[PROCESSING])
        waited.board.apply_stack_event("eu", Obscured([SHOP[1:]]), NOW)
        waited.look(1.0)
        waited.look(60.0)
        assert waited.shop.outlook is Outlook.OPEN


def test_a_context_that_is_not_seen_tells_nothing() -> None:
    waited = Waited("deleted")
    waited.board.apply_stack_event("eu", Lost("refused", NOW, NOW + 1.0, 0, absent=False), NOW)
    waited.remove()
    assert waited.look(1.0) == []
    assert waited.shop.outlook is Outlook.OPEN


def test_a_cluster_that_does_not_know_stacks_any_more_has_none() -> None:
    waited = Waited("deleted")
    waited.board.apply_stack_event("eu", Lost("there are none", NOW, NOW + 1.0, 404, absent=True), NOW)
    assert waited.look(1.0) == [WaitEvent.MET]


def test_what_keeps_one_from_being_deleted_is_asked_once_it_is() -> None:
    waited = Waited("deleted", conditions=[STALLED])
    assert waited.waits.to_explain(waited.now, QUIET) == {}
    waited.put(conditions=[STALLED], metadata={"deletionTimestamp": at(5.0)}, lastUpdate=last())
    waited.look(1.0)
    assert waited.explain(STAYS) == []
    assert waited.explain(STAYS) == [WaitEvent.HOPELESS]
