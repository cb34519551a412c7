"""What can be seen of each context, since when, and why not more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cluster.watch.watch_events import Alive, Arrived, Connecting, Lost, Removed, Restricted, Synced
from stacks.phases.phase import UNKNOWN_OPERATOR, OperatorState
from stacks.times import age, span
from stacks.versions import words

BEHIND_AFTER = 90.0
"""seconds without a byte after which a context that should be connected counts as behind"""


@dataclass(frozen=True, slots=True)
class KindVisibility:
    """How well one kind of object is seen in one context. Instants or None."""

    synced: bool = False
    heard_at: float | None = None
    lost: Lost | None = None
    restricted: Restricted | None = None
    events: int = 0

    def after(self, event: object, now: float) -> KindVisibility:
        """The sight after the follower has said this."""
        match event:
            case Connecting():
                return self
            case Arrived(objects):
                return KindVisibility(self.synced, now, self.lost, self.restricted, self.events + len(objects))
            case Removed(keys):
                return KindVisibility(self.synced, now, self.lost, self.restricted, self.events + len(keys))
            case Synced():
                return replace(self, heard_at=now, synced=True, lost=None)
            case Alive():
                return replace(self, heard_at=now, lost=None)
            case Lost(absent=True):
                return replace(self, lost=event, heard_at=now)
            case Lost():
                return replace(self, lost=event)
            case Restricted(reason="", namespaces=()):
                return replace(self, restricted=None)  # all may be read by now
            case Restricted():
                return replace(self, restricted=event)
        return self


@dataclass(frozen=True)
class ContextFacts:
    """What one look at a context itself has shown (fleet.feeds.context_survey)."""

    server_version: str = ""
    operator: OperatorState = UNKNOWN_OPERATOR
    operator_namespace: str = ""
    argocd_version: str = ""
    argocd_namespace: str = ""
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContextState:
    """Everything that is known about a context itself."""

    name: str
    server: str = ""
    sights: dict[str, KindVisibility] = field(default_factory=dict)
    server_version: str = ""
    operator: OperatorState = UNKNOWN_OPERATOR
    operator_namespace: str = ""
    argocd_version: str = ""
    argocd_namespace: str = ""
    hidden: tuple[str, ...] = ()
    """what the user may not read there, in words"""
    surveyed: bool = False
    """somebody has looked at what runs there"""
    problem: str = ""
    """why there is no connection at all (credentials, kubeconfig), in words"""

    @property
    def stacks(self) -> KindVisibility:
        return self.sights.get("stacks", KindVisibility())

    @property
    def applications(self) -> KindVisibility:
        return self.sights.get("applications", KindVisibility())

    def state(self, now: float) -> str:
        """One of connecting, connected, behind, restricted, absent, lost."""
        sight = self.stacks
        if self.problem:
            return "lost"
        if sight.lost is not None:
            return "absent" if sight.lost.absent else "lost"
        if not sight.synced:
            return "connecting" if sight.restricted is None else "restricted"
        if sight.heard_at is not None and now - sight.heard_at > BEHIND_AFTER:
            return "behind"
        return "restricted" if sight.restricted is not None else "connected"

    def settled(self, now: float) -> bool:
        """Whether the first look is over: at Stacks, at Applications, and at what runs there."""
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
        sight = self.stacks
        if sight.lost is not None:
            tail = f", next try in {span(sight.lost.retry_at - now)}" if sight.lost.retry_at > now else ", trying again"
            return f"{sight.lost.reason}{tail}"
        if self.state(now) == "behind" and sight.heard_at is not None:
            return f"nothing heard for {age(now - sight.heard_at)}"
        if sight.restricted is not None:
            return sight.restricted.reason
        lost_apps = self.applications.lost
        if lost_apps is not None and not lost_apps.absent:
            return f"Applications: {lost_apps.reason}"
        return ""

    def heard_age(self, now: float) -> float | None:
        """Seconds since the context last said anything about its Stacks; None if it never did."""
        return None if self.stacks.heard_at is None else max(0.0, now - self.stacks.heard_at)

    @property
    def operator_words(self) -> str:
        """The operator's version and whether somebody leads: ``v2.9.0``, ``v2.9.0, no leader``, ``?``."""
        suffix = ", no leader" if self.operator.leading is False else ""
        return words(self.operator.version) + suffix
