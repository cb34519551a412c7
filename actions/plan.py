"""A change before it is made: what is sent, what has to be true for it, what it may do, and how it is proven.

A plan is a value. It was made from one look at the cluster, and says so in its preconditions; whoever wants
it later makes it anew and compares the two by `essence`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cluster.apply import WriteRequest

Obj: TypeAlias = Mapping[str, Any]

MANAGER = "pko-argo"
"""Our field manager. Flux takes away what managers named kubectl have added, so it isn't called that."""


@dataclass(frozen=True, slots=True)
class Risk:
    """How much it can hurt, and whom."""

    level: Literal["low", "medium", "high"]
    text: str


@dataclass(frozen=True, slots=True)
class Precondition:
    """Something that the server compares before it writes. `moving`: it changes without meaning anything."""

    what: str
    value: str
    moving: bool = False


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A value of somebody else that is going to be replaced, and is kept for them."""

    key: str
    value: str
    managers: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        """Whose value it is, in words."""
        return " and ".join(self.managers) or "somebody"


@dataclass(frozen=True)
class Proof:
    """How it is known afterwards that it worked. `path` is read, twice; each function says what is wrong, or nothing.

    `spared` looks at the server's answer to the write: between that and what the plan was made from nobody else wrote,
    so whatever differs there and shouldn't is our doing. `holds` looks at what is read later.
    """

    text: str
    path: str
    holds: Callable[[Obj], str]
    spared: Callable[[Obj], str] = field(default=lambda answer: "")


@dataclass(frozen=True)
class Plan:
    """What is going to be sent to the API server of `context`, request by request, `pace` seconds apart."""

    title: str
    context: str
    target: str
    requests: tuple[WriteRequest, ...]
    preconditions: tuple[Precondition, ...]
    risk: Risk
    kubectl: tuple[str, ...]
    """the same in kubectl's words, for people who would rather do it themselves"""
    proof: Proof | None = None
    differences: tuple[tuple[str, str, str], ...] = ()
    """key, value before, value after"""
    taken_over: tuple[TakenOver, ...] = ()
    notes: tuple[str, ...] = ()
    pace: float = 0.0

    @property
    def essence(self) -> tuple[object, ...]:
        """What somebody agreed to: two plans that differ in nothing but a resourceVersion are one."""
        fixed = tuple(one for one in self.preconditions if not one.moving)
        return self.target, fixed, self.differences, self.taken_over, self.kubectl


# What there is instead of a plan.


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """Everything is as it should be already."""

    text: str


@dataclass(frozen=True, slots=True)
class PlanBlocked:
    """It may not be done before something else was: what, and why. `unseen`: the cluster doesn't show it to us."""

    text: str
    reasons: tuple[str, ...] = ()
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class PlanContested:
    """Somebody else has a value there. It is theirs, unless we are told to take it over."""

    text: str
    values: tuple[TakenOver, ...]


@dataclass(frozen=True, slots=True)
class ChangeElsewhere:
    """A controller would revert or forget it here. `place` is where it belongs, `snippet` what to put there."""

    text: str
    place: str
    snippet: str


Planned: TypeAlias = Plan | NothingToDo | PlanBlocked | PlanContested | ChangeElsewhere
