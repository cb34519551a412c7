"""The Program or the Flux source that a Stack names."""

from __future__ import annotations

from dataclasses import dataclass

from manifests.document import Document
from manifests.problem import FieldPath
from manifests.repository import PULUMI, Repository


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source that is an object of its own."""

    group: str
    kind: str
    name: str
    path: FieldPath
    """where its name stands"""


def named_source(stack: Document) -> NamedSource | None:
    """What a Stack names; None where it names nothing, or has another source that the operator takes first."""
    if stack.at("spec", "projectRepo") is not None:
        return None
    reference = ("spec", "fluxSource", "sourceRef")
    if stack.at("spec", "fluxSource") is not None:
        group = stack.word(*reference, "apiVersion").rpartition("/")[0]
        found = NamedSource(group, stack.word(*reference, "kind"), stack.word(*reference, "name"), (*reference, "name"))
        return found if group and found.kind and found.name else None
    name = stack.word("spec", "programRef", "name")
    return NamedSource(PULUMI, "Program", name, ("spec", "programRef", "name")) if name else None


def is_near(repository: Repository, stack: Document, source: NamedSource) -> bool:
    """Whether the repository has it where the Stack may find it, or a cluster may have it."""
    if not repository.knows(source.group, source.kind, near=stack):
        return True
    if next(repository.named(source.group, source.kind, source.name, near=stack), None) is not None:
        return True
    return repository.may_be_called(source.group, source.kind, source.name)


def elsewhere(repository: Repository, stack: Document, source: NamedSource) -> Document | None:
    """One of that name in a namespace that isn't the Stack's, where the Stack's own has none."""
    if is_near(repository, stack, source):
        return None
    return next(repository.named(source.group, source.kind, source.name), None)
