"""The logs of containers, and the options with which they are read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from demo.server.objects import Obj, dig, moment, stamp_fraction
from demo.server.refusals import bad_request, integer, invalid_options

Place = tuple[str, str, str]  # namespace, pod, container


@dataclass(frozen=True, slots=True)
class WrittenLine:
    at: float
    text: str

    def encoded(self, timestamps: bool) -> bytes:
        text = f"{stamp_fraction(self.at, 9)} {self.text}\n" if timestamps else f"{self.text}\n"
        return text.encode("utf-8", "surrogateescape")


@dataclass(eq=False)
class ContainerLog:
    """What one container has written since its last start. `first` is the number of the first line still kept."""

    lines: deque[WrittenLine]
    first: int = 0
    ended: bool = False
    waiting: set[asyncio.Event] = field(default_factory=set)

    @property
    def end(self) -> int:
        return self.first + len(self.lines)

    def wake(self) -> None:
        for event in self.waiting:
            event.set()

    def close(self) -> None:
        self.ended = True
        self.wake()

    def since(self, number: int) -> list[WrittenLine]:
        start = max(0, number - self.first)
        return [self.lines[i] for i in range(start - len(self.lines), 0)] if start < len(self.lines) else []


class PodLogs:
    """The logs of all containers.

    `append` writes, `restart` begins a new log (the old one is what `previous` shows), `end` ends one.
    """

    def __init__(self, clock: Callable[[], float] = time.time, keep: int = 200_000) -> None:
        self._clock = clock
        self._keep = keep
        self._present: dict[Place, ContainerLog] = {}
        self._previous: dict[Place, ContainerLog] = {}

    def append(self, namespace: str, pod: str, container: str, line: str, at: float | None = None) -> None:
        self.extend(namespace, pod, container, [line], at)

    def extend(self, namespace: str, pod: str, container: str, lines: Iterable[str], at: float | None = None) -> None:
        log = self.present(namespace, pod, container)
        now = self._clock() if at is None else at
        for text in lines:
            if len(log.lines) == log.lines.maxlen:
                log.first += 1
            log.lines.append(WrittenLine(now, text))
        log.wake()

    def restart(self, namespace: str, pod: str, container: str) -> None:
        place = (namespace, pod, container)
        if old := self._present.pop(place, None):
            self._previous[place] = old
            old.close()

    def end(self, namespace: str, pod: str, container: str) -> None:
        """Followers come to the end of the log: the container has stopped."""
        self.present(namespace, pod, container).close()

    def drop(self, namespace: str, pod: str) -> None:
        """The pod is gone, and its logs with it."""
        for logs in (self._present, self._previous):
            for place in [p for p in logs if p[:2] == (namespace, pod)]:
                logs.pop(place).close()

    def present(self, namespace: str, pod: str, container: str) -> ContainerLog:
        place = (namespace, pod, container)
        if place not in self._present:
            self._present[place] = ContainerLog(deque(maxlen=self._keep))
        return self._present[place]

    def previous(self, namespace: str, pod: str, container: str) -> ContainerLog | None:
        return self._previous.get((namespace, pod, container))

    def known(self, pod: Obj, container: str) -> bool:
        """Whether the container has ever written anything."""
        return (pod["metadata"]["namespace"], pod["metadata"]["name"], container) in self._present

    def text(self, namespace: str, pod: str, container: str) -> list[str]:
        return [line.text for line in self.present(namespace, pod, container).lines]


@dataclass(frozen=True, slots=True)
class PodLogOptions:
    """What a request for a log asks for."""

    container: str
    follow: bool
    previous: bool
    timestamps: bool
    since: float | None
    tail: int | None
    limit: int | None


def read_options(pod: Obj, query: dict[str, str], now: float) -> PodLogOptions:
    since: float | None = None
    if "sinceSeconds" in query and "sinceTime" in query:
        why = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        raise invalid_options("PodLogOptions", pod["metadata"]["name"], "[]", why)
    if (seconds := _number(query, "sinceSeconds")) is not None:
        since = now - seconds
    elif "sinceTime" in query:
        since = _whole_second(query["sinceTime"])
    if (limit := _number(query, "limitBytes")) is not None and limit <= 0:
        why = f"Invalid value: {limit}: must be greater than 0"
        raise invalid_options("PodLogOptions", pod["metadata"]["name"], "limitBytes", why, "FieldValueInvalid")
    return PodLogOptions(
        chosen_container(pod, query.get("container", "")),
        query.get("follow", "") in ("true", "1"),
        query.get("previous", "") in ("true", "1"),
        query.get("timestamps", "") in ("true", "1"),
        since,
        _number(query, "tailLines"),
        limit,
    )


def _number(query: dict[str, str], name: str) -> int | None:
    return integer(query[name]) if name in query else None


def _whole_second(text: str) -> float:
    """The kubelet is asked in whole seconds, whatever the client said."""
    try:
        return float(int(moment(text)))
    except ValueError:
        layout = "2006-01-02T15:04:05Z07:00"
        raise bad_request(f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"') from None


def chosen_container(pod: Obj, asked: str) -> str:
    """The container that is named, or else the only one; a Refusal where there is no such, or several."""
    name = pod["metadata"]["name"]
    mains = [c["name"] for c in dig(pod, "spec", "containers") or []]
    inits = [c["name"] for c in dig(pod, "spec", "initContainers") or []]
    if asked:
        if asked not in mains + inits:
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(mains) == 1:
        return str(mains[0])
    choice = " ".join(inits + mains)
    raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{choice}]")


def find_log(logs: PodLogs, pod: Obj, reading: PodLogOptions) -> ContainerLog:
    """The log that is asked for; a Refusal as the kubelet words it where there is none."""
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    if reading.previous:
        found = logs.previous(namespace, name, reading.container)
        if found is None:
            raise bad_request(f'previous terminated container "{reading.container}" in pod "{name}" not found')
        return found
    _need_started(pod, reading.container)
    return logs.present(namespace, name, reading.container)


def _need_started(pod: Obj, container: str) -> None:
    statuses = (dig(pod, "status", "containerStatuses") or []) + (dig(pod, "status", "initContainerStatuses") or [])
    status: Obj = next((s for s in statuses if s.get("name") == container), {})
    waiting = dig(status, "state", "waiting")
    if waiting is not None and not dig(status, "lastState", "terminated"):
        reason = waiting.get("reason", "")
        why = "trying and failing to pull image" if reason in ("ErrImagePull", "ImagePullBackOff") else reason
        raise bad_request(f'container "{container}" in pod "{pod["metadata"]["name"]}" is waiting to start: {why}')


def opening(log: ContainerLog, reading: PodLogOptions) -> tuple[list[WrittenLine], int]:
    """The lines to begin with, and the number of the next one."""
    lines = log.since(0)
    if reading.since is not None:
        lines = [line for line in lines if line.at >= reading.since]
    if reading.tail is not None:
        lines = lines[-reading.tail :] if reading.tail > 0 else []
    return lines, log.end


def cut(data: bytes, reading: PodLogOptions, sent: int) -> tuple[bytes, bool]:
    """What of `data` fits below `limitBytes`, and whether that was all there may be."""
    if reading.limit is None or sent + len(data) < reading.limit:
        return data, False
    return data[: reading.limit - sent], True
