"""Names that say of a value that it is secret, word by word, in every way of writing names."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stacks.records.stack_detail import StackDetail, tidy_stack_detail
from stacks.redaction import names_a_secret, without_secrets

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


@pytest.mark.parametrize(
    "value",
    [
        {"db": {"password": PLANTED}},
        {"users": [{"name": "a", "token": PLANTED}]},
        {"credentials": {"a": [PLANTED]}},
        [{"name": "DB_PASSWORD", "value": PLANTED}],
        [{"key": "apiKey", "value": {"x": PLANTED}}],
        '{"db": {"password": "hunter2"}}',
        ' [{"clientSecret": "hunter2"}]',
        f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}\n-----END RSA PRIVATE KEY-----",
        {"any": f"-----BEGIN PRIVATE KEY-----\n{PLANTED}"},
        {"a": '{"token": "hunter2"}'},
    ],
)
def test_however_deep_a_secret_lies_it_is_found(value: Any) -> None:
    assert PLANTED not in str(without_secrets(value))
    assert "(not shown)" in str(without_secrets(value))


@pytest.mark.parametrize("value", [{"db": {"host": "a", "port": 1}}, ["a", None, True], "{not json", "plain", 3, None])
def test_what_has_no_secret_stays_as_it_is(value: Any) -> None:
    assert without_secrets(value) == value


def test_a_value_without_end_is_not_followed_for_ever() -> None:
    deep: Any = PLANTED
    for _ in range(5000):
        deep = [deep]
    assert PLANTED not in msgspec.json.encode(without_secrets({"a": deep})).decode()
    assert without_secrets("[" * 100_000) == "[" * 100_000


def test_no_secret_is_kept_of_a_stacks_outputs() -> None:
    outputs = {"db": {"password": PLANTED, "host": "db.example"}, "apiKey": PLANTED, "n": 3}
    made = {"metadata": {"name": "shop"}, "status": {"outputs": outputs}}
    kept = tidy_stack_detail(msgspec.convert(made, StackDetail)).outputs
    assert all(PLANTED not in output.text for output in kept.values())
    assert "db.example" in kept["db"].text
    assert kept["n"].text == "3"
    assert (kept["apiKey"].hidden, kept["apiKey"].kind, kept["n"].hidden) == (True, "text", False)
