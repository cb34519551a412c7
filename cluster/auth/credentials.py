"""What a request carries to say who we are: a user of the kubeconfig, turned into headers and certificates.

To add a way to log in: a field of `cluster.target.KubeconfigUser`, read in `cluster.kubeconfig`, a module beside this
one, and its turn in `_current_auth`. What the kubeconfig itself holds wins over a plugin, that over an auth-provider.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cluster.auth.exec_plugin import PluginCredential, PluginRunner, cluster_info
from cluster.auth.oidc import Oidc
from cluster.errors import CredentialError
from cluster.files import read_file
from cluster.target import Target, read_source

REREAD = 60.0  # seconds between two looks at a token file, as client-go has it


@dataclass(frozen=True, slots=True)
class RequestAuth:
    """Who we are, to a server: an Authorization header, a client certificate, both, or neither."""

    authorization: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)


class Credentials:
    """How one context logs in. Contexts with the same `plugins` share the credentials that these print."""

    def __init__(
        self, target: Target, plugins: PluginRunner | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._user = target.user
        self._target = target
        self._plugins = plugins or PluginRunner()
        self._clock = clock
        self._lock = asyncio.Lock()
        self._auth: RequestAuth | None = None
        self._certificate: tuple[bytes, bytes] | None = None
        self._credential: PluginCredential | None = None
        self._cluster_info: str | None = None
        self._token_file = _TokenFile(target.user.token_file, clock) if target.user.token_file else None
        provider = target.user.auth_provider
        self._oidc = Oidc(provider.config, clock) if provider is not None and provider.name == "oidc" else None

    async def headers(self) -> dict[str, str]:
        authorization = (await self.auth()).authorization
        return {"Authorization": authorization} if authorization else {}

    async def auth(self) -> RequestAuth:
        """What to send with a request now. Cheap, except where something is about to expire. Raises CredentialError."""
        async with self._lock:
            return await self._current_auth()

    async def renew(self, refused: RequestAuth | None = None) -> bool:
        """Get something newer than what was refused with a 401; whether there is any.

        Many streams are refused at once: the first one to come here renews, for the others it is done then.
        """
        async with self._lock:
            before = self._auth
            if refused is not None and before != refused:
                return True
            if self._token_file is not None:
                self._token_file.forget()
            self._certificate = None
            return await self._current_auth(refused=self._credential) != before

    async def _current_auth(self, refused: PluginCredential | None = None) -> RequestAuth:
        authorization = self._own_authorization()
        certificate, key = self._own_certificate()
        if not authorization and self._user.exec is not None:
            if self._cluster_info is None:
                self._cluster_info = cluster_info(self._user.exec, self._target)
            credential = self._credential = await self._plugins.credential(self._user.exec, self._cluster_info, refused)
            authorization = _bearer(credential.token)
            if credential.certificate:
                certificate, key = credential.certificate, credential.key
        elif not authorization and self._user.auth_provider is not None:
            authorization = _bearer(await self._provider().token())
        self._auth = RequestAuth(authorization, certificate, key)
        return self._auth

    def _own_authorization(self) -> str:
        """What the kubeconfig itself holds or points at."""
        token = self._user.token
        if self._token_file is not None:
            token = self._token_file.read(default=token)
        if token:
            return _bearer(token)
        if self._user.username or self._user.password:
            pair = f"{self._user.username}:{self._user.password}".encode("utf-8", "replace")
            return f"Basic {base64.b64encode(pair).decode()}"
        return ""

    def _own_certificate(self) -> tuple[bytes, bytes]:
        if self._certificate is None:
            certificate, key = (
                read_source(source, "the client certificate or key", CredentialError)
                for source in (self._user.certificate, self._user.key)
            )
            self._certificate = certificate, key
        return self._certificate

    def _provider(self) -> Oidc:
        if self._oidc is None:
            name = self._user.auth_provider.name if self._user.auth_provider else ""
            raise CredentialError(f'the auth-provider "{name}" isn\'t supported; use the exec plugin that replaced it')
        return self._oidc


class _TokenFile:
    """A file with a token that another program keeps fresh, such as a pod's."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._read_at = float("-inf")
        self._token = ""

    def read(self, default: str) -> str:
        """The token in the file; `default` as long as it could never be read. Raises CredentialError without either."""
        if not self._read_at <= self._clock() < self._read_at + REREAD:
            try:
                self._token = read_file(self._path).decode().strip() or self._token
                self._read_at = self._clock()
            except (OSError, UnicodeDecodeError) as error:
                if not (self._token or default):
                    why = error.strerror if isinstance(error, OSError) else "it isn't text"
                    raise CredentialError(f"the token file {self._path} can't be read: {why}") from None
        return self._token or default

    def forget(self) -> None:
        self._read_at = float("-inf")


def _bearer(token: str) -> str:
    if not token:
        return ""
    if not (token.isascii() and token.isprintable()):
        raise CredentialError("the token holds characters that can't be sent; log in again, or copy it again")
    return f"Bearer {token}"
