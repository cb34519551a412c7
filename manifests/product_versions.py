"""The versions of PKO and Argo CD for which manifests are checked."""

from __future__ import annotations

import re
from dataclasses import dataclass

ProductVersion = tuple[int, int, int]

NEWEST_PKO: ProductVersion = (2, 9, 1)
NEWEST_ARGOCD: ProductVersion = (3, 6, 1)
"""The newest ones that the rules are known to hold for."""

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?\Z")


@dataclass(frozen=True, slots=True)
class ProductVersions:
    """Which operator and which Argo CD the manifests are meant for."""

    pko: ProductVersion = NEWEST_PKO
    argocd: ProductVersion = NEWEST_ARGOCD


NEWEST = ProductVersions()


def parse_version(text: str) -> ProductVersion:
    """The version in a text such as ``2.9``, ``v2.9.1`` or ``3.6.0-rc1``. Raises ValueError."""
    found = _VERSION.match(text.strip())
    if found is None:
        raise ValueError(f"{text!r} isn't a version such as 2.9.1")
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0))


def version_text(version: ProductVersion) -> str:
    return ".".join(map(str, version))
