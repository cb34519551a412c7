"""The operator's log: its lines taken apart, which Stack each is about, and what of it may be shown.

PKO 2 writes ``time TAB level TAB [logger TAB] message TAB json``, or JSON where its chart says so; PKO 1
writes JSON. One line of it must never be shown as it is: ``Update complete`` holds the whole result of a
run, with the outputs, secret ones too, in clear text. So a field is shown only if it was understood;
what can't be read as JSON, or goes on from a line that can't, isn't shown at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.logs.agent_log import LEVELS, decode_fields, without_outputs_within
from stacks.messages import headline
from stacks.redaction import MASK

NOT_SHOWN = MASK
CONTAINERS = ("manager", "pulumi-kubernetes-operator")

_HEADER = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT[^\t]{8,24})\t(?P<level>" + "|".join(LEVELS) + r")\t(?P<rest>.*)", re.DOTALL
)
_SECRET_FIELDS = frozenset({"result", "outputs", "Stdout", "Stderr", "spec"})
_RPC = re.compile(r"^rpc error: code = \w+ desc = ")
_OUTPUTS_WITHIN = re.compile(
    r"outputs:\s*\{|secret:\s*true|[Oo]utputs\s*(?:\(\d+\))?:(?:--)?\s*(?:\([^()\n]*\))?\s*(?:\\n|$)"
)
_HEADS = re.compile(r"[Oo]utputs\s*(?:\(\d+\)\s*)?:[^\n(]{0,20}(?:\([^()\n]{0,40}\) )?\(not shown\)")
_UNINTERESTING = frozenset(
    {
        "controller", "controllerGroup", "controllerKind", "Workspace", "Update", "Program", "namespace", "name",
        "reconcileID", "revision", "observedGeneration", "observedReconcileRequest", "conditions", "stacktrace",
        "Request.Namespace", "Request.Name", "lastUpdate", "currentUpdate", "addr", "error",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """One line of the operator's. `fields` are None if they couldn't be read."""

    time: str
    level: str
    message: str
    fields: dict[str, Any] | None = field(default_factory=dict)
    as_json: bool = False

    @property
    def controller(self) -> str:
        """``stack``, ``workspace``, ``update``, ``program``, or empty."""
        return str((self.fields or {}).get("controller", "")).removesuffix("-controller")


def operator_line(text: str) -> OperatorLine | None:
    """The line taken apart; None for one that goes on with another, such as a stack trace."""
    if text.startswith("{"):
        return _json_line(text)
    found = _HEADER.match(text)
    if found is None:
        return None
    message, tab, tail = found["rest"].partition("\t{")
    message = message.rpartition("\t")[2]  # a few lines have a logger before it
    fields = (decode_fields("{" + tail) or None) if tab else {}
    return OperatorLine(found["time"], found["level"], message, fields)


def _json_line(text: str) -> OperatorLine | None:
    values = decode_fields(text)
    if not values:
        return None
    time, level = str(values.pop("ts", values.pop("time", ""))), str(values.pop("level", "")).upper()
    values.pop("logger", None)
    return OperatorLine(time, level, str(values.pop("msg", "")), values, as_json=True)


def object_of(line: OperatorLine) -> tuple[str, str, str]:
    """Which object the line is about: namespace, controller and name; empty where it is about none."""
    fields = line.fields or {}
    name = fields.get("name", fields.get("Request.Name"))
    namespace = fields.get("namespace", fields.get("Request.Namespace"))
    if not isinstance(name, str) or not isinstance(namespace, str):
        return "", "", ""
    return namespace, line.controller or "stack", name


def concerns_all(line: OperatorLine) -> bool:
    """Whether the line says that the operator can't list Stacks at all: then it sees none of them."""
    return line.level in ("WARN", "ERROR") and (line.fields or {}).get("type") == "*v1.Stack"


def stack_of_update(name: str) -> str:
    """The Stack that an Update's name begins with: ``shop-eu-1a209a6aa5a`` is one of ``shop-eu``."""
    stack, dash, number = name.rpartition("-")
    return stack if dash and re.fullmatch(r"[0-9a-f]{8,12}", number) else ""


def redacted(line: OperatorLine) -> str:
    """The line as the operator wrote it, without what may hold outputs."""
    fields = _safe_fields(line)
    if line.as_json:
        return json.dumps({"level": line.level.lower(), "ts": line.time, "msg": line.message, **fields})
    kept = json.dumps(fields, ensure_ascii=False) if fields else ""
    return "\t".join(part for part in (line.time, line.level, line.message, kept) if part)


def short(line: OperatorLine) -> str:
    """The line in one sentence: the message, which object it is about, the error if there is one."""
    fields = line.fields or {}
    update = str(fields.get("name", "")) if line.controller == "update" else ""
    safe = _safe_fields(line)
    named = [
        f"{key}={_brief(value)}"
        for key, value in safe.items()
        if key not in _UNINTERESTING and isinstance(value, str | int) and value not in ("", NOT_SHOWN)
    ]
    error = safe.get("error")
    parts = [line.message, *([update] if update else []), *([f"({', '.join(named)})"] if named else [])]
    sentence = " ".join(parts)
    if isinstance(error, str) and error:
        sentence += f": {_brief(error)}"
    return sentence


def _brief(value: Any) -> str:
    """Of a run's whole output the line that explains it; anything else as it is."""
    text = str(value)
    return headline(_RPC.sub("", text)) if "\n" in text else text


def _safe_fields(line: OperatorLine) -> dict[str, Any]:
    if line.fields is None:
        return {"fields": NOT_SHOWN}
    return {key: _safe_value(key, value) for key, value in line.fields.items()}


def _safe_value(key: str, value: Any) -> Any:
    if key in _SECRET_FIELDS:
        return value if value in (None, "") else NOT_SHOWN
    if isinstance(value, dict):
        return {inner: _safe_value(inner, item) for inner, item in value.items()}
    if isinstance(value, list):
        return [_safe_value("", item) for item in value]
    clean = without_outputs_within(value)
    return NOT_SHOWN if isinstance(clean, str) and _OUTPUTS_WITHIN.search(_without_heads(clean)) else clean


def _without_heads(text: str) -> str:
    """The heads of sections that are hidden already say nothing."""
    return _HEADS.sub("", text)


class OperatorLogFilter:
    """Lets through the lines of an operator's log that are about some Stacks, redacted.

    A stack trace belongs to the line before it.

    `stacks` are (namespace, name), `workspaces` those that aren't called like their Stack:
    (namespace, workspace) -> stack. Both may grow while the log is read.
    """

    def __init__(self, stacks: Collection[tuple[str, str]], workspaces: Mapping[tuple[str, str], str]) -> None:
        self._stacks = stacks
        self._workspaces = workspaces
        self._current: tuple[str, str] | None = None

    def filter(self, text: str) -> tuple[tuple[str, str], str] | None:
        """The Stack that a line is about, (namespace, name), and the line as it may be shown; None for other lines."""
        line = operator_line(text)
        if line is None:
            return (self._current, text) if self._current is not None and not _OUTPUTS_WITHIN.search(text) else None
        self._current = self._stack_of(line)
        return (self._current, redacted(line)) if self._current is not None else None

    def _stack_of(self, line: OperatorLine) -> tuple[str, str] | None:
        if concerns_all(line):
            return min(self._stacks, default=None)
        namespace, controller, name = object_of(line)
        if controller == "workspace":
            name = self._workspaces.get((namespace, name), name)
        elif controller == "update":
            name = stack_of_update(name)
        elif controller != "stack":
            return None
        return (namespace, name) if (namespace, name) in self._stacks else None
