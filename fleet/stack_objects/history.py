"""What has happened to a Stack: its runs, as far as anything still tells of them, and the Events about its objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fleet.stack_objects.ownership import said_last
from stacks.conditions import is_true
from stacks.messages import headline
from stacks.records.kubernetes import Event
from stacks.records.stack import LastUpdate, Stack
from stacks.records.workspace import Update
from stacks.text import one_line
from stacks.times import instant
from stacks.update_times import completed_at, update_created

FINISHED = ("succeeded", "failed")
_COMMIT = re.compile(r'^New commit detected: "(?P<commit>[^"]+)"$')


@dataclass(frozen=True, slots=True)
class UpdateRun:
    """One update of a Stack. Instants and seconds, or None where nobody kept them."""

    name: str
    type: str
    state: str
    """running, pending, succeeded, failed"""
    began: float | None = None
    ended: float | None = None
    reason: str = ""
    """why it was started, in the operator's words"""
    message: str = ""
    """what it said in the end, whole; an error only where the state says so"""
    permalink: str = ""
    commit: str = ""
    kept: bool = True
    """the Update object is there; otherwise the Stack's status tells of it"""

    @property
    def lasted(self) -> float | None:
        """How long it took, in seconds."""
        return max(0.0, self.ended - self.began) if self.ended is not None and self.began is not None else None

    @property
    def error(self) -> str:
        """The line that explains a failure best; empty for a run that didn't fail, or says nothing."""
        return one_line(headline(self.message)) if self.state == "failed" else ""


def run_of(update: Update, stack: Stack | None = None) -> UpdateRun:
    """An Update as a run; the Stack knows some commits that the Update doesn't."""
    status, name = update.status, update.metadata.name
    return UpdateRun(
        name,
        update.spec.type,
        update_state(update),
        update_created(name) or instant(update.metadata.creation_timestamp),
        completed_at(update),
        one_line(update.spec.message),
        status.message if status is not None else "",
        status.permalink if status is not None else "",
        _commit(update, stack),
    )


def update_state(record: Update) -> str:
    """``running``, ``succeeded``, ``failed`` or ``pending``, from the Update's conditions."""
    conditions = record.status.conditions if record.status else None
    if is_true(conditions, "Complete"):
        return "failed" if is_true(conditions, "Failed") else "succeeded"
    return "running" if is_true(conditions, "Progressing") else "pending"


def update_history(stack: Stack, updates: Iterable[Update]) -> list[UpdateRun]:
    """Every run that is known, newest first. The last one is told by the Stack when its Update has gone."""
    runs = [run_of(update, stack) for update in updates]
    last = stack.last_update
    if last is not None and last.state and all(run.name != last.name for run in runs):
        runs.append(_kept_by_the_stack(last))
    return sorted(runs, key=lambda run: run.began or run.ended or 0.0, reverse=True)


def _kept_by_the_stack(last: LastUpdate) -> UpdateRun:
    return UpdateRun(
        last.name, last.type, last.state, update_created(last.name), instant(last.last_resync_time),
        message=last.message, permalink=last.permalink, commit=last.last_attempted_commit, kept=False,
    )  # fmt: skip


def _commit(update: Update, stack: Stack | None) -> str:
    """The commit that it ran, where PKO kept it: in the Stack for the newest ones, or in the reason for the run."""
    status, name = stack.status if stack is not None else None, update.metadata.name
    if status is not None and status.current_update is not None and status.current_update.name == name:
        return status.current_update.commit
    if status is not None and status.last_update is not None and status.last_update.name == name:
        return status.last_update.last_attempted_commit
    said = _COMMIT.match(update.spec.message.strip())
    return said["commit"] if said else ""


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events that say the same of the same object, as one."""

    kind: str
    name: str
    warning: bool
    reason: str
    message: str
    count: int
    first: str
    last: str
    component: str = ""

    @property
    def at(self) -> float | None:
        """When it was said last, as an instant."""
        return instant(self.last)


def group_events(events: Iterable[Event]) -> list[EventGroup]:
    """Events of all objects in one list, oldest first, repeats counted."""
    found: dict[tuple[str, str, str, str, str], EventGroup] = {}
    for event in sorted(events, key=said_last):
        about = event.involved_object
        key = (about.kind, about.name, event.type, event.reason, event.message)
        count = max(event.count, event.series.count if event.series else 0, 1)
        first = event.first_timestamp or event.event_time or event.metadata.creation_timestamp
        before = found.pop(key, None)
        found[key] = EventGroup(
            about.kind, about.name, event.type == "Warning", event.reason, event.message.strip(),
            count + (before.count if before else 0), min(before.first, first) if before else first, said_last(event),
            event.source.component or event.reporting_component,
        )  # fmt: skip
    return sorted(found.values(), key=lambda each: each.last)
