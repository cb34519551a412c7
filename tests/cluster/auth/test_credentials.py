"""Tokens, token files, passwords and the providers of the older kind."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from cluster.auth.credentials import Credentials
from cluster.auth.oidc import Oidc
from cluster.errors import CredentialError
from cluster.target import AuthProvider, KubeconfigUser, Target


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def of(user: KubeconfigUser, clock: Clock | None = None) -> Credentials:
    return Credentials(Target("ctx", "https://it.example", user=user), clock=clock or Clock())


async def test_a_user_without_credentials_sends_none() -> None:
    assert await of(KubeconfigUser()).headers() == {}


async def test_a_token_is_sent_and_cant_be_renewed() -> None:
    held = of(KubeconfigUser(token="abc"))
    assert await held.headers() == {"Authorization": "Bearer abc"}
    assert not await held.renew(await held.auth())


async def test_a_password_is_sent_as_kubectl_sends_it() -> None:
    value = base64.b64encode("anna:pässword".encode()).decode()
    assert await of(KubeconfigUser(username="anna", password="pässword")).headers() == {
        "Authorization": f"Basic {value}"
    }


@pytest.mark.parametrize("token", ["two\nlines", "tök", "a\x00b"])
async def test_a_token_that_cant_travel_in_a_header_is_refused_without_quoting_it(token: str) -> None:
    with pytest.raises(CredentialError) as caught:
        await of(KubeconfigUser(token=token)).headers()
    assert "characters" in str(caught.value)
    assert token not in str(caught.value)


async def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    clock = Clock()
    held = of(KubeconfigUser(token_file=tmp_path / "token"), clock)
    assert await held.headers() == {"Authorization": "Bearer one"}
    (tmp_path / "token").write_text("two\n")
    clock.now += 59
    assert await held.headers() == {"Authorization": "Bearer one"}
    clock.now += 2
    assert await held.headers() == {"Authorization": "Bearer two"}


async def test_a_token_file_is_read_again_at_once_when_its_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one")
    held = of(KubeconfigUser(token_file=tmp_path / "token"))
    first = await held.auth()
    assert not await held.renew(first)
    (tmp_path / "token").write_text("two")
    assert await held.renew(first)
    assert await held.headers() == {"Authorization": "Bearer two"}
    assert await held.renew(first), "somebody else was faster"


async def test_a_token_file_that_vanishes_leaves_the_last_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one")
    clock = Clock()
    held = of(KubeconfigUser(token_file=tmp_path / "token"), clock)
    await held.headers()
    (tmp_path / "token").unlink()
    clock.now += 3600
    assert await held.headers() == {"Authorization": "Bearer one"}


async def test_a_token_file_that_is_a_pipe_is_refused_without_waiting_for_somebody_to_write(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token")
    with pytest.raises(CredentialError, match="it is a pipe, and a file is expected"):
        await of(KubeconfigUser(token_file=tmp_path / "token")).headers()


async def test_a_providers_authority_that_is_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ca")
    config = {"idp-certificate-authority": str(tmp_path / "ca"), "idp-issuer-url": "https://idp.example"}
    with pytest.raises(CredentialError, match="it is a pipe"):
        await Oidc({**config, "client-id": "c", "refresh-token": "r"}).token()


@pytest.mark.parametrize("claims", [{"exp": 10**400}, {"exp": float("nan")}, {"exp": "x"}, {"exp": [[]]}])
async def test_a_token_whose_end_makes_no_sense_is_left_to_the_server(claims: dict[str, Any]) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert await Oidc({"id-token": f"e30.{payload}.e30"}).token()


async def test_a_certificate_that_is_a_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="it is a device, and a file is expected"):
        await of(KubeconfigUser(certificate=Path("/dev/zero"), key=tmp_path / "key")).auth()


async def test_a_token_file_that_was_never_there_says_so_unless_there_is_a_token(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match=r"token file .*/token can't be read: No such file"):
        await of(KubeconfigUser(token_file=tmp_path / "token")).headers()
    held = of(KubeconfigUser(token="fallback", token_file=tmp_path / "token"))
    assert await held.headers() == {"Authorization": "Bearer fallback"}


async def test_a_client_certificate_is_read_again_when_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crt").write_bytes(b"CERT")
    (tmp_path / "key").write_bytes(b"KEY")
    held = of(KubeconfigUser(certificate=tmp_path / "crt", key=tmp_path / "key"))
    auth = await held.auth()
    assert (auth.certificate, auth.key) == (b"CERT", b"KEY")
    assert not await held.renew(auth)
    (tmp_path / "crt").write_bytes(b"NEWER")
    assert await held.renew(auth)
    (tmp_path / "key").unlink()
    with pytest.raises(CredentialError, match="can't be read"):
        await held.renew(None)


async def test_an_auth_provider_of_another_kind_is_refused_with_a_way_out() -> None:
    with pytest.raises(CredentialError, match=r'"gcp" isn\'t supported; use the exec plugin'):
        await of(KubeconfigUser(auth_provider=AuthProvider("gcp", {}))).headers()


# OpenID Connect


def identity(**claims: Any) -> str:
    parts = ({"alg": "none"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2ln"])


async def test_an_oidc_token_that_is_good_is_sent_as_it_is() -> None:
    token = identity(exp=Clock.now + 3600)
    held = of(KubeconfigUser(auth_provider=AuthProvider("oidc", {"id-token": token})))
    assert await held.headers() == {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("start", [{"id-token": identity(exp=1)}, {}])
async def test_an_oidc_token_that_ended_or_isnt_there_is_fetched_with_the_refresh_token(
    serve: Any, certificates: Any, start: dict[str, str]
) -> None:
    asked: list[str] = []
    fresh = identity(exp=4_000_000_000)

    async def provider(request: web.Request) -> web.Response:
        if request.path.startswith("/.well-known"):
            return web.json_response({"token_endpoint": f"{url}/token"})
        asked.append((await request.post())["refresh_token"])
        return web.json_response(
            {"id_token": fresh, "refresh_token": "second", "token_type": "bearer", "access_token": "a"}
        )

    url = await serve(provider, certificates.serving("good"))
    config = {
        "idp-issuer-url": url,
        "client-id": "me",
        "refresh-token": "first",
        "idp-certificate-authority": str(certificates.ca),
        **start,
    }
    held = of(KubeconfigUser(auth_provider=AuthProvider("oidc", config)))
    assert await held.headers() == {"Authorization": f"Bearer {fresh}"}
    assert await held.headers() == {"Authorization": f"Bearer {fresh}"}
    assert asked == ["first"]
    assert config["refresh-token"] == "first", "the kubeconfig's own mapping isn't touched"


async def test_a_provider_that_isnt_who_it_should_be_gets_nothing(serve: Any, certificates: Any) -> None:
    asked: list[str] = []

    async def provider(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"token_endpoint": f"{url}/token"})

    url = await serve(provider, certificates.serving("good"))
    config = {"idp-issuer-url": url, "client-id": "me", "refresh-token": "hunter2", "client-secret": "hunter2"}
    with pytest.raises(CredentialError, match="didn't renew the login") as caught:
        await of(KubeconfigUser(auth_provider=AuthProvider("oidc", config))).headers()
    assert asked == []
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("config", [{}, {"idp-issuer-url": "not a url", "client-id": "x", "refresh-token": "hunter2"}])
async def test_an_oidc_user_that_lacks_something_says_so(config: dict[str, str]) -> None:
    with pytest.raises(CredentialError) as caught:
        await Oidc(config).token()
    assert "hunter2" not in str(caught.value)


async def test_no_secret_is_in_the_repr_of_anything() -> None:
    user = KubeconfigUser(token="hunter2", username="hunter2", password="hunter2", key=b"hunter2")
    held = of(KubeconfigUser(token="hunter2", key=b"hunter2", certificate=b"hunter2"))
    for thing in (user, held, await held.auth(), Oidc({"refresh-token": "hunter2"})):
        assert "hunter2" not in repr(thing)
