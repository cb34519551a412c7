"""What a request carries to say who we are, and how that is renewed."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cluster.auth.exec_plugin import PluginCredential, PluginRunner, about_cluster
from cluster.auth.oidc import Oidc
from cluster.errors import CredentialError
from cluster.target import Target

REREAD = 60.0  # seconds between two looks at a token file, as client-go has it


@dataclass(frozen=True, slots=True)
class RequestAuth:
    """Who we are, to a server: an Authorization header, a client certificate, both, or neither."""

    authorization: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)


class Credentials:
    """The proofs of one context. Contexts that share `plugins` share logins, too."""

    def __init__(
        self, target: Target, plugins: PluginRunner | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._user = target.user
        self._target = target
        self._plugins = plugins or PluginRunner()
        self._clock = clock
        self._lock = asyncio.Lock()
        self._proof: RequestAuth | None = None
        self._pair: tuple[bytes, bytes] | None = None
        self._login: PluginCredential | None = None
        self._about: str | None = None
        self._token_file = _TokenFile(target.user.token_file, clock) if target.user.token_file else None
        provider = target.user.auth_provider
        self._oidc = Oidc(provider.config, clock) if provider is not None and provider.name == "oidc" else None

    async def headers(self) -> dict[str, str]:
        authorization = (await self.proof()).authorization
        return {"Authorization": authorization} if authorization else {}

    async def proof(self) -> RequestAuth:
        """The proof in force. Cheap, except when something is about to end."""
        async with self._lock:
            return await self._prove()

    async def renew(self, refused: RequestAuth | None = None) -> bool:
        """Get something newer than what was refused with a 401; whether there is any.

        Many streams are refused at once; only the first one renews, the others are told that it is done."""
        async with self._lock:
            held = self._proof
            if refused is not None and held != refused:
                return True
            if self._token_file is not None:
                self._token_file.forget()
            self._pair = None
            return await self._prove(refused=self._login) != held

    async def _prove(self, refused: PluginCredential | None = None) -> RequestAuth:
        authorization = self._own_authorization()
        certificate, key = self._own_certificate()
        if not authorization and self._user.exec is not None:
            if self._about is None:
                self._about = about_cluster(self._user.exec, self._target)
            login = self._login = await self._plugins.login(self._user.exec, self._about, refused)
            authorization = _bearer(login.token)
            certificate, key = (login.certificate, login.key) if login.certificate else (certificate, key)
        elif not authorization and self._user.auth_provider is not None:
            authorization = _bearer(await self._provider().token())
        self._proof = RequestAuth(authorization, certificate, key)
        return self._proof

    def _own_authorization(self) -> str:
        """What the kubeconfig itself holds or points at."""
        token = self._user.token
        if self._token_file is not None:
            token = self._token_file.read(instead=token)
        if token:
            return _bearer(token)
        if self._user.username or self._user.password:
            pair = f"{self._user.username}:{self._user.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return ""

    def _own_certificate(self) -> tuple[bytes, bytes]:
        if self._pair is None:
            self._pair = _content(self._user.certificate), _content(self._user.key)
        return self._pair

    def _provider(self) -> Oidc:
        if self._oidc is None:
            name = self._user.auth_provider.name if self._user.auth_provider else ""
            raise CredentialError(f'the auth-provider "{name}" isn\'t supported; use the exec plugin that replaced it')
        return self._oidc


class _TokenFile:
    """A token that somebody else keeps fresh, such as a pod's."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._looked = float("-inf")
        self._token = ""

    def read(self, instead: str) -> str:
        """The token; `instead` is good as long as the file could never be read."""
        if not self._looked <= self._clock() < self._looked + REREAD:
            try:
                self._token = self._path.read_text(encoding="utf-8").strip() or self._token
                self._looked = self._clock()
            except (OSError, UnicodeDecodeError) as error:
                if not (self._token or instead):
                    why = error.strerror if isinstance(error, OSError) else "it isn't text"
                    raise CredentialError(f"the token file {self._path} can't be read: {why}") from None
        return self._token or instead

    def forget(self) -> None:
        self._looked = float("-inf")


def _bearer(token: str) -> str:
    if not token:
        return ""
    if not (token.isascii() and token.isprintable()):
        raise CredentialError("the token holds characters that can't be sent; log in again, or copy it again")
    return f"Bearer {token}"


def _content(source: Path | bytes | None) -> bytes:
    if not isinstance(source, Path):
        return source or b""
    try:
        return source.read_bytes()
    except OSError as error:
        raise CredentialError(f"the client certificate or key {source} can't be read: {error.strerror}") from None
