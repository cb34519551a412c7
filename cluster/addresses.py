"""Which texts are the address of a server, so that a request can be sent to it.

Python and its libraries find out late, one by one and by exceptions of their own, that a host can't be looked up or a
header can't be written. So what a kubeconfig or the environment says is judged here, before anything is opened.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, unquote, urlsplit

_LONGEST_HOST = 253  # characters, as DNS has it
_LONGEST_LABEL = 63
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_RESERVED = "/%:@!$&'()*+,;=[]"
_UNSENDABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
"""white space, control characters, and what browsers take for a slash"""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def is_address(url: str, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    """Whether it is an absolute URL of one of these schemes with a host that can exist, and nothing after its path."""
    if _UNSENDABLE.search(url) or "?" in url or "#" in url:
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and port != 0 and is_host(host)


def is_host(host: str) -> bool:
    """Whether it can be the name or the IP address of a host."""
    if ":" in host:
        return _is_ip(host)
    try:
        name = host.encode("idna").decode() if len(host) <= _LONGEST_HOST else ""
    except UnicodeError:
        return False
    labels = name.removesuffix(".").split(".")
    return all(len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in labels)


def split_login(url: str) -> tuple[str, str, str]:
    """An address without the login in it, and that login's name and password; empty where it has none."""
    head, slashes, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    login, _, host = authority.rpartition("@")
    name, _, password = login.partition(":")
    return f"{head}{slashes}{host}{slash}{path}", unquote(name), unquote(password)


def in_ascii(url: str) -> str:
    """The same address as a request has it: other letters as IDNA in the host, and percent-encoded elsewhere."""
    head, slashes, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    if not host.isascii():
        name, colon, port = host.partition(":")
        host = f"{name.encode('idna').decode()}{colon}{port}"
    return f"{head}{slashes}{quote(login, safe=_RESERVED)}{at}{host}{slash}{quote(path, safe=_RESERVED)}"


def fits_header(text: str) -> bool:
    """Whether it can be the value of an HTTP header: no line breaks, no other control characters."""
    return not _CONTROL.search(text)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
