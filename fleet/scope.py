"""What is watched or read of the contexts, and how: the command line and the configuration file as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stacks.phases.phase import DEFAULT_THRESHOLDS, PhaseThresholds


@dataclass(frozen=True)
class WatchScope:
    """What is watched or read in each context, and how."""

    namespaces: tuple[str, ...] | None = None
    """None means all of them, and an empty tuple the context's own, as kubectl takes it"""
    fallback: tuple[str, ...] = ()
    """namespaces to try where all of them may not be read, besides the context's own"""
    label_selector: str = ""
    request_timeout: float | None = 30.0
    """seconds for one request, streams apart; None for ever"""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    """destinations of Applications to contexts: what the user configured (fleet.board.relations)"""
    thresholds: PhaseThresholds = DEFAULT_THRESHOLDS
    read_cluster_secrets: tuple[str, ...] = ()
    """contexts whose Argo CD cluster Secrets may be read: names and servers only"""
    refresh: float = 60.0
    """seconds between two surveys of a context: versions, the operator's Lease and what may be read"""
    version: str = ""
    """ours, for the User-Agent"""

    def within(self, own: str) -> tuple[str, ...] | None:
        """The namespaces to read in a context whose own namespace this is; None for all of them."""
        return None if self.namespaces is None else self.namespaces or (own,)


@dataclass(frozen=True)
class StackSelector:
    """Which Stacks of one context. `namespaces` None: all; no `names`: all that have the labels."""

    context: str
    namespaces: tuple[str, ...] | None
    names: tuple[str, ...] = ()
    label_selector: str = ""
