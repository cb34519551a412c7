"""Texts, conditions and statuses of containers as objects have them, each with its place, so that it can be quoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stacks.fields import Obj, at, field, mappings, text, whole_number


class SaidText(NamedTuple):
    """A text in an object, with its path there."""

    owner: Obj
    path: tuple[str | int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ObservedCondition:
    """A condition of an object, with the object and its place there, so that it can be quoted."""

    owner: Obj
    place: int
    type: str
    status: str
    reason: str
    message: str
    time: float | None

    @property
    def true(self) -> bool:
        return self.status == "True"

    @property
    def said(self) -> SaidText:
        """Its message."""
        return SaidText(self.owner, ("status", "conditions", self.place, "message"), self.message)


@dataclass(frozen=True, slots=True)
class ObservedContainer:
    """The status of one container of a pod, with its path in the pod."""

    pod: Obj
    path: tuple[str, str, int]
    name: str
    is_init: bool

    @property
    def status(self) -> Obj:
        found = field(self.pod, *self.path)
        return found if isinstance(found, dict) else {}

    @property
    def waiting(self) -> str:
        """Why it waits, such as ``ImagePullBackOff``; empty where it doesn't."""
        return text(self.status, "state", "waiting", "reason")

    @property
    def waiting_message(self) -> str:
        return text(self.status, "state", "waiting", "message")

    @property
    def running(self) -> bool:
        return field(self.status, "state", "running") is not None

    @property
    def started_at(self) -> float | None:
        return at(self.status, "state", "running", "startedAt")

    @property
    def restarts(self) -> int:
        return whole_number(self.status, "restartCount") or 0

    @property
    def terminated(self) -> Obj | None:
        """How it ended, now or before its last restart; None if it never did."""
        for state in ("state", "lastState"):
            found = field(self.status, state, "terminated")
            if isinstance(found, dict):
                return found
        return None

    @property
    def terminated_path(self) -> tuple[str | int, ...]:
        now = isinstance(field(self.status, "state", "terminated"), dict)
        return (*self.path, "state" if now else "lastState", "terminated")

    @property
    def exit_code(self) -> int:
        """Of its last end; 0 if it never ended."""
        return whole_number(self.terminated, "exitCode") or 0

    @property
    def ended_at(self) -> float | None:
        return at(self.terminated, "finishedAt")

    @property
    def failed(self) -> bool:
        """Whether it ended badly and doesn't run now."""
        return not self.running and self.exit_code != 0


def conditions_of(obj: Obj) -> list[ObservedCondition]:
    """The conditions of an object, in the order of its list."""
    return [
        ObservedCondition(
            obj,
            place,
            text(each, "type"),
            text(each, "status"),
            text(each, "reason"),
            text(each, "message"),
            at(each, "lastTransitionTime"),
        )
        for place, each in mappings(obj, "status", "conditions")
    ]


def condition_of(obj: Obj | None, kind: str) -> ObservedCondition | None:
    """The condition of this type, whatever its status."""
    return next((each for each in conditions_of(obj or {}) if each.type == kind), None)


def is_complete(update: Obj) -> bool:
    """Whether an Update is over."""
    found = condition_of(update, "Complete")
    return found is not None and found.true
