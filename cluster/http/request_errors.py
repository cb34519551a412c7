"""What went wrong with a request, as one of our errors in words for people who didn't write a client."""

from __future__ import annotations

import errno
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from cluster.errors import ApiError, ClusterError, Garbled, KubeconfigError, Unreachable, api_error

if TYPE_CHECKING:
    import aiohttp

_OS_ERRORS = {
    errno.ECONNREFUSED: "{host} refuses the connection: nothing listens there, or a firewall says no",
    errno.EHOSTUNREACH: "there is no way to {host} from here; is a VPN needed?",
    errno.ENETUNREACH: "there is no network that leads to {host}; is a VPN needed?",
    errno.ETIMEDOUT: "no answer from {host}; is a VPN needed?",
}

# X509_V_ERR_* of OpenSSL.
_CERTIFICATES = {
    9: "the certificate of {host} isn't valid yet; is the clock right?",
    10: "the certificate of {host} has expired",
    18: "the certificate of {host} is signed by itself, and isn't the kubeconfig's certificate authority",
    **dict.fromkeys((19, 20, 21), "the certificate of {host} is signed by an unknown authority"),
    23: "the certificate of {host} has been revoked",
    62: "the certificate of {host} is for another name; tls-server-name in the kubeconfig can say which",
    64: "the certificate of {host} is for another address; tls-server-name in the kubeconfig can say which",
}

_ALERTS = {
    "CERTIFICATE_EXPIRED": "{host} says that our client certificate has expired; log in again",
    "CERTIFICATE_REQUIRED": "{host} wants a client certificate, and the kubeconfig has none",
    "UNKNOWN_CA": "{host} doesn't know who signed our client certificate",
    "BAD_CERTIFICATE": "{host} doesn't accept our client certificate",
    "HANDSHAKE_FAILURE": "{host} refuses our TLS; it may want a client certificate, which the kubeconfig doesn't have",
    **dict.fromkeys(
        ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"),
        "{host} doesn't speak TLS; is its address in the kubeconfig right?",
    ),
}
_OTHER_TLS_ERROR = "TLS with {host} failed ({reason})"


def address(url: str) -> str:
    """``host:port`` of a URL, without anything that could be a login."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "the server"
    host = parts.hostname or "the server"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def network_error(
    error: aiohttp.ClientError | TimeoutError | OSError | UnicodeError, server: str, proxy: str | None
) -> ClusterError:
    """The ClusterError for a request to `server`, through `proxy`, that failed with this error."""
    import aiohttp

    host, via = address(server), address(proxy) if proxy else ""
    match error:
        case aiohttp.ClientProxyConnectionError():
            return Unreachable(f"the proxy {via} can't be reached ({_os_words(error.os_error, via)})")
        case aiohttp.ClientHttpProxyError():
            wants = "wants a login" if error.status == 407 else f"answered {error.status}"
            return Unreachable(f"the proxy {via} {wants} instead of connecting to {host}")
        case aiohttp.ClientConnectorDNSError():
            return Unreachable(f"the name of {host} can't be resolved; is a VPN needed, or the address wrong?")
        case aiohttp.ClientConnectorCertificateError():
            return Unreachable(_certificate_words(error.certificate_error, host))
        case aiohttp.ClientConnectorError():
            return Unreachable(_os_words(error.os_error, host))
        case aiohttp.NonHttpUrlClientError() | aiohttp.InvalidURL() | UnicodeError():
            return KubeconfigError("the server's address in the kubeconfig isn't an http:// or https:// URL")
        case TimeoutError():
            return Unreachable(f"no answer from {host} in time")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError():
            return Unreachable(f"{host} broke off the connection before the answer was complete")
        case aiohttp.ClientResponseError():
            return Garbled(f"{host} doesn't speak HTTP as an API server does")
        case OSError():
            return Unreachable(_os_words(error, host))
    return Unreachable(f"the connection to {host} failed ({type(error).__name__})")


def _os_words(error: OSError, host: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_words(error, host)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        words = next((words for end, words in _ALERTS.items() if reason.endswith(end)), _OTHER_TLS_ERROR)
        return words.format(host=host, reason=reason.replace("_", " ").lower())
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return f"{host} broke off the connection"
    known = _OS_ERRORS.get(error.errno or 0)
    return known.format(host=host) if known else f"{host} can't be reached: {error.strerror or type(error).__name__}"


def _certificate_words(error: Exception, host: str) -> str:
    code = getattr(error, "verify_code", 0)
    return _CERTIFICATES.get(code, "the certificate of {host} can't be verified").format(host=host)


class _Details(msgspec.Struct):
    retry_after: float = msgspec.field(default=0.0, name="retryAfterSeconds")


class _Status(msgspec.Struct):
    kind: str = ""
    code: int = 0
    reason: str = ""
    message: str = ""
    details: _Details | None = None


_decode = msgspec.json.Decoder(_Status).decode


def error_of_answer(code: int, phrase: str, retry_after: float | None, body: bytes | msgspec.Raw) -> ApiError:
    """What its Status says, or else what HTTP itself says: `code` and `phrase` (0 and empty inside a watch)."""
    status = _read_status(body)
    if status is None:
        return api_error(code, phrase, "", retry_after)
    if retry_after is None and status.details is not None and status.details.retry_after > 0:
        retry_after = status.details.retry_after
    return api_error(code or status.code, status.reason, status.message, retry_after)


def _read_status(raw: bytes | msgspec.Raw) -> _Status | None:
    """None for anything else, such as a proxy's page: that may hold anything, and isn't repeated."""
    try:
        status = _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return status if status.kind == "Status" else None
