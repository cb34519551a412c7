"""Notices about logs: as sentences for people, as objects among the lines of ``-o json``, and what of them is news."""

from __future__ import annotations

from typing import Any

from cluster.container_logs.log_stream import ContainerRestarted, LogEnded, LogGap, LogRefused, LogResumed, LogWaiting
from fleet.logs.log_events import About, LogNote, LogsLimited, NoLog, Notice, context_of
from fleet.logs.log_sources import LogSource

NAMED = 5
"""logs that are named one by one where many have to wait"""


def describe(about: About) -> str:
    """What a notice is about, in words: ``hub/shop/web pulumi``."""
    return f"{about.key} {about.title}" if isinstance(about, LogSource) else str(about)


def sentence_for(about: About, notice: Notice, follow: bool) -> str:
    """The notice as a sentence; empty for one that readers needn't see."""
    sentence = _sentence(notice, follow)
    subject = describe(about)
    return f"{subject}: {sentence}" if sentence and subject else sentence


def _sentence(notice: Notice, follow: bool) -> str:
    match notice:
        case LogWaiting(reason, lost):
            return f"{reason}; trying again" if lost else reason
        case LogResumed():
            return "connected again"
        case ContainerRestarted(reason):
            return reason
        case LogGap():
            return _gap_sentence(notice)
        case LogEnded(reason):
            return f"the log has ended: {reason}" if follow and reason else ""
        case LogRefused(reason) | NoLog(reason) | LogNote(reason):
            return reason
        case LogsLimited(most, waiting):
            return _limited_sentence(most, [describe(source) for source in waiting])
    return ""


def _gap_sentence(gap: LogGap) -> str:
    """Where lines may be missing."""
    between = f" after {gap.since}" if gap.since else ""
    between += f" and before {gap.until}" if gap.until else ""
    how_many = "some" if gap.count is None else str(gap.count)
    return f"lines may be missing{between}" + (f" ({how_many}: {gap.why})" if gap.count else f": {gap.why}")


def _limited_sentence(most: int, waiting: list[str]) -> str:
    names = ", ".join(waiting[:NAMED]) + (f" and {len(waiting) - NAMED} more" if len(waiting) > NAMED else "")
    return f"{most} logs are open at once (--max-log-requests); {len(waiting)} wait until another one ends: {names}"


def as_object(about: About, notice: Notice) -> dict[str, Any] | None:
    """What stands among the lines of ``-o json``: only what says something about them."""
    event = {LogGap: "gap", ContainerRestarted: "restarted", LogEnded: "ended", NoLog: "instead"}.get(type(notice))
    if event is None or isinstance(about, str) or notice == LogEnded():
        return None
    key = about.key if isinstance(about, LogSource) else about
    item: dict[str, Any] = {"context": key.context, "namespace": key.namespace, "stack": key.name}
    if isinstance(about, LogSource):
        item |= {"pod": about.pod, "container": about.container}
    item["event"] = event
    match notice:
        case LogGap(why, since, until, count):
            item |= {"reason": why, "since": since or None, "until": until or None, "count": count}
        case NoLog(reason, message, permalink):
            item |= {"reason": reason, "message": message, "permalink": permalink or None}
        case LogEnded(reason) | ContainerRestarted(reason):
            item["reason"] = reason
    return item


class LostContexts:
    """A cluster that is lost is lost to all its logs: its loss is news once for each reason, and its return once."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        """the lost contexts, and the newest reason of each"""
        self._waiting: dict[str, set[About]] = {}
        self._known_reasons: dict[str, set[str]] = {}

    def __contains__(self, context: str) -> bool:
        return context in self.reasons

    def __bool__(self) -> bool:
        return bool(self.reasons)

    def add(self, about: About, reason: str) -> bool:
        """This waits for its cluster now; says whether that, or the reason, is news of the context."""
        context = context_of(about)
        self._waiting.setdefault(context, set()).add(about)
        known = self._known_reasons.setdefault(context, set())
        if context in self.reasons and reason in known:
            return False
        self.reasons[context] = reason
        known.add(reason)
        return True

    def remove(self, about: About) -> bool:
        """This waits for its cluster no more; says whether with it the context is back."""
        context = context_of(about)
        waiting = self._waiting.get(context, set())
        waiting.discard(about)
        if waiting or self.reasons.pop(context, None) is None:
            return False
        self._known_reasons.pop(context, None)
        return True
