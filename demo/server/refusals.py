"""The answers an API server gives when it says no, worded as the real one words them.

kubectl and our own client both read the `reason` and the sentence, so the words are part of the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from demo.server.objects import Obj, without_empty
from demo.server.served_kinds import ServedKind


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - an answer more than an error
    """A request that isn't carried out, with the `Status` object that says why."""

    code: int
    reason: str
    message: str
    details: Obj | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def status(self) -> Obj:
        body: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


class NoSuchPathError(Exception):
    """The path leads nowhere; the real server answers in plain text, not with a `Status`."""


def details_of(kind: ServedKind, name: str) -> Obj:
    return without_empty({"name": name, "group": kind.group, "kind": kind.plural})


def not_found(kind: ServedKind, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{kind} "{name}" not found', details_of(kind, name))


def conflict(kind: ServedKind, name: str, why: str) -> Refusal:
    text = f'Operation cannot be fulfilled on {kind} "{name}": {why}'
    return Refusal(409, "Conflict", text, details_of(kind, name))


def modified(kind: ServedKind, name: str) -> Refusal:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(kind, name, why)


def invalid(kind: ServedKind, name: str, place: str, why: str, reason: str = "FieldValueInvalid") -> Refusal:
    return _invalid(kind.group, kind.kind, name, place, why, reason)


def invalid_options(kind: str, name: str, place: str, why: str, reason: str = "FieldValueForbidden") -> Refusal:
    """Of ListOptions, PatchOptions and PodLogOptions, which a query stands for."""
    return _invalid("" if kind == "PodLogOptions" else "meta.k8s.io", kind, name, place, why, reason)


def _invalid(group: str, kind: str, name: str, place: str, why: str, reason: str) -> Refusal:
    owner = f"{kind}.{group}" if group else kind
    details = without_empty({"name": name, "group": group, "kind": kind})
    details["causes"] = [{"reason": reason, "message": why, "field": place}]
    return Refusal(422, "Invalid", f'{owner} "{name}" is invalid: {place}: {why}', details)


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def internal_error(why: str) -> Refusal:
    details = {"causes": [{"message": why}]}
    return Refusal(500, "InternalError", f"Internal error occurred: {why}", details)


def too_old(asked: int, oldest: int) -> Refusal:
    return Refusal(410, "Expired", f"too old resource version: {asked} ({oldest})")


def integer(text: str) -> int:
    """The number in a query, or the Refusal in the words of Go's ParseInt."""
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def method_not_allowed() -> Refusal:
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def unsupported_media_type(accepted: Sequence[str]) -> Refusal:
    """The body is of a content type that isn't read there; `accepted` are those that are."""
    text = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return Refusal(415, "UnsupportedMediaType", text)


def apply_conflict(conflicts: list[tuple[str, str]]) -> Refusal:
    """`conflicts` are (manager, quoted and with its apiVersion unless it applies; path)."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in conflicts
    ]
    if len(conflicts) == 1:
        manager, path = conflicts[0]
        text = f"Apply failed with 1 conflict: conflict with {manager}: {path}"
    else:
        by_manager: dict[str, list[str]] = {}
        for manager, path in conflicts:
            by_manager.setdefault(manager, []).append(f"- {path}")
        parts = [f"conflicts with {who}:\n" + "\n".join(paths) for who, paths in sorted(by_manager.items())]
        text = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(parts)
    return Refusal(409, "Conflict", text, {"causes": causes})
