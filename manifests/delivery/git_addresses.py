"""Addresses of Git repositories, as the operator's Git library takes them apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_WITH_SCHEME = re.compile(r"([^:/]+)://(?:([^/]*)@)?([^/?#]*)/*([^?#]*)", re.DOTALL)
_LIKE_SCP = re.compile(r"(?:([^@]+)@)?([^:/\s]+):(?:[0-9]{1,5}:)?([^\\].*)", re.DOTALL)
_AZURE = "dev.azure.com"


@dataclass(frozen=True, slots=True)
class GitAddress:
    """An address such as ``https://github.com/acme/web.git`` in its parts."""

    scheme: str
    """``https``, ``ssh`` (also for ``git@host:path``) or another one; empty for a path on a disk"""
    user: str
    password: str
    host: str
    """with its port, if it has one"""
    path: str
    """without a slash before it"""

    @property
    def shown(self) -> str:
        """The address without its login, and without what may be one."""
        path = self.path.rpartition("@")[2]
        return f"{self.scheme}://{self.host}/{path}" if self.scheme else path

    @property
    def refusal(self) -> str:
        """Why the operator doesn't take it; empty where it does."""
        if not self.scheme:
            return "it is no address with https:// or ssh:// before it"
        if self.scheme not in ("https", "ssh"):
            return f"its scheme is {self.scheme}, and only https and ssh are taken"
        owner, _, repository = self.path.partition("/")
        if self.host.lower() == _AZURE:
            return ""
        if not owner or not repository.split("/", 1)[0]:
            return "it names no repository of an owner, as in /acme/web.git"
        return ""


def git_address(text: str) -> GitAddress:
    """The parts of an address; of what is none the path alone."""
    found = _WITH_SCHEME.fullmatch(text)
    if found is not None:
        scheme, login, host, path = found.groups()
        user, _, password = (login or "").partition(":")
        return GitAddress(scheme.lower(), unquote(user), unquote(password), host, path)
    found = None if "://" in text else _LIKE_SCP.fullmatch(text)
    if found is None:
        return GitAddress("", "", "", "", text)
    login, host, path = found.groups()
    user, _, password = (login or "").partition(":")
    return GitAddress("ssh", user, password, host, path.lstrip("/"))
