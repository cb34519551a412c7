"""The one place from which changes are sent: each request at most once, each noted before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from actions.plan import Obj, Plan, Planned
from actions.record import ActionRecord, RecordError
from cluster.apply import decided, read, send
from cluster.errors import ClusterError, Conflict, Forbidden, Unacceptable
from cluster.http.connection import Connection

ATTEMPTS = 8
"""plans for one wish, where somebody else writes to the same object all the time"""
LAST_WORD = 3.0
"""seconds that the answer to a request may still take when the program is left"""


@dataclass(frozen=True)
class PlanSent:
    """It was sent, and this is what the server said. `kept` is the file with what was taken over."""

    plan: Plan
    answer: Obj
    kept: Path | None = None


@dataclass(frozen=True)
class SendRefused:
    """The server said no, and changed nothing. `stale`: because what the plan was made from isn't there any more."""

    plan: Plan
    error: ClusterError
    stale: bool = False


@dataclass(frozen=True)
class OutcomeUnknown:
    """No answer came, or a broken one: whether it was done, only a look can tell."""

    plan: Plan
    error: ClusterError


@dataclass(frozen=True)
class PlanOutdated:
    """Meanwhile something became different from what was agreed to; nothing was sent."""

    planned: Planned


@dataclass(frozen=True)
class Unrecorded:
    """The record can't be written, so nothing was sent."""

    why: str


Outcome: TypeAlias = PlanSent | SendRefused | OutcomeUnknown | PlanOutdated | Unrecorded
Replan: TypeAlias = Callable[[], Awaitable[Planned]]


async def run(
    connection: Connection, plan: Plan, journal: ActionRecord, number: int = 0
) -> PlanSent | SendRefused | OutcomeUnknown:
    """Send one of the plan's requests. Raises RecordError before anything is sent.

    Whoever gives up meanwhile waits for the answer, a few seconds at most: half a line in the record says nothing.
    """
    journal.note(plan, "sending", number)
    answering = asyncio.ensure_future(_answered(connection, plan, journal, number))
    try:
        return await asyncio.shield(answering)
    except asyncio.CancelledError:
        await asyncio.wait([answering], timeout=LAST_WORD)
        answering.cancel()
        await asyncio.wait([answering])
        raise


async def _answered(
    connection: Connection, plan: Plan, journal: ActionRecord, number: int
) -> PlanSent | SendRefused | OutcomeUnknown:
    try:
        answer = await send(connection, plan.requests[number])
    except asyncio.CancelledError:
        _afterwards(journal, plan, "unknown", number, "the program was left before an answer came")
        raise
    except ClusterError as error:
        known = decided(error)
        _afterwards(journal, plan, "refused" if known else "unknown", number, str(error))
        return SendRefused(plan, error, _is_stale(error)) if known else OutcomeUnknown(plan, error)
    _afterwards(journal, plan, "done", number)
    return PlanSent(plan, answer)


def _afterwards(journal: ActionRecord, plan: Plan, word: str, number: int, detail: str = "") -> None:
    """What has happened has happened, whether or not the disk is full by now."""
    with suppress(RecordError):
        journal.note(plan, word, number, detail)


def _is_stale(error: ClusterError) -> bool:
    """A test or a resourceVersion that didn't hold, or a field that got another owner meanwhile.

    A JSON patch whose test fails is answered with 422, as are wrong uids; what is invalid for good is so
    again, and then that is the answer.
    """
    return isinstance(error, Conflict | Unacceptable)


async def carry_out(connection: Connection, plan: Plan, replan: Replan, journal: ActionRecord, uid: str) -> Outcome:
    """Send a plan of one request. Where it is refused as stale, look again, and send what comes of it
    if it is the same in all that matters. Never more than a few times.
    """
    agreed = plan.essence
    try:
        kept = journal.keep(plan, uid)
        for _ in range(ATTEMPTS):
            outcome = await run(connection, plan, journal)
            if isinstance(outcome, PlanSent):
                return PlanSent(plan, outcome.answer, kept)
            if isinstance(outcome, OutcomeUnknown) or not outcome.stale:
                return outcome
            planned = await replan()
            if not isinstance(planned, Plan) or planned.essence != agreed:
                return PlanOutdated(planned)
            if planned.preconditions == plan.preconditions:
                return outcome  # nothing has moved, so it isn't that
            plan = planned
    except RecordError as error:
        return Unrecorded(str(error))
    return outcome


async def run_all(
    connection: Connection, plan: Plan, journal: ActionRecord
) -> list[PlanSent | SendRefused | OutcomeUnknown]:
    """Send a plan of many small requests, at its pace. What is refused once for lack of rights isn't tried on.

    Raises RecordError before a request that can't be noted.
    """
    outcomes: list[PlanSent | SendRefused | OutcomeUnknown] = []
    for number in range(len(plan.requests)):
        await asyncio.sleep(plan.pace if number else 0)
        outcomes.append(outcome := await run(connection, plan, journal, number))
        if isinstance(outcome, OutcomeUnknown) or (
            isinstance(outcome, SendRefused) and isinstance(outcome.error, Forbidden)
        ):
            break
    return outcomes


async def rehearse(connection: Connection, plan: Plan) -> PlanSent | SendRefused | OutcomeUnknown:
    """Let the server check every request of a plan without keeping anything."""
    answer: Obj = {}
    for request in plan.requests:
        try:
            answer = await send(connection, request.rehearsed())
        except ClusterError as error:
            return SendRefused(plan, error, _is_stale(error)) if decided(error) else OutcomeUnknown(plan, error)
    return PlanSent(plan, answer)


async def prove(connection: Connection, plan: Plan, answer: Obj | None, *, apart: float) -> str:
    """Read back twice; what is wrong, or nothing. `answer` is None where none came. Raises ClusterError."""
    if plan.proof is None:
        return ""
    if answer is not None and (wrong := plan.proof.spared(answer) or plan.proof.holds(answer)):
        return wrong
    for reading in range(2):
        await asyncio.sleep(apart if reading else 0)
        if wrong := plan.proof.holds(await read(connection, plan.proof.path)):
            return wrong
    return ""
