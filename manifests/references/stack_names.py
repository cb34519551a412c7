"""The names of the Stacks that run the stacks of a backend, for where one stands in the place of the other."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from manifests.document import Document
from manifests.repository import Repository


class StacksByBackendStack:
    """The Stacks of a repository by the stack that each runs."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @cached_property
    def _by_stack(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for stack in self._repository.stacks:
            found[stack.word("spec", "stack")].append(stack)
        return found

    def with_name(self, prerequisite: dict[str, Any], near: Document) -> dict[str, Any]:
        """A prerequisite of `near` with the name of the Stack in the place of what that Stack runs; without a name
        where it isn't clear which one is meant. No Stack has a name with a slash."""
        if "/" not in prerequisite.get("name", ""):
            return prerequisite
        name = self.name_of(prerequisite["name"], near)
        named = {"name": name} if name else {}
        return named | {key: value for key, value in prerequisite.items() if key != "name"}

    def name_of(self, backend_stack: str, near: Document) -> str:
        """The name of the Stack that runs a stack and may be in the namespace of `near`; empty where that isn't one."""
        found = {
            each.name
            for each in self._by_stack.get(backend_stack, ())
            if each is not near
            and self._repository.may_share_namespace(each, near)
            and not self._repository.may_be_patched(each)
        }
        return found.pop() if len(found) == 1 else ""
