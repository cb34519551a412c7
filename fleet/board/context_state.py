"""What is known of a context itself: how well its objects can be seen, what runs there, and why not more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cluster.watch.watch_events import Alive, Arrived, Lost, Obscured, Removed, Restricted, Synced
from stacks.operator import UNKNOWN_OPERATOR, UNKNOWN_WORKLOAD, OperatorState, OperatorWorkload
from stacks.times import kubectl_age, prose_span
from stacks.versions import version_words

CONTEXT_STATES = ("lost", "behind", "absent", "restricted", "connecting", "connected")
"""the worst first"""
_NAMED = 3
"""objects that can't be read, by name; more are counted"""
BEHIND_AFTER = 90.0
"""seconds without a byte after which a context that should be connected counts as behind"""


class KindVisibility(Struct, frozen=True):
    """How well one kind of object is seen in one context. Instants or None."""

    synced: bool = False
    last_event_at: float | None = None
    lost: Lost | None = None
    restricted: Restricted | None = None
    events: int = 0
    unreadable: frozenset[tuple[str, str]] = frozenset()
    """(namespace, name) of the objects that are there and can't be read"""

    def after(self, event: object, now: float) -> KindVisibility:
        match event:
            case Arrived(items) | Removed(items):
                unreadable = self.unreadable and self.unreadable - _keys(event)
                events = self.events + len(items)
                return KindVisibility(self.synced, now, self.lost, self.restricted, events, unreadable)
            case Obscured(keys):
                return replace(self, last_event_at=now, unreadable=self.unreadable.union(keys))
            case Synced(namespace, _, unreadable):
                others = {key for key in self.unreadable if namespace not in (None, key[0])}
                return replace(self, last_event_at=now, synced=True, lost=None, unreadable=unreadable | others)
            case Alive():
                return replace(self, last_event_at=now, lost=None)
            case Lost(absent=True):
                return replace(self, lost=event, last_event_at=now)
            case Lost():
                return replace(self, lost=event)
            case Restricted(reason="", namespaces=()):
                return replace(self, restricted=None)  # all may be read by now
            case Restricted():
                return replace(self, restricted=event)
        return self  # a `Connecting` says nothing yet


def _keys(event: Arrived[Any] | Removed) -> set[tuple[str, str]]:
    if isinstance(event, Removed):
        return set(event.keys)
    return {(record.metadata.namespace, record.metadata.name) for record in event.objects}


def unreadable_words(plural: str, keys: Iterable[tuple[str, str]]) -> str:
    """A sentence that names the objects that can't be read; empty if there are none."""
    names = ["/".join(filter(None, key)) or "one without a name" for key in sorted(keys)]
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{plural} that can't be read: {', '.join(names[:_NAMED])}{more}"


_NOT_SEEN = KindVisibility()


@dataclass(frozen=True, kw_only=True)
class ContextFacts:
    """What one survey of a context found (fleet.feeds.context_survey)."""

    server_version: str = ""
    operator: OperatorState = UNKNOWN_OPERATOR
    workload: OperatorWorkload = UNKNOWN_WORKLOAD
    operator_namespace: str = ""
    argocd_version: str = ""
    argocd_namespace: str = ""
    hidden: tuple[str, ...] = ()
    """what the user may not read there, in words"""


@dataclass(frozen=True)
class ContextState(ContextFacts):
    name: str
    server: str = ""
    visibility: dict[str, KindVisibility] = field(default_factory=dict)
    surveyed: bool = False
    """whether what runs there has been read once"""
    problem: str = ""
    """why there is no connection at all (credentials, kubeconfig), in words"""
    fault: str = ""
    """a mistake of this program that was met in this context, in words; what it has else goes on"""

    @property
    def stacks(self) -> KindVisibility:
        return self.visibility.get("stacks", _NOT_SEEN)

    @property
    def applications(self) -> KindVisibility:
        return self.visibility.get("applications", _NOT_SEEN)

    def state(self, now: float) -> str:
        """One of `CONTEXT_STATES`."""
        stacks = self.stacks
        if self.problem:
            return "lost"
        if stacks.lost is not None:
            return "absent" if stacks.lost.absent else "lost"
        if not stacks.synced:
            return "connecting" if stacks.restricted is None else "restricted"
        if stacks.last_event_at is not None and now - stacks.last_event_at > BEHIND_AFTER:
            return "behind"
        return "restricted" if stacks.restricted is not None else "connected"

    def is_loaded(self, now: float) -> bool:
        """Whether its Stacks, its Applications and what runs there have been read once, or can't be."""
        if self.problem or self.state(now) in ("lost", "absent"):
            return True
        apps = self.applications
        return self.state(now) != "connecting" and self.surveyed and (apps.synced or apps.lost is not None)

    def stale(self, now: float) -> bool:
        """Whether this context's rows may no longer be true."""
        return self.state(now) in ("lost", "behind")

    def reason(self, now: float) -> str:
        """Why the state isn't "connected", in words, with the time of the next try; or what else isn't seen there."""
        if self.problem:
            return self.problem
        stacks = self.stacks
        if stacks.lost is not None:
            pause = stacks.lost.retry_at - now
            return f"{stacks.lost.reason}, {f'next try in {prose_span(pause)}' if pause > 0 else 'trying again'}"
        if self.state(now) == "behind" and stacks.last_event_at is not None:
            return f"nothing heard for {kubectl_age(now - stacks.last_event_at)}"
        lost_apps = self.applications.lost
        reasons = (
            stacks.restricted.reason if stacks.restricted is not None else "",
            f"Applications: {lost_apps.reason}" if lost_apps is not None and not lost_apps.absent else "",
            unreadable_words("Stacks", stacks.unreadable),
            unreadable_words("Applications", self.applications.unreadable),
            self.fault,
        )
        return "; ".join(filter(None, reasons))

    def data_age(self, now: float) -> float | None:
        """Seconds since the watch of its Stacks last received anything; None if it never did."""
        return None if self.stacks.last_event_at is None else max(0.0, now - self.stacks.last_event_at)

    @property
    def operator_words(self) -> str:
        """The operator's version and whether somebody leads: ``v2.9.0``, ``v2.9.0, no leader``, ``?``."""
        suffix = ", no leader" if self.operator.has_leader is False else ""
        return version_words(self.operator.version) + suffix
