"""The TLS side of a connection: whom we trust, and the client certificate that we present."""

from __future__ import annotations

import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from cluster.auth.credentials import RequestAuth
from cluster.errors import CredentialError, KubeconfigError
from cluster.target import Target


def tls_context(target: Target, auth: RequestAuth) -> ssl.SSLContext:
    """How to verify this server and, where a client certificate is used, to present it.

    Contexts without a client certificate are shared: the system's authorities take 50 ms to load.
    """
    authority = _authority(target)
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


def _authority(target: Target) -> bytes:
    if not isinstance(target.ca, Path):
        return target.ca or b""
    try:
        return target.ca.read_bytes()
    except OSError as error:
        raise KubeconfigError(f"the certificate authority {target.ca} can't be read: {error.strerror}") from None
