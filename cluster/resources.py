"""Where a kind of object lives in the API, and how its bytes become a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote


class ObjectMeta(Protocol):
    """What following an object needs to know of it, and nothing more."""

    @property
    def name(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def resource_version(self) -> str: ...


class HasMetadata(Protocol):
    """Any decoded object: a msgspec struct with a `metadata` field."""

    @property
    def metadata(self) -> ObjectMeta: ...


R = TypeVar("R", bound=HasMetadata)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as the API serves it, such as ``stacks`` in ``pulumi.com/v1``."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of a collection (no name) or of one object; namespace None means all namespaces."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [root]
        if namespace is not None and self.namespaced:
            parts.append(f"namespaces/{_segment(namespace)}")
        parts.append(self.plural)
        if name is not None:
            parts.append(_segment(name))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _segment(name: str) -> str:
    """A name that somebody typed stays a name, and can't lead elsewhere."""
    return quote(name, safe="").replace(".", "%2E") if name in (".", "..") else quote(name, safe="")


@dataclass(frozen=True)
class ResourceKind(Generic[R]):
    """A resource, the struct its objects decode into, and what takes control characters out of each decoded object."""

    resource: Resource
    record: type[R]
    tidy: Callable[[R], R]


def pointer(*path: str) -> str:
    """The JSON pointer to the field at this path of an object, such as ``/data/resource.exclusions``."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)
