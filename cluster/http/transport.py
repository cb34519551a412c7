"""How a server is reached, through which proxy and with which TLS context, and how it is left."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from cluster.addresses import in_ascii, is_address
from cluster.auth.credentials import RequestAuth
from cluster.errors import CredentialError, KubeconfigError
from cluster.target import Target, read_source

if TYPE_CHECKING:
    import aiohttp

CONNECT = 10.0
"""seconds for TCP and TLS"""


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
    url = proxy if separator else f"http://{proxy}"
    if not is_address(url.rstrip("/")):
        raise KubeconfigError(
            f'the proxy of context "{target.context}" isn\'t the address of anything; '
            "correct proxy-url in the kubeconfig, or $HTTPS_PROXY and $HTTP_PROXY"
        )
    return in_ascii(url)


def _of_environment(server: SplitResult, environ: Mapping[str, str]) -> str:
    host = server.hostname or ""
    rules = [rule.strip().lower() for rule in _either(environ, "NO_PROXY").split(",") if rule.strip()]
    if is_loopback(host) or any(_matches(host, server.port, rule) for rule in rules):
        return ""
    return _either(environ, f"{server.scheme.upper()}_PROXY")


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
    if colon and wanted.isdecimal() and (":" not in name or name.endswith("]")):
        if str(port) != wanted.lstrip("0"):
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


def tls_context(target: Target, auth: RequestAuth) -> ssl.SSLContext:
    """How to verify this server and, where a client certificate is used, to present it.

    Contexts without a client certificate are shared: the system's authorities take 50 ms to load.
    """
    authority = read_source(target.ca, "the certificate authority", KubeconfigError)
    if not auth.certificate:
        return _verifying(authority, target.insecure_skip_tls_verify, target.context)
    context = _verifying.__wrapped__(authority, target.insecure_skip_tls_verify, target.context)
    _present(context, auth, target.context)
    return context


@lru_cache(maxsize=128)
def _verifying(authority: bytes, insecure: bool, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not authority:
        context.load_default_certs()
    else:
        pem = b"-----BEGIN" in authority
        try:
            context.load_verify_locations(cadata=authority.decode("ascii", "ignore") if pem else authority)
        except (ssl.SSLError, ValueError):
            raise KubeconfigError(f'the certificate authority of context "{name}" holds no certificate') from None
    return context


def _present(context: ssl.SSLContext, auth: RequestAuth, name: str) -> None:
    # The ssl module takes private keys from files only; this one is ours alone, and gone a moment later.
    with tempfile.NamedTemporaryFile(prefix="kubectl-pko-argo-", suffix=".pem") as file:
        file.write(auth.certificate + b"\n" + auth.key + b"\n")
        file.flush()
        try:
            context.load_cert_chain(file.name, password="")  # without one, OpenSSL would ask on the terminal
        except (ssl.SSLError, ValueError):
            raise CredentialError(
                f'the client certificate of context "{name}" and its key can\'t be used: '
                "they don't belong together, or aren't PEM, or the key is encrypted"
            ) from None


def abort(response: aiohttp.ClientResponse) -> None:
    """Break off an answer in the middle. (One that is over has given its connection back.)

    Over TLS, closing waits until the peer closes, too, and the peer may be the one that fell silent.
    """
    transport = response.connection.transport if response.connection else None
    response.close()
    if transport is not None:
        transport.abort()
