"""What was read of one context for a diagnosis, as the API server sent it, and what couldn't be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from cluster.resources import pointer
from diagnosis.finding import Evidence, ObjectRef
from stacks.fields import Obj, at, field, mappings, text, whole_number
from stacks.masked_objects import shown
from stacks.text import plain

_NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class ObjectLookup:
    """The answer to the question for one object: it is there, it is known not to be there, or nobody knows.

    `object` is as it may be shown. `unread` is why it isn't known, empty where it is; `asked_at` is when it was asked
    for by its name, None where it was looked for in a list.
    """

    object: Obj | None = None
    unread: str = ""
    asked_at: float | None = None

    @property
    def gone(self) -> bool:
        """Whether it is known that there is none."""
        return self.object is None and not self.unread


@dataclass(frozen=True, slots=True)
class QuotableLine:
    """A line of a log as it may be shown. `time` is as it stands there, empty where there is none."""

    text: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class LogTail:
    """The last lines of a container's log, oldest first; `unread` is why there are none, empty where they were read."""

    lines: Sequence[QuotableLine] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class LogWanted:
    """The log of a container that would decide something. `previous`: of the container before its last restart."""

    namespace: str
    pod: str
    container: str
    previous: bool = False


@dataclass(frozen=True, slots=True)
class ObjectWanted:
    """An object that would decide something, by its name; without a name, all names of its kind in the namespace."""

    kind: str
    namespace: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OperatorLogWanted:
    """The last lines of the operator's log would decide something."""


_AROUND_A_STACK = frozenset(("Workspace", "Update", "StatefulSet", "Pod", "Event"))
_NOT_LOOKED_AT = "it wasn't looked at closely"
Wanted = LogWanted | ObjectWanted | OperatorLogWanted
Place = tuple[str, str]
"""namespace and name"""


class ContextObjects:
    """Objects of one context. `now` is the instant of the answers, by the API server's clock where it is known."""

    def __init__(self, context: str, now: float, operator_namespace: str = "") -> None:
        self.context = context
        self.now = now
        self.operator_namespace = operator_namespace
        self.wanted: dict[Wanted, None] = {}
        """what was asked for and not there, in the order in which it was asked for"""
        self.looked_at: frozenset[Place] | None = None
        """the Stacks around which all was listed; None: all of them"""
        self._raw: dict[str, dict[Place, Obj]] = {}
        self._shown: dict[tuple[str, Place], Obj] = {}
        self._listed: set[str] = set()
        self._refused: dict[tuple[str, str], str] = {}
        self._asked: dict[ObjectWanted, ObjectLookup] = {}
        self._names: dict[ObjectWanted, Sequence[str] | str] = {}
        self._logs: dict[LogWanted, LogTail] = {}
        self._operator_log: LogTail | None = None
        self._by_owner: dict[tuple[str, str], list[Place]] | None = None
        self._by_subject: dict[tuple[str, str], list[Place]] | None = None

    # What is put in

    def put(self, obj: Obj, kind: str = "") -> None:
        """An object of this kind; `kind` where items of a list don't say it themselves."""
        kind = kind or text(obj, "kind")
        place = _place(obj)
        self._raw.setdefault(kind, {})[place] = obj
        self._shown.pop((kind, place), None)
        self._by_owner = self._by_subject = None

    def put_list(self, kind: str, objects: Iterable[Obj]) -> None:
        """All objects of a kind that could belong to the Stacks that are asked about: what isn't there is gone."""
        self._listed.add(kind)
        for obj in objects:
            self.put(obj, kind)

    def put_refusal(self, kind: str, why: str, namespace: str = "") -> None:
        """Why objects of a kind couldn't be read, in one namespace or, where that is empty, in all."""
        self._refused[kind, namespace] = plain(why)

    def put_answer(self, wanted: ObjectWanted, obj: Obj | None, now: float, why: str = "") -> None:
        """The answer to the question for one object; None without a reason: there is none."""
        if obj is not None:
            self.put(obj, wanted.kind)
        self._asked[wanted] = ObjectLookup(None, plain(why), now)

    def put_names(self, wanted: ObjectWanted, names: Sequence[str], why: str = "") -> None:
        """The names of all objects of a kind in a namespace, or why they couldn't be read."""
        self._names[wanted] = plain(why) if why else [plain(name) for name in names]

    def put_log(self, wanted: LogWanted, tail: LogTail) -> None:
        self._logs[wanted] = tail

    def put_operator_log(self, tail: LogTail) -> None:
        self._operator_log = tail

    # What is asked

    def from_afar(self) -> ContextObjects:
        """The same for a Stack that wasn't looked at: what is around it isn't known, and isn't gone either."""
        other = copy(self)
        other.wanted, other._shown, other._by_owner, other._by_subject = {}, {}, None, None
        other._raw = {kind: objects for kind, objects in self._raw.items() if kind not in _AROUND_A_STACK}
        other._listed = self._listed - _AROUND_A_STACK
        other._refused = self._refused | {(kind, ""): _NOT_LOOKED_AT for kind in _AROUND_A_STACK}
        return other

    def raw(self, kind: str) -> dict[Place, Obj]:
        """Objects of a kind just as they were sent, with whatever is secret in them: nothing of it may be shown."""
        return self._raw.get(kind, {})

    def of_kind(self, kind: str, namespace: str | None = None) -> list[Obj]:
        """All objects of a kind that are known, as they may be shown."""
        places = list(self._raw.get(kind, ()))
        return [self._as_shown(kind, place) for place in places if namespace is None or place[0] == namespace]

    def unread(self, kind: str, namespace: str = "") -> str:
        """Why objects of a kind aren't known; empty where they are."""
        for place in (namespace, ""):
            if (kind, place) in self._refused:
                return self._refused[kind, place]
        return "" if kind in self._listed else f"{kind}s were {_NOT_READ}"

    @property
    def refusals(self) -> dict[str, str]:
        """The kinds that may not be read, in all namespaces or in one, and why."""
        return {kind: why for (kind, _), why in self._refused.items()}

    def get(self, kind: str, namespace: str, name: str) -> ObjectLookup:
        """One object, where nothing depends on whether it is there; nothing is asked of the cluster for it."""
        if (namespace, name) in self._raw.get(kind, ()):
            return ObjectLookup(self._as_shown(kind, (namespace, name)))
        asked = self._asked.get(ObjectWanted(kind, namespace, name))
        return asked if asked is not None else ObjectLookup(unread=self.unread(kind, namespace))

    def look_up(self, kind: str, namespace: str, name: str) -> ObjectLookup:
        """One object whose absence would decide something: it is asked for by its name."""
        found = self.get(kind, namespace, name)
        wanted = ObjectWanted(kind, namespace, name)
        if found.object is None and wanted not in self._asked:
            self.wanted[wanted] = None
        return found

    def names(self, kind: str, namespace: str) -> Sequence[str]:
        """The names of all objects of a kind in a namespace; none where they aren't known (yet)."""
        wanted = ObjectWanted(kind, namespace)
        found = self._names.get(wanted)
        if found is None:
            self.wanted[wanted] = None
        return found if found is not None and not isinstance(found, str) else ()

    def names_unread(self, kind: str, namespace: str) -> str:
        """Why the names of a kind in a namespace aren't known; empty where they are."""
        found = self._names.get(ObjectWanted(kind, namespace))
        return found if isinstance(found, str) else f"names were {_NOT_READ}" if found is None else ""

    def log(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> LogTail:
        """The end of a container's log that would decide something."""
        wanted = LogWanted(namespace, pod, container, previous)
        if wanted not in self._logs:
            self.wanted[wanted] = None
        return self._logs.get(wanted, LogTail(unread=f"the log of {pod} was {_NOT_READ}"))

    def operator_log(self) -> LogTail:
        """The end of the operator's log, where it would decide something."""
        if self._operator_log is None:
            self.wanted[OperatorLogWanted()] = None
            return LogTail(unread=f"the operator's log was {_NOT_READ}")
        return self._operator_log

    def owned(self, kind: str, uid: str) -> list[Obj]:
        """The objects of a kind that name the object of this uid among their owners."""
        if self._by_owner is None:
            self._by_owner = {}
            for each, objects in self._raw.items():
                for place, obj in objects.items():
                    for _, owner in mappings(obj, "metadata", "ownerReferences"):
                        self._by_owner.setdefault((each, text(owner, "uid")), []).append(place)
        return [self._as_shown(kind, place) for place in self._by_owner.get((kind, uid), ())] if uid else []

    def events_about(self, namespace: str, name: str, uids: Iterable[str]) -> list[Obj]:
        """The Events about objects of this name with one of these uids, or without a uid, oldest first."""
        if self._by_subject is None:
            self._by_subject = {}
            for place, event in self._raw.get("Event", {}).items():
                self._by_subject.setdefault((place[0], text(event, "involvedObject", "name")), []).append(place)
        known = set(uids) | {""}
        events = [self._as_shown("Event", place) for place in self._by_subject.get((namespace, name), ())]
        mine = [event for event in events if text(event, "involvedObject", "uid") in known]
        return sorted(mine, key=lambda event: event_time(event) or 0.0)

    def ref(self, obj: Obj, container: str = "") -> ObjectRef:
        """The name of an object, for people and programs."""
        namespace, name = _place(obj)
        return ObjectRef(self.context, namespace, text(obj, "kind"), name, container)

    def quote(self, obj: Obj, *path: str | int, part: str | None = None, time: float | None = None) -> Evidence:
        """What stands at this path of an object, or the part of it that matters, with the place where it stands."""
        found = field(obj, *path)
        words = part if part is not None else found if isinstance(found, str) else as_text(found)
        return Evidence(self.ref(obj), pointer(*map(str, path)), words, time)

    def quote_log(self, namespace: str, pod: str, container: str, line: QuotableLine) -> Evidence:
        """A line of a container's log, with the place where it stands."""
        where = ObjectRef(self.context, namespace, "Pod", pod, container)
        return Evidence(where, f"log:{container}@{line.time}", line.text, at(line.time))

    def quote_operator_log(self, line: QuotableLine, part: str | None = None) -> Evidence:
        """A line of the operator's log, or the part of it that matters."""
        names = [text(each, "metadata", "name") for each in self.of_kind("Deployment", self.operator_namespace)]
        name = next((each for each in names if "operator" in each), "pulumi-kubernetes-operator")
        where = ObjectRef(self.context, self.operator_namespace, "Deployment", name, "manager")
        return Evidence(where, f"log:manager@{line.time}", line.text if part is None else part, at(line.time))

    def _as_shown(self, kind: str, place: Place) -> Obj:
        key = (kind, place)
        if key not in self._shown:
            self._shown[key] = _showable(self._raw[kind][place], kind)
        return self._shown[key]


def event_time(event: Obj) -> float | None:
    """When an Event was said last."""
    for path in (("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",), ("metadata", "creationTimestamp")):
        if (found := at(event, *path)) is not None:
            return found
    return None


def last_change(obj: Obj | None) -> float | None:
    """When an object was last changed by somebody who didn't write its status; of one that was never changed when it
    was made. None where nobody can tell."""
    entries = [entry for _, entry in mappings(obj, "metadata", "managedFields")]
    times = [at(entry, "time") for entry in entries if text(entry, "subresource") != "status"]
    known = [time for time in times if time is not None]
    if known:
        return max(known)
    unchanged = whole_number(obj, "metadata", "generation") in (None, 1)
    return at(obj, "metadata", "creationTimestamp") if unchanged else None


def as_text(value: Any) -> str:
    """A field's value as a quote has it: a number or a truth as in JSON, nothing for what isn't there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _place(obj: Obj) -> Place:
    """Where an object is, as it may be shown: a file may hold any name."""
    return plain(text(obj, "metadata", "namespace")), plain(text(obj, "metadata", "name"))


def _showable(obj: Obj, kind: str) -> Obj:
    """The object as it may be shown, with its kind, and of its managed fields who wrote what when."""
    given, without = obj.get("metadata"), obj
    if isinstance(given, Mapping) and "managedFields" in given:  # half of many an object, and shown in another form
        without = {**obj, "metadata": {name: value for name, value in given.items() if name != "managedFields"}}
    found = {"kind": kind, **shown(without)}
    metadata = found.get("metadata")
    if not isinstance(metadata, dict):
        metadata = found["metadata"] = {}
    metadata["managedFields"] = [
        {name: plain(text(entry, name)) for name in ("manager", "operation", "subresource", "time")}
        for _, entry in mappings(obj, "metadata", "managedFields")
    ]
    return found
