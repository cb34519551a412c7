"""A change before it is made: what is sent, its preconditions, its risk, how it is proven, and all of it in words.

A plan is a value. It was made from one reading of the cluster, which its preconditions name. If that is stale when
it is sent, it is planned anew, and the two are compared by `agreed_to`. Both front ends show the lines of `describe`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from shlex import join
from typing import Any, Literal, TypeAlias

from actions.copied_texts import masked_copies, with_masks, without_copied
from cluster.access import AccessAnswer
from cluster.apply import WriteRequest
from stacks.text import one_line, plain, visible
from stacks.times import kubectl_age, rfc3339

Obj: TypeAlias = Mapping[str, Any]
MANAGER = "pko-argo"
"""Our field manager. Flux takes away what managers named kubectl have added, so it isn't called that."""


@dataclass(frozen=True, slots=True)
class Risk:
    """How much damage a change can do, and what it does to whom, in words."""

    level: Literal["low", "medium", "high"]
    text: str


@dataclass(frozen=True, slots=True)
class Precondition:
    """A field that the server compares before it writes.

    `volatile`: it changes with every write, whoever makes it, and so says nothing about what was agreed to.
    """

    what: str
    value: str
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A value that somebody else wrote and that a plan replaces. It is saved first, to be given back."""

    key: str
    value: str
    managers: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        return " and ".join(self.managers) or "somebody"


@dataclass(frozen=True)
class Proof:
    """How it is checked afterwards that a change worked: the object at `path` is read twice.

    Both functions say what is wrong with an object, or an empty text. `missing`: what was to be there and isn't.
    `side_effect`: what else the write changed. That is asked of the server's answer to the write alone: nobody else
    wrote between the plan's reading and that, so whatever differs there is our doing.
    """

    text: str
    """what is going to be checked"""
    path: str
    missing: Callable[[Obj], str]
    side_effect: Callable[[Obj], str] = field(default=lambda answer: "")
    result: str = "read back twice"
    """what is known once nothing was wrong"""
    unanswered: Callable[[Obj], str] | None = None
    """what is missing where no answer came to the write: it is to be known for ours; None: the same as `missing`"""
    wrong_if_gone: str | None = None
    """what is wrong where the object is gone; empty: nothing is. None: it is a failure to read it"""


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command that is run in a container of a pod, and that prints something where it ends well.

    It counts as sent from the moment the server takes the request.
    """

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...]
    timeout: float
    """seconds until it isn't waited for any longer"""

    method = "EXEC"
    answers_with_object = False

    @property
    def url(self) -> str:
        """The path of the pod's exec, with the container."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}/exec?container={self.container}"


PlannedRequest: TypeAlias = WriteRequest | CommandRequest


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at before planning, what was found, and the instant of the look."""

    text: str
    at: float


@dataclass(frozen=True)
class Plan:
    """The requests that are sent to the API server of `context`, and what a person has to know to agree to them.

    `target` is the object in words; several requests are sent in order, `pace` seconds apart.
    """

    title: str
    context: str
    target: str
    requests: tuple[PlannedRequest, ...]
    preconditions: tuple[Precondition, ...]
    risk: Risk
    kubectl: tuple[str, ...]
    """the same in kubectl's words, for people who would rather do it themselves"""
    proof: Proof | None = None
    differences: tuple[tuple[str, str, str], ...] = ()
    """key, value before, value after; empty where there is none"""
    taken_over: tuple[TakenOver, ...] = ()
    notes: tuple[str, ...] = ()
    pace: float = 0.0
    checked: tuple[Check, ...] = ()
    """what was looked at that the plan rests on, beside its preconditions"""
    rights: tuple[AccessAnswer, ...] = ()
    """what the server says beforehand of each right that the requests need"""
    effect: str = ""
    """what is waited for after the proof, and how long: what a controller has to do"""
    word: str = ""
    """what a person types before it is sent; empty: a yes is enough"""
    look_again: bool = False
    """whether everything is looked at anew right before it is sent, since no precondition can hold it"""
    seen: tuple[Precondition, ...] = ()
    """what has to be the same when it is looked at again, and what the server doesn't compare"""
    copied: tuple[str, ...] = ()
    """texts of the object that are sent as they stand there: they are shown without what looks like a secret"""

    @property
    def agreed_to(self) -> tuple[object, ...]:
        """What somebody agrees to: two plans that differ in nothing but a resourceVersion have the same."""
        fixed = tuple(one for one in self.preconditions if not one.volatile)
        return self.target, fixed, self.seen, self.differences, self.taken_over, self.kubectl, self.word

    @property
    def uid(self) -> str:
        """The uid of the object that it changes; empty where no precondition names one."""
        return next((one.value for one in self.preconditions if one.what == "uid"), "")


# What planning ends in where nothing is to be sent, or nothing may be.


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """Everything is as it should be already."""

    text: str


@dataclass(frozen=True, slots=True)
class PlanBlocked:
    """It may not be done as things are. `reasons` have to be mended first. `unseen`: the object may not be read."""

    text: str
    reasons: tuple[str, ...] = ()
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class PlanContested:
    """Somebody else has values there. Planned with `take_over`, it replaces them."""

    text: str
    values: tuple[TakenOver, ...]


@dataclass(frozen=True, slots=True)
class ChangeElsewhere:
    """A controller keeps the object and would revert a write. Planned with `override_owner`, it is written here.

    `place` is where the change belongs, `snippet` what to put there, `written` the object that would be written here.
    """

    text: str
    place: str
    snippet: str
    written: str
    file_name: str
    """for who saves the snippet, without a suffix"""


@dataclass(frozen=True, slots=True)
class PlanUnacknowledged:
    """It can hurt in a way that has to be taken into account first. Planned with `acknowledged`, it is a plan.

    `text` is what it does to whom, `word` what a person types then.
    """

    text: str
    word: str


Planned: TypeAlias = Plan | NothingToDo | PlanBlocked | PlanContested | ChangeElsewhere | PlanUnacknowledged


def kubectl(context: str, namespace: str, *words: str) -> str:
    """``kubectl --context … -n …`` and these words, each quoted for a POSIX shell."""
    return join(("kubectl", "--context", context, "-n", namespace, *words))


def kubectl_json_patch(
    context: str, namespace: str, kind: str, name: str, operations: Sequence[Mapping[str, Any]], subresource: str = ""
) -> str:
    """A JSON patch of an object, or of a subresource of it, in kubectl's words."""
    of = (f"--subresource={subresource}",) if subresource else ()
    return kubectl(context, namespace, "patch", kind, name, *of, "--type=json", "-p", json.dumps(operations))


LONG = 200
"""characters of a text that are shown where it isn't the text that matters"""
SHOWN = 3
"""requests of a kind that are shown, and then how many more there are"""
_WIDE = 1_000
"""characters of a line for a shell beyond which it is shown with every byte, or not at all: a part of it is worse"""


def describe(plan: Plan, *, whole: bool = False, now: float | None = None) -> Iterator[str]:
    """What is sent, where, when, the risk and the proof, a line each. `whole`: with every byte that is sent.

    With `now`, for lines that are written again and again, each check has its age instead of its time.
    Every line is harmless to a terminal. What is sent is shown as it is: nothing of ours is secret, and in what is
    `copied` from the object a word stands in the place of what looks like a secret.
    """
    masked = masked_copies(plan.copied)
    return (_as_a_line(line) for line in _described(plan, whole, now, masked))


def shown_commands(plan: Plan) -> tuple[str, ...]:
    """The plan's lines in kubectl's words, as they may be shown and copied."""
    masked = masked_copies(plan.copied)
    return tuple(without_copied(line, masked) for line in plan.kubectl)


def _as_a_line(text: str) -> str:
    """The text without its line ends and whatever a terminal obeys, its blanks as they are."""
    return " ".join(visible(text).split("\n"))


def _described(plan: Plan, whole: bool, now: float | None, masked: Mapping[str, str]) -> Iterator[str]:
    yield plan.title
    yield f"  where     {plan.context}: {plan.target}"
    for request in plan.requests if whole else plan.requests[:SHOWN]:
        yield from _request_lines(request, whole, masked)
    if not whole and len(plan.requests) > SHOWN:
        yield f"            and {len(plan.requests) - SHOWN} more"
    if plan.preconditions:
        wants = ", ".join(f"{one.what} {one.value}" for one in plan.preconditions)
        anew = "; where just the resourceVersion isn't, it is looked at anew" if _has_volatile(plan) else ""
        yield f"  only if   {wants} is still what it is{anew}"
    if plan.seen:
        wants = ", ".join(f"{one.what} {one.value}" for one in plan.seen)
        yield f"  looked at {wants}: it is looked at again right before, and the server doesn't compare it"
    yield f"  risk      {plan.risk.level}: {plan.risk.text}"
    for check in plan.checked:
        yield f"  checked   {one_line(plain(check.text))} ({_when(check, now)})"
    for right in plan.rights:
        known = {True: "yes", False: "no", None: "not known"}[right.allowed]
        yield f"  rights    {right.question}: {known}{f' ({one_line(plain(right.why))})' if right.why else ''}"
    for note in plan.notes:
        yield f"  note      {one_line(plain(note))}"
    for value in plan.taken_over:
        yield f"  takes     {value.key} from {value.who}; the value is saved first"
    commands = shown_commands(plan)
    for line in commands if whole else commands[:SHOWN]:
        size = f"one line of {len(line):,} characters, shown where every byte is"
        yield f"  kubectl   {line if whole or len(line) <= _WIDE else size}"
    if plan.proof is not None:
        yield f"  proof     {plan.proof.text}"
    if plan.effect:
        yield f"  {'then' if plan.proof is not None else 'proof':<10}{plan.effect}"


def _when(check: Check, now: float | None) -> str:
    return f"at {rfc3339(check.at)}" if now is None else f"asked {kubectl_age(now - check.at)} ago"


def _has_volatile(plan: Plan) -> bool:
    return any(one.volatile for one in plan.preconditions)


def _request_lines(request: PlannedRequest, whole: bool, masked: Mapping[str, str]) -> Iterator[str]:
    yield f"  request   {request.method} {request.url}"
    if isinstance(request, CommandRequest):
        yield f"            {join(request.command)}"
        return
    yield f"            Content-Type: {request.content_type}"
    body = with_masks(json.loads(request.body), masked)
    yield from (f"            {line}" for line in _json_lines(body if whole else _shortened(body)))


def _json_lines(body: Any) -> list[str]:
    """JSON for people: the operations of a JSON patch on a line each, anything else indented."""
    if isinstance(body, list):
        return [
            f"{'[' if number == 0 else ' '}{json.dumps(each)}{',' if number < len(body) - 1 else ']'}"
            for number, each in enumerate(body)
        ]
    return json.dumps(body, indent=2).splitlines()


def difference(plan: Plan) -> Iterator[str]:
    """What the plan changes, key by key, as the lines of a unified diff."""
    masked = masked_copies(plan.copied)
    for key, before, after in plan.differences:
        lines = tuple(plain(without_copied(value, masked)).splitlines() for value in (before, after))
        name = one_line(plain(key))
        yield from difflib.unified_diff(lines[0], lines[1], f"{name} (there)", f"{name} (planned)", lineterm="")


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if isinstance(value, str) and len(value) > LONG:
        lines, digest = value.splitlines(), sha256(value.encode()).hexdigest()[:12]
        return f"{lines[0][:80]} ... ({len(lines)} lines, {len(value.encode()):,} bytes, sha256 {digest})"
    return value
