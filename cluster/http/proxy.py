"""Which proxy leads to a server: the context's own, or the environment's as Go programs read it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from cluster.errors import KubeconfigError
from cluster.target import Target


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def proxy_for(target: Target, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL, None for a direct connection."""
    server = urlsplit(target.server)
    proxy = target.proxy_url or _of_environment(server, environ)
    if not proxy:
        return None
    scheme, separator, _ = proxy.partition("://")
    if separator and scheme.lower() != "http":
        raise KubeconfigError(
            f'context "{target.context}" needs a {scheme} proxy, and only http:// proxies are supported; '
            "run one that leads there, and name it in proxy-url"
        )
    return proxy if separator else f"http://{proxy}"


def _of_environment(server: SplitResult, environ: Mapping[str, str]) -> str:
    host = server.hostname or ""
    if is_loopback(host) or _exempt(host, server.port, _either(environ, "NO_PROXY")):
        return ""
    return _either(environ, f"{server.scheme.upper()}_PROXY")


def _exempt(host: str, port: int | None, rules: str) -> bool:
    return any(_matches(host, port, rule.strip().lower()) for rule in rules.split(",") if rule.strip())


def _matches(host: str, port: int | None, rule: str) -> bool:
    address = _address(host)
    if rule == "*":
        return True
    if "/" in rule:
        try:
            return address is not None and address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, colon, wanted = rule.rpartition(":")
    if colon and wanted.isdigit() and (":" not in name or name.endswith("]")):
        if port != int(wanted):
            return False
        rule = name.strip("[]")
    if address is not None:
        return _address(rule) == address
    suffix = rule.removeprefix("*").removeprefix(".")
    return host.endswith(f".{suffix}") or (host == suffix and not rule.startswith((".", "*")))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _either(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""
