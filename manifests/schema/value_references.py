"""Where a Stack takes values from elsewhere, and from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from manifests.document import Document
from manifests.problem import FieldPath
from manifests.product_versions import ProductVersion

BODIES = {"Secret": "secret", "Literal": "literal", "Env": "env", "FS": "filesystem"}
"""types of references, and the field in which each says the rest"""

_GIT_AUTH = (
    ("accessToken",),
    ("sshAuth", "sshPrivateKey"),
    ("sshAuth", "password"),
    ("basicAuth", "userName"),
    ("basicAuth", "password"),
    ("githubApp", "appID"),
    ("githubApp", "installationID"),
    ("githubApp", "privateKey"),
)


@dataclass(frozen=True, slots=True)
class ValueReference:
    """A value that a Stack takes from a Secret, or from what else its type says."""

    path: FieldPath
    value: Mapping[str, Any]
    is_of_git: bool
    """whether the operator itself needs it to read the repository"""

    @property
    def type(self) -> str:
        """Empty where none stands there, or no text."""
        found = self.value.get("type")
        return found if isinstance(found, str) else ""

    def types(self, pko: ProductVersion) -> tuple[str, ...]:
        """The types that the operator takes here."""
        if pko < (2, 0, 0):
            return tuple(BODIES)
        return ("Secret",) if self.is_of_git else ("Secret", "Literal")


def value_references(stack: Document) -> Iterator[ValueReference]:
    """Those of a Stack, in ``envRefs``, ``secretsRef`` and ``gitAuth``."""
    for field in ("envRefs", "secretsRef"):
        for name, value in stack.mapping("spec", field).items():
            if isinstance(value, Mapping):
                yield ValueReference(("spec", field, name), value, is_of_git=False)
    if stack.mapping("spec", "gitAuth"):
        for steps in _GIT_AUTH:
            path = ("spec", "gitAuth", *steps)
            if isinstance(value := stack.at(*path), Mapping):
                yield ValueReference(path, value, is_of_git=True)
