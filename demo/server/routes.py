"""Which kind, namespace, name and subresource a path is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.server.refusals import NoSuchPathError, Refusal, not_found
from demo.server.served_kinds import ServedKind

# Groups whose own code answers for what they don't have; for all others nobody does.
_BUILT_IN = ("", "apps", "coordination.k8s.io", "apiextensions.k8s.io", "authorization.k8s.io")


@dataclass(frozen=True, slots=True)
class Route:
    """`namespace` is None for all of them; `name` is empty for a collection."""

    kind: ServedKind
    namespace: str | None
    name: str
    subresource: str


def no_subresource(kind: ServedKind, name: str, subresource: str) -> Exception:
    """What is said to a subresource that the kind doesn't have; three parts of the server say three things."""
    if not kind.custom:
        return Refusal(404, "NotFound", "the server could not find the requested resource", {})
    return NoSuchPathError() if subresource == "status" else not_found(kind, name)


def locate(kinds: Iterable[ServedKind], path: str) -> Route:
    match path.strip("/").split("/"):
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            raise NoSuchPathError
    namespace: str | None = None
    if rest[:1] == ["namespaces"] and len(rest) >= 3 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    if not 1 <= len(rest) <= 3:
        raise NoSuchPathError
    plural, name, subresource = (*rest, "", "")[:3]
    for kind in kinds:
        here = (kind.group, kind.version, kind.plural) == (group, version, plural)
        if here and (kind.namespaced or namespace is None):
            return Route(kind, namespace, name, subresource)
    if group in _BUILT_IN:
        raise Refusal(404, "NotFound", "the server could not find the requested resource", {})
    raise NoSuchPathError
