"""Which objects a list or a watch is about: label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from demo.server.objects import Obj, dig
from demo.server.refusals import Refusal, bad_request
from demo.server.served_kinds import ServedKind

LabelTest = Callable[[Mapping[str, str]], bool]
FieldTest = Callable[[Obj], bool]

_SET = re.compile(r"^(?P<key>[\w./-]+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)$")
_EQUAL = re.compile(r"^(?P<key>[\w./-]+)\s*(?P<op>==|!=|=)\s*(?P<value>[\w./-]*)$")
_EXISTS = re.compile(r"^(?P<not>!?)\s*(?P<key>[\w./-]+)$")

# Fields other than name and namespace by which the real server lets a kind be selected.
_FIELDS = {
    "pods": ("spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"),
    "events": (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
        "reason", "reportingComponent", "source", "type",
    ),
    "secrets": ("type",),
    "namespaces": ("status.phase",),
}  # fmt: skip


def label_test(text: str) -> LabelTest | None:
    """What `labelSelector=text` asks of an object's labels; None if it asks nothing."""
    tests = [_label_requirement(part) for part in _split(text)]
    if not tests:
        return None
    return lambda labels: all(test(labels) for test in tests)


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside of parentheses."""
    return [part for part in (p.strip() for p in re.split(r",(?![^(]*\))", text)) if part]


def _label_requirement(part: str) -> LabelTest:
    if found := _SET.match(part):
        key, values, wanted = found["key"], {v.strip() for v in found["values"].split(",")}, found["op"] == "in"
        return lambda labels: (labels.get(key) in values) is wanted
    if found := _EQUAL.match(part):
        key, value, wanted = found["key"], found["value"], found["op"] != "!="
        return lambda labels: (labels.get(key) == value) is wanted
    if found := _EXISTS.match(part):
        key, wanted = found["key"], not found["not"]
        return lambda labels: (key in labels) is wanted
    if wrong := re.match(r"^[\w./-]+\s*(?:==|!=|=)\s*(.*)$", part):
        raise bad_request(f"unable to parse requirement: found '{wrong[1]}', expected: identifier")
    raise bad_request(f"unable to parse requirement: found '{part}', expected: !, identifier, or 'end of string'")


def field_test(kind: ServedKind, text: str) -> tuple[str | None, str | None, FieldTest | None]:
    """What `fieldSelector=text` asks: a namespace, a name, and a test for the rest."""
    namespace: str | None = None
    name: str | None = None
    tests: list[FieldTest] = []
    for part in _split(text):
        found = re.match(r"^([\w.]+)(==|!=|=)(.*)$", part)
        if not found:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        field, op, value = found.groups()
        if field not in ("metadata.name", "metadata.namespace", *_FIELDS.get(str(kind), ())):
            raise _unsupported(kind, field)
        if field == "metadata.name" and op != "!=":
            name = value
        elif field == "metadata.namespace" and op != "!=":
            namespace = value
        else:
            tests.append(_field_requirement(field, op, value))
    return namespace, name, (lambda obj: all(test(obj) for test in tests)) if tests else None


def _unsupported(kind: ServedKind, field: str) -> Refusal:
    if kind.custom or str(kind) in _FIELDS:
        return bad_request(f"field label not supported: {field}")
    return bad_request(f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"')


def _field_requirement(field: str, op: str, value: str) -> FieldTest:
    steps = ("source", "component") if field == "source" else tuple(field.split("."))
    return lambda obj: (str(dig(obj, *steps) or "") == value) is (op != "!=")
