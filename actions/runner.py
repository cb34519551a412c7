"""Sends the requests of a plan: the one place from which anything is written to a cluster.

Each request is sent at most once, and the record has a line before it and one after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from actions.plan import CommandRequest, Obj, Plan, Planned, PlannedRequest
from actions.record import ActionRecord, RecordError
from cluster.apply import decided, read, send
from cluster.container_exec.exec_stream import run_in_container
from cluster.errors import ClusterError, Conflict, Forbidden, NotFound, Unacceptable, Unreachable, presentable
from cluster.http.connection import Connection

ATTEMPTS = 8
"""how often a change is planned anew and sent, where somebody else writes to the same object all the time"""
ANSWER_GRACE = 1.0
"""seconds that the answer to a request may still take when the program is left"""


_LONGEST_OUTPUT = 2_000
"""characters of a command's output that are kept"""


class CommandFailed(ClusterError):  # noqa: N818  (as its siblings)
    """A command ran in a container and ended with another exit code than 0. What it did until then isn't undone."""


@dataclass(frozen=True)
class PlanSent:
    """The server accepted it. `answer` is what it answered last: an object as it is now, or for a command
    ``{"output": text}``; `saved_to` is the file with what was taken over."""

    plan: Plan
    answer: Obj
    saved_to: Path | None = None


@dataclass(frozen=True)
class SendRefused:
    """The server refused it and changed nothing. `stale`: what the plan was made from may have changed since."""

    plan: Plan
    error: ClusterError
    stale: bool = False


@dataclass(frozen=True)
class OutcomeUnknown:
    """No answer to the last request came, or a broken one: only reading again tells whether it was written."""

    plan: Plan
    error: ClusterError


@dataclass(frozen=True)
class PartlySent:
    """The first `count` requests of the plan were written, and the next one wasn't, or isn't known to be."""

    plan: Plan
    count: int
    failure: SendRefused | OutcomeUnknown


@dataclass(frozen=True)
class PlanOutdated:
    """Planned anew, it isn't what was agreed to any more, so nothing was written. `planned` is the new plan."""

    planned: Planned


@dataclass(frozen=True)
class Unrecorded:
    """The record can't be written, so nothing was sent. `why` names the file and the error."""

    why: str


RequestOutcome: TypeAlias = PlanSent | SendRefused | OutcomeUnknown
Outcome: TypeAlias = RequestOutcome | PartlySent | PlanOutdated | Unrecorded
Replan: TypeAlias = Callable[[], Awaitable[Planned]]


async def send_request(connection: Connection, plan: Plan, record: ActionRecord, number: int = 0) -> RequestOutcome:
    """Send the plan's request of this number. Raises RecordError before anything is sent.

    Where the caller is cancelled meanwhile, the answer is still awaited for up to ANSWER_GRACE seconds: a record
    that says "sending" and nothing more is of no use.
    """
    record.note(plan, "sending", number)
    sending = asyncio.ensure_future(_send_and_note(connection, plan, record, number))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        await asyncio.wait([sending], timeout=ANSWER_GRACE)
        sending.cancel()
        await asyncio.wait([sending])
        raise


async def _send_and_note(connection: Connection, plan: Plan, record: ActionRecord, number: int) -> RequestOutcome:
    try:
        answer = await _perform(connection, plan.requests[number])
    except asyncio.CancelledError:
        _note_outcome(record, plan, "unknown", number, "the program was left before an answer came")
        raise
    except ClusterError as error:
        outcome = _failed(plan, error)
        _note_outcome(record, plan, "refused" if isinstance(outcome, SendRefused) else "unknown", number, str(error))
        return outcome
    _note_outcome(record, plan, "done", number)
    return PlanSent(plan, answer)


async def _perform(connection: Connection, request: PlannedRequest) -> Obj:
    """Send one request, or run one command. Raises ClusterError."""
    if not isinstance(request, CommandRequest):
        return await send(connection, request)
    result = await run_in_container(
        connection, request.namespace, request.pod, request.container, request.command, timeout=request.timeout
    )
    output = presentable(f"{result.stdout}\n{result.stderr}", _LONGEST_OUTPUT).strip()
    if result.exit_code is None:
        raise Unreachable(
            f"how it ended isn't known: the stream ended without a word of it{': ' * bool(output)}{output}"
        )
    if result.exit_code != 0:
        raise CommandFailed(f"{request.command[0]} ended with exit code {result.exit_code}: {output or 'no output'}")
    if not output:
        # Of a command whose node dies, an API server that speaks v5 with the client says that it succeeded.
        raise Unreachable("the server says that it ended well, and it printed nothing, as if its node had died")
    return {"output": output}


def _note_outcome(record: ActionRecord, plan: Plan, word: str, number: int, detail: str = "") -> None:
    """Write the second line. The request was sent already, so a record that fails by now changes nothing."""
    with suppress(RecordError):
        record.note(plan, word, number, detail)


def _failed(plan: Plan, error: ClusterError) -> SendRefused | OutcomeUnknown:
    """The outcome. It is stale where a test or a resourceVersion may not have held, or a field may have a new owner.

    A JSON patch whose test fails is answered with 422, as are wrong uids; what is invalid for good is so
    again, and then that is the answer.
    """
    if not decided(error) and not isinstance(error, CommandFailed):
        return OutcomeUnknown(plan, error)
    return SendRefused(plan, error, stale=isinstance(error, Conflict | Unacceptable | NotFound))


async def send_plan(connection: Connection, plan: Plan, replan: Replan, record: ActionRecord) -> Outcome:
    """Send the requests of a plan, in order.

    Where the first one is refused as stale, plan anew, and send that if it has the same `agreed_to`, at most ATTEMPTS
    times; a plan that wants to `look_again` is planned anew before that, too. After the first, a request that fails is
    the end; without an answer to the last one, the proof tells. Raises ClusterError where planning anew can't read the
    object, and RecordError where a request after the first can't be noted.
    """
    agreed = plan.agreed_to
    if plan.look_again:
        planned = await replan()
        if not isinstance(planned, Plan) or planned.agreed_to != agreed:
            return PlanOutdated(planned)
        plan = planned
    try:
        saved_to = record.save_taken_over(plan)
        for _ in range(ATTEMPTS):
            outcome = await send_request(connection, plan, record)
            if isinstance(outcome, PlanSent):
                break
            if isinstance(outcome, OutcomeUnknown) and len(plan.requests) > 1:
                return PartlySent(plan, 0, outcome)
            if isinstance(outcome, OutcomeUnknown) or not outcome.stale:
                return outcome
            planned = await replan()
            if not isinstance(planned, Plan) or planned.agreed_to != agreed:
                return PlanOutdated(planned)
            if planned.preconditions == plan.preconditions:
                return outcome  # the object is as it was, so staleness isn't the reason
            plan = planned
        else:
            return outcome
    except RecordError as error:
        return Unrecorded(str(error))
    for number in range(1, len(plan.requests)):
        await asyncio.sleep(plan.pace)
        outcome = await send_request(connection, plan, record, number)
        if isinstance(outcome, OutcomeUnknown) and number == len(plan.requests) - 1:
            return outcome
        if not isinstance(outcome, PlanSent):
            return PartlySent(plan, number, outcome)
    return PlanSent(plan, outcome.answer, saved_to)


async def send_all(connection: Connection, plan: Plan, record: ActionRecord) -> list[RequestOutcome]:
    """Send a plan of many small requests, `plan.pace` seconds apart; the outcomes of those that were sent.

    It stops after the first refusal for lack of rights, and after the first request whose outcome is unknown.
    Raises RecordError before a request that can't be noted.
    """
    outcomes: list[RequestOutcome] = []
    for number in range(len(plan.requests)):
        await asyncio.sleep(plan.pace if number else 0)
        outcomes.append(outcome := await send_request(connection, plan, record, number))
        forbidden = isinstance(outcome, SendRefused) and isinstance(outcome.error, Forbidden)
        if forbidden or isinstance(outcome, OutcomeUnknown):
            break
    return outcomes


async def dry_run(connection: Connection, plan: Plan) -> RequestOutcome:
    """Let the server check every request of a plan and keep nothing (``dryRun=All``); the first failure, if any.

    Commands are left out: there is no way to only check them. So are the preconditions of a request that rest on the
    one before it, which is why a plan's later requests may name none that change with that.
    """
    answer: Obj = {}
    for request in plan.requests:
        if isinstance(request, CommandRequest):
            continue
        try:
            answer = await send(connection, request.rehearsed())
        except ClusterError as error:
            return _failed(plan, error)
    return PlanSent(plan, answer)


async def prove(connection: Connection, plan: Plan, answer: Obj | None, *, interval: float) -> str:
    """Read the object twice, `interval` seconds apart, and say what is wrong with it; empty if nothing is.

    `answer` is what the server answered to the write, None where no answer came. Raises ClusterError.
    """
    if plan.proof is None:
        return ""
    if answer is not None and plan.requests[-1].answers_with_object:
        wrong = plan.proof.side_effect(answer) or plan.proof.missing(answer)
        if wrong:
            return wrong
    missing = (plan.proof.unanswered if answer is None else None) or plan.proof.missing
    for reading in range(2):
        await asyncio.sleep(interval if reading else 0)
        try:
            found = await read(connection, plan.proof.path)
        except NotFound:
            if plan.proof.wrong_if_gone is None:
                raise
            return plan.proof.wrong_if_gone
        if wrong := missing(found):
            return wrong
    return ""
