"""What is known of a context itself: how well its objects can be seen, what runs there, and why not more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cluster.watch.watch_events import Alive, Arrived, Lost, Removed, Restricted, Synced
from stacks.operator import UNKNOWN_OPERATOR, OperatorState
from stacks.times import kubectl_age, prose_span
from stacks.versions import version_words

CONTEXT_STATES = ("lost", "behind", "absent", "restricted", "connecting", "connected")
"""the worst first"""
BEHIND_AFTER = 90.0
"""seconds without a byte after which a context that should be connected counts as behind"""


@dataclass(frozen=True, slots=True)
class KindVisibility:
    """How well one kind of object is seen in one context. Instants or None."""

    synced: bool = False
    last_event_at: float | None = None
    lost: Lost | None = None
    restricted: Restricted | None = None
    events: int = 0

    def after(self, event: object, now: float) -> KindVisibility:
        match event:
            case Arrived(items) | Removed(items):
                return KindVisibility(self.synced, now, self.lost, self.restricted, self.events + len(items))
            case Synced():
                return replace(self, last_event_at=now, synced=True, lost=None)
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


@dataclass(frozen=True, kw_only=True)
class ContextFacts:
    """What one survey of a context found (fleet.feeds.context_survey)."""

    server_version: str = ""
    operator: OperatorState = UNKNOWN_OPERATOR
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

    @property
    def stacks(self) -> KindVisibility:
        return self.visibility.get("stacks", KindVisibility())

    @property
    def applications(self) -> KindVisibility:
        return self.visibility.get("applications", KindVisibility())

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
        """Why the state isn't "connected", in words, with the time of the next try."""
        if self.problem:
            return self.problem
        stacks = self.stacks
        if stacks.lost is not None:
            pause = stacks.lost.retry_at - now
            return f"{stacks.lost.reason}, {f'next try in {prose_span(pause)}' if pause > 0 else 'trying again'}"
        if self.state(now) == "behind" and stacks.last_event_at is not None:
            return f"nothing heard for {kubectl_age(now - stacks.last_event_at)}"
        if stacks.restricted is not None:
            return stacks.restricted.reason
        lost_apps = self.applications.lost
        if lost_apps is not None and not lost_apps.absent:
            return f"Applications: {lost_apps.reason}"
        return ""

    def data_age(self, now: float) -> float | None:
        """Seconds since the watch of its Stacks last received anything; None if it never did."""
        return None if self.stacks.last_event_at is None else max(0.0, now - self.stacks.last_event_at)

    @property
    def operator_words(self) -> str:
        """The operator's version and whether somebody leads: ``v2.9.0``, ``v2.9.0, no leader``, ``?``."""
        suffix = ", no leader" if self.operator.has_leader is False else ""
        return version_words(self.operator.version) + suffix
