"""What looks like a secret: names in every way of writing them, and what stands in texts."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.messages import without_outputs
from stacks.redaction import json_may_hold_credentials, may_hold_credentials, names_a_secret, without_credentials
from stacks.text import plain, visible
from support.objects import condition, stack
from support.waiting import LIMIT

PLANTED = "hunter2"


@pytest.mark.parametrize(
    "name",
    [
        "password", "dbPassword", "DB_PASSWORD", "dbpassword", "passwords", "adminPasswd", "ssh-passphrase", "rootPwd",
        "pass", "db_pass", "token", "accessToken", "api_tokens", "GITHUB_TOKEN", "secret", "clientSecret", "secrets",
        "apiKey", "APIKey", "apikey", "access_key", "accessKeys", "key", "private_key_pem", "tls.key", "keyData",
        "credential", "awsCredentials", "kubeconfig", "kubeConfig", "kube_config_raw", "privateCert", "cert-private",
        "connectionString", "primaryConnectionStrings", ".dockerconfigjson", "authorization", "auth", "jwt", "data",
        "stringData", "literal",
    ],
)  # fmt: skip
def test_a_name_of_a_secret_is_recognised(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "host", "url", "keyName", "keyVaultUri", "keyboard", "monkey", "publicKey", "ssh_public_keys", "privateIp",
        "privateSubnetIds", "certificateArn", "passengers", "compass", "bypass", "author", "database", "metadata",
        "bucketName", "",
    ],
)  # fmt: skip
def test_names_that_only_resemble_those_of_secrets_are_no_secrets(name: str) -> None:
    assert not names_a_secret(name)


JWT = "eyJhbGciOi.eyJzdWIi.c2ln"
IN_TEXTS = [
    ("Authorization: Bearer hunter2", "Authorization: Bearer [secret]"),
    ("authorization: basic aHVudGVyMg==", "authorization: basic [secret]"),
    ("Authorization:hunter2", "Authorization:[secret]"),
    ("Proxy-Authorization: Digest hunter2", "Proxy-Authorization: Digest [secret]"),
    ("curl -H 'Authorization: token hunter2' x", "curl -H 'Authorization: token [secret]' x"),
    ('{\\"Authorization\\": \\"Bearer hunter2\\"}', '{\\"Authorization\\": \\"[secret]\\"}'),
    ("bearer hunter2-hunter2 isn't welcome", "bearer [secret] isn't welcome"),
    ("401 for Basic aHVudGVyMg==", "401 for Basic [secret]"),
    (f"token {JWT} is bad", "token [secret] is bad"),
    ("https://h.example/x?token=hunter2&page=2", "https://h.example/x?token=[secret]&page=2"),
    ("https://h.example/x?private_token=hunter2", "https://h.example/x?private_token=[secret]"),
    ("https://h.example/x?access_key=hunter2#y", "https://h.example/x?access_key=[secret]"),
    ("https://h.example/x?sv=1&sig=hunter2%3D", "https://h.example/x?sv=1&sig=[secret]"),
    ("https://h.example/x?X-Amz-Signature=hunter2&b=1", "https://h.example/x?X-Amz-Signature=[secret]&b=1"),
    ("https://h.example/x#access_token=hunter2", "https://h.example/x#access_token=[secret]"),
    ("https://u:hunter2@h.example/x", "https://h.example/x"),
    ("https://u:hunt@er2@h.example/x", "https://h.example/x"),
    ("PASSWORD=hunter2 ./run", "PASSWORD=[secret] ./run"),
    ("db_pass='hunter2 hunter2'; next", "db_pass='[secret]'; next"),
    ('client_secret="hunter2"', 'client_secret="[secret]"'),
    ('    password  : "hunter2"', '    password  : "[secret]"'),
    ("mysql --password hunter2 -h db", "mysql --password [secret] -h db"),
    ("mysql --password=hunter2 -h db", "mysql --password=[secret] -h db"),
    ('got {"user":"a","password":"hunter2"}', 'got {"user":"a","password":"[secret]"}'),
    ("{'user': 'a', 'api_key': 'hunter2'}", "{'user': 'a', 'api_key': '[secret]'}"),
    ("values:\n  host: a\n  password: hunter2\n", "values:\n  host: a\n  password: [secret]\n"),
    ('  + adminPassword: "hunter2 2"', '  + adminPassword: "[secret]"'),
    ("PRIVATE-TOKEN: hunter2", "PRIVATE-TOKEN: [secret]"),
    ("X-Vault-Token: hunter2, next", "X-Vault-Token: [secret], next"),
    ("Cookie: a=hunter2; b=hunter2", "Cookie: [secret]"),
    (f"pulled with pul-{'0a' * 20}.", "pulled with [secret]."),
    ("push to ghp_hunter2hunter2hunter2", "push to [secret]"),
    ("a glpat-hunter2hunter2hunter2 b", "a [secret] b"),
    ("-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\nnext", "[secret]\nnext"),
    ("-----BEGIN PRIVATE KEY-----\nhunter2", "[secret]"),
]
NOT_SECRET = [
    "basic authentication failed", "the bearer token is invalid", "invalid access token: unauthorized by the server",
    "failed to get secret: not found", 'secrets "pulumi-token" not found', "secretName=db-login",
    "--token-file /run/token", "tokenExpirationSeconds=3600", "key=value", "pass=3 fail=0", "Basic usage",
    "error: update failed: exit status 1", "  key: app", "data: none", "https://h.example/x?page=2&author=me",
    "3 secrets", "password: ", "automountServiceAccountToken: false", "topologyKey: zone", "token: null",
    "aws:s3/bucket:Bucket (logs)", "mail me@example.com", "a password is needed",
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), IN_TEXTS)
def test_of_a_text_the_secret_alone_is_hidden(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert plain(text) == shown
    assert without_credentials(shown) == shown


@pytest.mark.parametrize("text", NOT_SECRET)
def test_words_that_only_talk_of_secrets_stay(text: str) -> None:
    assert without_credentials(text) == text


@given(st.lists(st.sampled_from([text for text, _ in IN_TEXTS] + NOT_SECRET + [" ", ":", "=", "@", "\n"]), max_size=5))
def test_nothing_is_left_out_of_the_search_that_would_be_found(texts: list[str]) -> None:
    """Two cheap questions save the search where there is nothing to find; they may be wrong in one direction alone."""
    text = "".join(texts)
    raw = msgspec.json.encode({"message": text})
    if without_credentials(text) != text:
        assert may_hold_credentials(text)
        assert json_may_hold_credentials(raw) or b"\\" in raw


@given(st.text(alphabet="token=: \"'@/-pasw\n{}[]&", max_size=60))
def test_what_was_hidden_stays_hidden_when_it_is_looked_at_again(text: str) -> None:
    once = plain(text)
    assert plain(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "a", "-", "a-", "x-", "eyJ-", "eyJ.", "token", "token ", "bearer ", "basic", '"', "'a", "\\", ":", ": ", "://",
        "://a", "@", "=", "a=", "--a", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "cookie: ", "\n", " ", "\t",
        "authorization:", "\x1b[", "\x1b]", "\u0301", "policy ", "view live ", "Outputs:", "Outputs (", "updating (",
        "a:b:",
    ],
)  # fmt: skip
def test_no_text_takes_more_time_than_it_is_long(piece: str) -> None:
    began = time.monotonic()
    for before in ("", "token", "Outputs:\n", "policy ", "view live ", " - "):
        text = before + piece * (300_000 // len(piece))
        plain(text)
        without_outputs(text)
        visible(text)
    assert time.monotonic() - began < LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "glpat-aB3dE5gH7jK9mN1pQ3sT",
        "pul-" + "0a1b2c3d" * 5,
        "(pul-" + "0a1b2c3d" * 5 + ")",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        "Authorization:hunter2",
        "sent Authorization:hunter2 to it",
    ],
)
def test_a_message_that_is_nothing_but_a_secret_is_hidden_where_a_record_is_decoded(text: str) -> None:
    status = stack(conditions=[condition("Stalled", "Failed", text)]).status
    assert status is not None
    (found,) = status.conditions or ()
    assert found.message == without_credentials(text) != text
