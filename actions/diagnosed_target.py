"""What targets of fixes have in common: a Stack or an Application by its key, with the diagnosis that plans rest on."""

from __future__ import annotations

from dataclasses import dataclass

from diagnosis.explain import Diagnosis
from fleet.board.rows import Key


@dataclass(frozen=True)
class DiagnosedTarget:
    """An object as it was last looked at. Its `str` names it for people."""

    key: Key
    diagnosis: Diagnosis
    """of all contexts that were read: another one may have a Stack with the same backend stack"""

    def __str__(self) -> str:
        return str(self.key)

    @property
    def context(self) -> str:
        return self.key.context

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def looked_at(self) -> float:
        """The instant at which its context was read, by the server's clock."""
        return self.diagnosis.fleet.contexts[self.key.context].now
