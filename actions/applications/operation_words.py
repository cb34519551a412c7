"""What an Application says of its operation, in words: which one is under way, and what it waits for."""

from __future__ import annotations

from actions.plan import MANAGER
from diagnosis.facts.application_facts import ApplicationFacts, resource_name
from diagnosis.wording import brief, first_line
from stacks.fields import mappings, text
from stacks.times import rfc3339

RUNNING, TERMINATING, SUCCEEDED = "Running", "Terminating", "Succeeded"
OVER = (SUCCEEDED, "Failed", "Error")
_STATE = ("status", "operationState")


def under_way(facts: ApplicationFacts) -> str:
    """The operation that is asked for or runs, since when, and what it says; empty where there is none."""
    if not facts.requested:
        return ""
    if facts.phase not in (RUNNING, TERMINATING):
        return f"a sync{_by(facts, 'operation')} is asked for, and Argo CD hasn't begun with it"
    since = f" since {rfc3339(facts.started)}" if facts.started is not None else ""
    doing = "is being terminated" if facts.phase == TERMINATING else "runs"
    return f"a sync{_by(facts, *_STATE, 'operation')} {doing}{since}{_says(facts)}"


def last_words(facts: ApplicationFacts) -> str:
    """How the last operation stands: its phase, what it says, and the first resource that failed with its reason."""
    words = f"{facts.phase}{_says(facts)}"
    for _, each in facts.failed_results[:1]:
        why = brief(first_line(text(each, "message")))
        words += f"; {resource_name(each)}{f': {why}' if why else ''}"
    return words


def is_marked(facts: ApplicationFacts, mark: str, *path: str) -> bool:
    """Whether the operation at this path has the mark that a request of ours puts on it."""
    return any(
        (text(each, "name"), text(each, "value")) == (MANAGER, mark) for _, each in mappings(facts.value(*path), "info")
    )


def is_marked_asked(facts: ApplicationFacts, mark: str) -> bool:
    """Whether the operation that is asked for, or runs, has our mark."""
    return is_marked(facts, mark, "operation")


def is_marked_state(facts: ApplicationFacts, mark: str) -> bool:
    """Whether `status.operationState` is that of the operation with our mark."""
    return is_marked(facts, mark, *_STATE, "operation")


def asked_by_whom(facts: ApplicationFacts) -> str:
    """Who asked for the operation that is there now."""
    path = ("operation",) if facts.requested else (*_STATE, "operation")
    return _by(facts, *path).removeprefix(" by ") or "somebody"


def _by(facts: ApplicationFacts, *path: str) -> str:
    if facts.value(*path, "initiatedBy", "automated") is True:
        return " by auto-sync"
    who = text(facts.app, *path, "initiatedBy", "username")
    return f" by {brief(who)}" if who else ""


def _says(facts: ApplicationFacts) -> str:
    message = brief(first_line(facts.message))
    return f": {message}" if message else ""
