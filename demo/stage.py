"""One context of the demo: its server, its clock, and the small things that every controller there does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random
from typing import Any

from demo.manifests import event
from demo.schedule import Schedule
from demo.server.api_server import ApiServer
from demo.server.object_storage import ObjectStorage
from demo.server.timestamps import moment

Obj = dict[str, Any]


@dataclass(eq=False)
class Stage:
    """`pko` is the operator's version, such as v2.9.0."""

    context: str
    server: ApiServer
    schedule: Schedule
    pko: str
    random: Random
    _events: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    @property
    def store(self) -> ObjectStorage:
        return self.server.store

    def now(self) -> float:
        return self.schedule.now()

    @property
    def stalls(self) -> bool:
        """Whether this operator gives up after three failures: 2.8 and later do."""
        major, minor = self.pko.lstrip("v").split(".")[:2]
        return (int(major), int(minor)) >= (2, 8)

    def commit(self, text: str) -> str:
        """A commit hash, always the same for the same text."""
        return hashlib.sha1(f"{self.context}/{text}".encode(), usedforsecurity=False).hexdigest()

    def record(
        self, about: Obj, reason: str, message: str, component: str, *, warning: bool = False, at: float | None = None
    ) -> None:
        """An Event; one that repeats is counted, as the event recorder does."""
        when = self.now() if at is None else at
        metadata = about["metadata"]
        same = (metadata.get("uid", ""), reason, message, component)
        name = self._events.get(same) or f"{metadata['name']}.{self.random.getrandbits(60):x}"
        old = self.store.get("Event", metadata["namespace"], name)
        first = moment(old["firstTimestamp"]) if old else when
        count = old["count"] + 1 if old else 1
        self._events[same] = name
        kind = "Warning" if warning else "Normal"
        made = event(about, reason, message, component, last=when, name=name, kind=kind, first=first, count=count)
        self.store.put(made)
