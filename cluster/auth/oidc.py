"""Tokens of an OpenID Connect provider (``auth-provider: {name: oidc}``), renewed by the official client.

It costs 0.3 s to import and talks blockingly and without a time limit, so it runs in a thread. A thread
of our own, marked as a daemon: one of asyncio's would hold the exit of the program until the provider answers.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from cluster.errors import CredentialError
from cluster.target import read_source

RENEW_BEFORE = 300.0  # seconds before a token expires at which it is renewed; the client does it no sooner
TIME_LIMIT = 30.0

_EXPIRED_JWT = "e30.eyJleHAiOjB9.e30"
"""expired in 1970. The client renews only a token that it finds; kubectl also starts from a refresh token alone."""


class Oidc:
    """One user's tokens. New ones are kept here and nowhere else."""

    def __init__(self, config: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        self._config = {"client-secret": "", **config}
        if not self._config.get("id-token"):
            self._config["id-token"] = _EXPIRED_JWT
        self._clock = clock

    async def token(self) -> str:
        """A token that is good for a while yet. Raises CredentialError."""
        if self._expires_soon():
            await _in_thread(lambda: _renew(self._config))
            if self._expires_soon():
                raise CredentialError("the identity provider didn't renew the login; log in again")
        return self._config["id-token"]

    def _expires_soon(self) -> bool:
        end = _expiry(self._config["id-token"])
        return end is not None and end - RENEW_BEFORE <= self._clock()


def _expiry(token: str) -> float | None:
    """When a token expires; None where that can't be read. The server will judge such a token."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = claims.get("exp") if isinstance(claims, dict) else None
        return float(end) if isinstance(end, int | float) else None
    except (IndexError, ValueError, OverflowError, RecursionError):
        return None


def _renew(config: dict[str, str]) -> None:
    """Let the client put a new ``id-token`` and ``refresh-token`` into `config`."""
    import certifi
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_kube_config_from_dict
    from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
    from urllib3.exceptions import HTTPError

    # Left without an authority, the client would ask the provider for its address unverified.
    if not config.get("idp-certificate-authority-data"):
        authority = config.setdefault("idp-certificate-authority", certifi.where())
        read_source(Path(authority), "the certificate authority of the identity provider", CredentialError)
    alone = {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": "http://localhost"}}],
        "users": [{"name": "it", "user": {"auth-provider": {"name": "oidc", "config": config}}}],
    }
    try:
        load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            alone, client_configuration=Configuration(), persist_config=False
        )
    except ConfigException as error:
        raise CredentialError(f"the oidc auth-provider can't be used: {error}") from None
    except (OAuth2Error, HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Some of their texts hold the request; the kind says enough.
        raise CredentialError(f"the identity provider didn't renew the login ({type(error).__name__})") from None


async def _in_thread(work: Callable[[], None]) -> None:
    """Run it in a daemon thread of its own, for at most the time limit. Raises its CredentialError."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[CredentialError | None] = loop.create_future()

    def finish(error: CredentialError | None) -> None:
        if not done.done():
            done.set_result(error)

    def run() -> None:
        failure: CredentialError | None = None
        try:
            work()
        except CredentialError as error:
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish, failure)

    threading.Thread(target=run, name="oidc", daemon=True).start()
    try:
        async with asyncio.timeout(TIME_LIMIT):
            error = await done
    except TimeoutError:
        raise CredentialError(f"the identity provider gave no answer within {TIME_LIMIT:g} s") from None
    if error is not None:
        raise error
