"""Reads the mappings of a kubeconfig field by field, and names the place where a field of a wrong type stands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cluster.errors import KubeconfigError


@dataclass(frozen=True)
class KubeconfigFields:
    """A mapping out of a kubeconfig. Wrong types are refused, as kubectl refuses them; values are never repeated."""

    body: Mapping[object, object] = field(repr=False)
    where: str
    """Such as: user "anna" in /home/anna/.kube/config."""
    folder: Path = Path()
    """What relative paths start from."""

    def text(self, key: str) -> str:
        value = self.body.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(key, "text; put it in quotes")
        return value

    def flag(self, key: str) -> bool:
        value = self.body.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        items = self._list(key)
        if not all(isinstance(item, str) for item in items):
            raise self._wrong(key, "a list of texts; put them in quotes")
        return tuple(map(str, items))

    def path(self, key: str) -> Path | None:
        value = self.text(key)
        return self.folder / value if value else None

    def data(self, key: str) -> bytes:
        """Base64, as everything is that ends in ``-data``."""
        try:
            return base64.b64decode("".join(self.text(key).split()), validate=True)
        except (binascii.Error, ValueError):
            raise self._wrong(key, "base64; copy it again from where it came from") from None

    def file_or_data(self, key: str) -> Path | bytes | None:
        return self.data(f"{key}-data") or self.path(key)

    def inner(self, key: str) -> KubeconfigFields | None:
        value = self.body.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(key, "a mapping")
        return KubeconfigFields(value, self.where, self.folder)

    def each(self, key: str) -> list[KubeconfigFields]:
        """The mappings of a list; the name of the list serves as the place of each."""
        items = self._list(key)
        if not all(isinstance(item, Mapping) for item in items):
            raise self._wrong(key, "a list of mappings")
        return [
            KubeconfigFields(item, f"{key} of {self.where}", self.folder) for item in items if isinstance(item, Mapping)
        ]

    def scalars(self) -> dict[str, str]:
        """All of it as text, for mappings whose keys aren't ours to know."""
        return {str(key): self.text(str(key)) for key in self.body}

    def refuse(self, problem: str) -> KubeconfigError:
        return KubeconfigError(f"{self.where} {problem}")

    def _list(self, key: str) -> list[object]:
        value = self.body.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _wrong(self, key: str, wanted: str) -> KubeconfigError:
        return KubeconfigError(f'{self.where}: "{key}" isn\'t {wanted}')
