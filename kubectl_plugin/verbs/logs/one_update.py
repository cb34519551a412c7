"""The Update of ``logs --update``: whether its run was in a log, and what is known of it where it wasn't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fleet.board.rows import Key
from fleet.logs.log_events import NoLog
from fleet.logs.missing_log import explain_missing_run
from fleet.stack_objects.history import run_of
from stacks.records.stack import Stack
from stacks.records.workspace import Update
from stacks.times import instant


class OneUpdate:
    """Collects what is needed to say why nothing was printed."""

    def __init__(self, name: str, *, of_a_part: bool) -> None:
        self.name = name
        self.printed = False
        self._of_a_part = of_a_part
        self._known: dict[Key, tuple[Stack, Sequence[Update]]] = {}
        self._begins: dict[Key, str] = {}
        self._why: dict[Key, str] = {}

    def put_stack(self, key: Key, stack: Stack, updates: Sequence[Update] | None = None) -> None:
        """Take in a Stack of the name, and its Updates where they were asked for."""
        before = self._known.get(key, (stack, ()))[1]
        self._known[key] = (stack, before if updates is None else updates)

    def log_begins(self, key: Key, line: bytes) -> None:
        """Take in the first line of a log: a run that ended before it was in another pod."""
        self._begins.setdefault(key, line[:30].decode("ascii", "replace"))

    def put_reason(self, key: Key, why: str) -> None:
        """Take in why the Stack has no log at all."""
        self._why[key] = why

    @property
    def unknown(self) -> str:
        """That nobody knows an Update of the name; empty if somebody does, or if there is no Stack of which it were."""
        if not self._known or any(True for _ in self.explanations()):
            return ""
        return f"no Update {self.name} of {', '.join(map(str, self._known))} is known"

    def explanations(self) -> Iterator[tuple[Key, NoLog]]:
        """For each Stack why the run isn't in a log, and what its objects say of it."""
        for key, (stack, updates) in self._known.items():
            if (found := explain_missing_run(stack, updates, self.name)) is not None:
                why = self._why.get(key) or self._replaced(key, updates) or found.reason
                yield key, replace(found, reason=f"{self.name}: {why}")

    def _replaced(self, key: Key, updates: Sequence[Update]) -> str:
        if self._of_a_part:
            return "the part of the log that was asked for has nothing of its run"
        ended = next((run_of(one).ended for one in updates if one.metadata.name == self.name), None)
        begins = self._begins.get(key, "")
        at = instant(begins)
        if ended is None or at is None or at <= ended:
            return ""
        return (
            f"its run is in no log: that of the pod begins at {begins[:19]}Z, after the run had ended, so the pod was "
            "replaced, or its log rotated"
        )
