"""The rows of the board: a Stack or an Application with everything that is computed about it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from health.result import Health
from stacks.messages import headline
from stacks.phases.phase import WEDGED, Phase
from stacks.phases.retry import next_attempt
from stacks.records.application import Application
from stacks.records.stack import Stack
from stacks.text import one_line
from stacks.times import instant
from stacks.versions import PkoVersion


class Key(NamedTuple):
    """The identity of an object across clusters: a tuple, because it is looked up thousands of times a second."""

    context: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.context}/{self.namespace}/{self.name}"


class Holder(Struct, frozen=True):
    """The Application that holds a Stack. `certain` is False where its cluster could only be guessed."""

    key: Key
    sync: str
    health: str
    certain: bool = True


class StackRow(Struct, frozen=True):
    key: Key
    stack: Stack
    health: Health
    phase: Phase
    rank: int
    """its urgency, 0 the worst (stacks.phases.phase)"""
    holder: Holder | None
    version: PkoVersion | None
    """of the operator in its context"""

    @property
    def message(self) -> str:
        """The sentence that explains the row, on one line, never cut."""
        if self.phase.kind is WEDGED:
            name = run_name(self.stack)
            return f"the operator waits for Update {name}, which is gone or was over long ago, and will wait for ever"
        last = self.stack.last_update
        failing = self.phase.kind.failed or self.phase.detail == "UpdateFailed"
        if failing and last is not None and (error := headline(last.message)):
            return one_line(error)
        return one_line(self.health.message)

    @property
    def commit_wanted(self) -> str:
        """The commit, revision or generation that the Stack should be at, as far as its status tells."""
        status = self.stack.status
        if self.stack.spec.commit:
            return self.stack.spec.commit
        if status and status.current_update and status.current_update.commit:
            return status.current_update.commit
        return status.last_update.last_attempted_commit if status and status.last_update else ""

    @property
    def commit_applied(self) -> str:
        """The commit of the last update that succeeded."""
        last = self.stack.last_update
        return last.last_successful_commit if last else ""

    @property
    def updated_at(self) -> float | None:
        """When the last update ended, as an instant."""
        last = self.stack.last_update
        return instant(last.last_resync_time) if last else None

    @property
    def next_attempt(self) -> float | None:
        """When the operator will run it next by itself, as an instant; None if it won't, or nobody can know."""
        return next_attempt(self.stack, self.version)

    @property
    def failures(self) -> int:
        """The operator's own count of failures."""
        last = self.stack.last_update
        return last.failures if last else 0

    @property
    def permalink(self) -> str:
        """The last update in Pulumi Cloud; empty for other backends."""
        last = self.stack.last_update
        return last.permalink if last else ""


class AppRow(Struct, frozen=True):
    """An Application and the keys of the Stacks that it holds."""

    key: Key
    app: Application
    holds: tuple[Key, ...] = ()
    verdicts: tuple[tuple[str, int], ...] = ()
    """how many of them have which health, the worst first"""

    @property
    def unseen(self) -> int:
        """How many Stacks its status lists beside those: of other contexts, or such as may not be read."""
        listed = self.app.status.resources if self.app.status else None
        return max(0, len(listed or ()) - len(self.holds))

    @property
    def sync(self) -> str:
        return self.app.status.sync.status if self.app.status else ""

    @property
    def health(self) -> str:
        return self.app.status.health.status if self.app.status else ""

    @property
    def operation(self) -> str:
        """The operation's phase; a Running one that has ended waits for its next retry."""
        operation = self.app.status.operation_state if self.app.status else None
        if operation is None:
            return ""
        return "Waiting for retry" if operation.phase == "Running" and operation.finished_at else operation.phase

    @property
    def message(self) -> str:
        """What Argo CD says: its conditions' errors first, then the operation, then the health."""
        status = self.app.status
        if status is None:
            return ""
        errors = [c.message for c in status.conditions or () if c.type.endswith("Error")]
        operation = status.operation_state.message if status.operation_state else ""
        return one_line(errors[0] if errors else operation or status.health.message)

    @property
    def is_broken(self) -> bool:
        return self.health in ("Degraded", "Missing") or self.operation in ("Failed", "Error", "Waiting for retry")

    @property
    def destination(self) -> str:
        """Where it deploys to: the cluster's name or server, and the namespace."""
        to = self.app.spec.destination
        return f"{to.name or to.server}/{to.namespace}" if to.namespace else to.name or to.server


def run_name(stack: Stack) -> str:
    """The name of the Update that the Stack is waiting for; empty if none is under way."""
    return stack.status.current_update.name if stack.status and stack.status.current_update else ""


def short_commit(commit: str) -> str:
    """A commit for a column: seven digits of a hash, the hash of a Flux revision, or a generation as it is."""
    ref, _, digest = commit.rpartition(":")
    if ref and digest:
        return digest[:7]
    return commit[:7] if len(commit) in (40, 64) else commit
