"""An object that is looked at, and the kubectl line that shows the same one."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Protocol, runtime_checkable

from cluster.resources import Resource
from fleet.board.rows import Key


@dataclass(frozen=True, slots=True)
class KubectlReference:
    """Where an object is and what it is."""

    key: Key
    resource: Resource

    @property
    def kubectl(self) -> str:
        """``kubectl --context … -n … get KIND NAME -o yaml``, ready for a shell."""
        where = f"--context {quote(self.key.context)} -n {quote(self.key.namespace)}"
        return f"kubectl {where} get {self.resource} {quote(self.key.name)} -o yaml"


@runtime_checkable
class ShowsObjects(Protocol):
    """A screen whose objects can be copied, by their names or as kubectl lines."""

    def references(self) -> list[KubectlReference]:
        """The objects that are chosen, or the one that the screen is about."""

    def action_copy(self) -> None:
        """Copy their names."""
