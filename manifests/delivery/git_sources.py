"""Whether what an Application names as its source is the repository and revision that lies here."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from manifests.delivery.git_addresses import git_address

if TYPE_CHECKING:
    from manifests.reading.checkout import Checkout

_TO_FILL_IN = re.compile(r"\{\{|\$\{|\$\(|<[A-Za-z]")
_PORT = re.compile(r":[0-9]+\Z")
_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
}


class SourceOrigin(Enum):
    """Where the files of a source are."""

    HERE = auto()
    OTHER_REVISION = auto()
    """in this repository, at a revision that isn't checked out"""
    ELSEWHERE = auto()
    UNKNOWN = auto()


@cache
def comparable_address(address: str) -> str:
    """An address in the form in which two of them can be compared: host and path, in lower case.

    How it is reached isn't part of it: ``https``, ``ssh`` and ``git@host:path`` lead to the same repository.
    """
    found = git_address(address.strip().lower())
    host = _PORT.sub("", found.host)
    path = found.path.strip("/").removesuffix(".git") if host else found.path.rstrip("/").removesuffix(".git")
    if host == "ssh.dev.azure.com" and path.startswith("v3/"):
        organization, _, rest = path.removeprefix("v3/").partition("/")
        project, _, name = rest.partition("/")
        path = f"{organization}/{project}/_git/{name}"
    return f"{_HOSTS.get(host, host)}/{path}"


def origin(checkout: Checkout | None, address: str, revision: str) -> SourceOrigin:
    """Where a source with this address and revision is, seen from a checkout."""
    if checkout is None or not address or unresolved(address):
        return SourceOrigin.UNKNOWN
    known = {comparable_address(one) for one in checkout.addresses}
    if comparable_address(address) not in known:
        return SourceOrigin.ELSEWHERE
    if unresolved(revision):
        return SourceOrigin.OTHER_REVISION
    wanted = revision.strip().removeprefix("refs/heads/")
    if wanted in ("", "HEAD") or wanted in (checkout.branch, checkout.target):
        return SourceOrigin.HERE
    return SourceOrigin.OTHER_REVISION


def unresolved(text: str) -> bool:
    """Whether a text has places that are filled in with what isn't known here: by an ApplicationSet, or by somebody's
    script before it is applied."""
    return _TO_FILL_IN.search(text) is not None
