"""A secret stays out of Git."""

from __future__ import annotations

import pytest

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Problem
from manifests.repository import Repository
from support.lint_texts import problems_in, told

ABOUT = "stack/secret-in-git"
STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, namespace: shop}
spec:
  stack: acme/web/dev
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: database, namespace: shop}
"""


def found(text: str) -> list[Problem]:
    return [each for each in problems_in(text) if each.rule == ABOUT]


def places(text: str) -> list[str]:
    return told(found(text))


def literal(name: str, value: str, field: str = "envRefs") -> str:
    return f"{STACK}  {field}:\n    {name}:\n      type: Literal\n      literal:\n        value: {value}\n"


def test_secrets_of_the_spec_are_named_and_not_shown() -> None:
    text = f"{STACK}  secrets:\n    web:password: hunter2-example\n    web:token: hunter3-example\n"
    (problem,) = found(text)
    assert told([problem]) == [f"example.yaml:6:3 {ABOUT}"]
    assert "web:password and web:token stand in clear" in problem.message
    assert "hunter" not in problem.message + problem.fix


def test_empty_secrets_of_the_spec_are_none() -> None:
    assert places(f"{STACK}  secrets: {{web:password: ''}}\n") == []
    assert places(f"{STACK}  secrets: {{}}\n") == []


@pytest.mark.parametrize("field", ["envRefs", "secretsRef"])
@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_PASSWORD",
        "PULUMI_ACCESS_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "web:apiKey",
        "PULUMI_CONFIG_PASSPHRASE",
        "SECRET_KEY",
        "JWT_SECRET_KEY",
        "DB_PASSWORD_2",
    ],
)
def test_a_literal_for_a_password_like_name(name: str, field: str) -> None:
    (problem,) = found(literal(f'"{name}"', "hunter2-example", field))
    assert told([problem]) == [f"example.yaml:10:9 {ABOUT}"]
    assert "hunter2" not in problem.message + problem.fix
    assert name in problem.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULUMI_CONFIG_PASSPHRASE", '""'),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/google/key.json"),
        ("SECRETS_MANAGER_REGION", "eu-central-1"),
        ("TOKEN_TTL", "1h"),
        ("ENABLE_SECRETS", '"true"'),
        ("VAULT_TOKEN", "${VAULT_TOKEN}"),
        ("VAULT_TOKEN", '"<path:kv/data/web#token>"'),
        ("PULUMI_SECRETS_PROVIDER", "awskms://alias/pulumi"),
        ("TLS_PUBLIC_KEY", "ssh-ed25519"),
        ("PASSWORD_POLICY", "strong"),
        ("TOKEN_SERVICE", "sts"),
        ("SECRET_PREFIX", "prod"),
        ("DB_PASSWORD_KEY", "password"),
        ("API_KEY_HEADER", "X-Api"),
        ("SECRETS_BACKEND", "vault"),
    ],
)
def test_a_literal_that_is_no_secret(name: str, value: str) -> None:
    assert places(literal(name, value)) == []


@pytest.mark.parametrize(
    "template", ["{env: [%s]}", "{podTemplate: {spec: {containers: [{name: pulumi, env: [%s]}]}}}"]
)
def test_a_variable_of_the_template_is_a_literal_too(template: str) -> None:
    for value, count in (("hunter2-example", 1), ("''", 0)):
        variables = f"{{name: DATABASE_PASSWORD, value: {value}}}, {{name: AWS_REGION, value: eu-central-1}}"
        problems = found(f"{STACK}  workspaceTemplate: {{spec: {template % variables}}}\n")
        assert len(problems) == count
        assert all("hunter2" not in each.message + each.fix for each in problems)


def test_a_reference_to_a_secret_is_right() -> None:
    text = f"{STACK}  envRefs:\n    TOKEN: {{type: Secret, secret: {{name: a, key: b}}, literal: {{value: x}}}}\n"
    assert places(text) == []


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_with_values(field: str) -> None:
    (problem,) = found(f"{SECRET}{field}:\n  host: ''\n  password: aHVudGVyMg==\n  username: d2Vi\n")
    assert told([problem]) == [f"example.yaml:6:3 {ABOUT}"]
    assert "password and username" in problem.message
    assert "aHVudGVyMg" not in problem.message + problem.fix
    assert (
        "kubectl create secret generic database -n shop --from-literal=password=... --from-literal=username=..."
        in problem.fix
    )


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"{SECRET}stringData: {{password: ''}}\n",
        f"{SECRET}data: {{password: null}}\n",
        f"{SECRET}stringData: {{password: <path:kv/data/web#password>}}\n",
        f"{SECRET}stringData: {{password: CHANGEME}}\n",
        f"{SECRET}stringData: {{password: '${{PASSWORD}}'}}\n",
        f"{SECRET}stringData: {{password: 'ENC[AES256_GCM,data:abc,type:str]'}}\nsops: {{version: 3.9.0}}\n",
        f"{SECRET}stringData: {{password: whatever}}\nsops: {{version: 3.9.0}}\n",
        f"{SECRET}data: {{ca.crt: LS0tLS1CRUdJTg==}}\n",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {encryptedData: {a: AgBy}}\n",
        "apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: x1y2}\n",
    ],
)
def test_a_secret_without_values_in_clear(text: str) -> None:
    assert places(text) == []


def test_argo_cds_secrets_may_say_what_is_no_login() -> None:
    labelled = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: gitops\n  labels: {argocd.argoproj.io/secret-type: %s}\n"
    )
    repository = labelled % "repository" + "stringData: {type: git, url: https://github.com/acme/gitops.git%s}\n"
    cluster = labelled % "cluster" + "stringData: {name: in-cluster, server: https://k8s, config: '%s'}\n"
    assert places(repository % "") == []
    assert places(repository % ", password: hunter2-example") == [f"example.yaml:6:66 {ABOUT}"]
    assert places(cluster % '{"tlsClientConfig": {"insecure": false}}') == []
    assert places(cluster % '{"bearerToken": "hunter2-example"}') != []


def test_literals_of_a_secret_generator() -> None:
    text = """\
# file: base/kustomization.yaml
secretGenerator:
  - name: database
    literals:
      - host=
      - password=hunter2-example
configMapGenerator:
  - name: settings
    literals: [password=hunter2-example]
"""
    (problem,) = found(text)
    assert told([problem]) == [f"base/kustomization.yaml:5:9 {ABOUT}"]
    assert "hunter2" not in problem.message + problem.fix


def test_a_secret_of_a_cluster_is_in_no_repository() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"password": "aHVudGVy"}}
    stack = {"apiVersion": "pulumi.com/v1", "kind": "Stack", "spec": {"secrets": {"a:b": "hunter2-example"}}}
    problems = lint(Repository([], objects=[Document("staging", 0, secret), Document("staging", 0, stack)]))
    (problem,) = [each for each in problems if each.rule == ABOUT]
    assert problem.object == "Stack (unnamed)"
    assert "may read the Stack has" in problem.message


def test_a_variable_that_is_filled_in_is_no_secret() -> None:
    assert places(f"{SECRET}stringData:\n  token: $GITHUB_TOKEN\n") == []
    assert places(f"{SECRET}stringData:\n  token: $2y$10$abcdefghijklmnopqrstuv\n") != []
