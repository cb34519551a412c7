"""No secret is in an object as it is shown, wherever a person or an API puts it; what leads to secrets stays."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stacks.masked_objects import shown, without_secrets
from stacks.records.stack_detail import StackDetail, tidy_stack_detail
from stacks.redaction import MASK
from support.hostile_text import CONTROLS, troubles

PLANTED = "hunter2"


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


HEADERS = {"httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": PLANTED}]}}
CONTAINER = {
    "name": "main",
    "image": "acme/tool",
    "command": ["sh", "-c", f"curl -H 'Authorization: Bearer {PLANTED}' https://h.example/?token={PLANTED}"],
    "args": ["--password", PLANTED, f"--token={PLANTED}", "-api-key", PLANTED, "--verbose", "yes"],
    "env": [{"name": "HOST", "value": PLANTED}],
    "livenessProbe": HEADERS,
    "lifecycle": {"preStop": {"exec": {"command": ["login", "--secret", PLANTED]}}},
}
POD_SPEC = {"containers": [CONTAINER], "initContainers": [CONTAINER]}
HOLDERS = [
    {"kind": "Stack", "spec": {"workspaceTemplate": {"spec": {"stacks": [
        {"name": "dev", "config": [{"key": "aws:region", "value": PLANTED, "secret": True}]},
        {"name": "dev", "config": [{"key": "db:password", "value": PLANTED}]},
    ]}}}},
    {"kind": "Stack", "spec": {"config": {"aws:secretKey": PLANTED, "db:passwords": {"a": PLANTED}}}},
    {"kind": "Stack", "spec": {"config": {"any": f'{{"password": "{PLANTED}"}}'}}},
    {"kind": "Stack", "metadata": {"annotations": {"acme.example/db-password": PLANTED, "a": f"Bearer {PLANTED}"}}},
    {"kind": "Stack", "metadata": {"labels": {"api-token": PLANTED}}},
    {"kind": "Stack", "status": {"lastUpdate": {"permalink": f"https://h.example/?access_token={PLANTED}"}}},
    {"kind": "Stack", "spec": {"workspaceTemplate": {"spec": {"podTemplate": {"spec": POD_SPEC}}}}},
    {"kind": "Workspace", "spec": {"podTemplate": {"spec": POD_SPEC}}},
    {"kind": "Workspace", "status": {"conditions": [
        {"type": "Ready", "message": f"failed\nOutputs:\n    x: {PLANTED}\n\nstderr: no"},
    ]}},
    {"kind": "Pod", "spec": POD_SPEC},
    {"kind": "Pod", "status": {"containerStatuses": [{"state": {"terminated": {"message": f"TOKEN={PLANTED}"}}}]}},
    {"kind": "Application", "spec": {"source": {"helm": {
        "parameters": [{"name": "db.password", "value": PLANTED}],
        "values": f"db:\n  password: {PLANTED}\n",
        "valuesObject": {"auth": {"rootPassword": PLANTED}, "credentials": {"a": {"b": PLANTED}}},
    }}}},
    {"kind": "Application", "spec": {"source": {"plugin": {"env": [{"name": "X", "value": PLANTED}]}}}},
    {"kind": "Application", "status": {"operationState": {"message": f"git: https://u:{PLANTED}@h.example failed"}}},
    {"kind": "ConfigMap", "data": {"any": PLANTED}},
    {"kind": "Secret", "data": {"any": PLANTED}, "stringData": {"any": PLANTED}},
    {"kind": "Program", "program": {"resources": {"db": {"properties": {"password": PLANTED, "n": [{"apiKey": 7}]}}}}},
]  # fmt: skip


@pytest.mark.parametrize("obj", HOLDERS, ids=lambda obj: obj["kind"])
def test_a_secret_is_masked_wherever_it_stands(obj: dict[str, Any]) -> None:
    text = str(shown(obj))
    assert PLANTED not in text
    assert MASK in text or "[secret]" in text or "https://h.example failed" in text


LEADS = [
    {"spec": {"imagePullSecrets": [{"name": "registry"}], "serviceAccountName": "runner"}},
    {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "a", "items": [{"key": "tls.key", "path": "k"}]}}]}},
    {"spec": {"containers": [{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}]}},
    {"spec": {"envFrom": [{"secretRef": {"name": "pulumi-env"}}]}},
    {"spec": {"secretsProvider": "awskms://alias/pulumi", "envSecrets": ["pulumi-env"], "accessTokenSecret": "token"}},
    {"spec": {"gitAuth": {"sshAuth": {"sshPrivateKey": {"type": "Secret", "secret": {"name": "git", "key": "id"}}}}}},
    {"spec": {"tolerations": [{"key": "gpu", "operator": "Exists"}], "automountServiceAccountToken": False}},
    {"spec": {"topologySpreadConstraints": [{"topologyKey": "zone"}]}},
    {"spec": {"volumes": [{"projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 60}}]}}]}},
    {"spec": {"config": {"aws:region": "eu-central-1", "n": 3}}},
    {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "a:b/c:d/e"}, "labels": {"app": "shop"}}},
    {"status": {"conditions": [{"type": "Ready", "message": "basic authentication failed"}]}},
]  # fmt: skip


@pytest.mark.parametrize("obj", LEADS)
def test_what_only_leads_to_a_secret_is_shown(obj: dict[str, Any]) -> None:
    assert shown(obj) == obj


def test_an_object_without_end_is_not_followed_for_ever() -> None:
    deep: Any = PLANTED
    for _ in range(5000):
        deep = {"a": [deep]}
    assert PLANTED not in str(shown({"spec": deep, "data": deep}))


def test_no_control_is_in_an_object_as_it_is_shown() -> None:
    assert troubles(str(shown({CONTROLS: {CONTROLS: [CONTROLS]}, "data": {CONTROLS: CONTROLS}}))) == []
