"""A secret stays out of Git."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from manifests.document import Document
from manifests.phrases import listed
from manifests.problem import FieldPath, Problem, Severity
from manifests.references.secret_commands import create_secret
from manifests.references.secret_values import holds_something, is_encrypted, is_secret_value, values_in_clear
from manifests.repository import Repository
from manifests.rule import Rule

SECRET_IN_GIT = Rule(
    id="stack/secret-in-git",
    severity=Severity.ERROR,
    title="a secret stands in clear in a manifest",
    effect="Whoever may read the repository, its history or the Stack has it, from the first push on; to take it out "
    "later doesn't take it back.",
    remedy="Put it into a Secret that isn't in Git (or a SealedSecret, an ExternalSecret, a file for SOPS), refer to "
    "that with type: Secret, and change the secret.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
  envRefs:
    DATABASE_PASSWORD:
      type: Literal
      literal:
        value: example-only
""",
    right="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
  envRefs:
    DATABASE_PASSWORD:
      type: Secret
      secret:
        name: database
        key: password
""",
    alike="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
  envRefs:
    PULUMI_CONFIG_PASSPHRASE:
      type: Literal
      literal:
        value: ""
    AWS_WEB_IDENTITY_TOKEN_FILE:
      type: Literal
      literal:
        value: /var/run/secrets/token
---
apiVersion: v1
kind: Secret
metadata:
  name: database
  namespace: shop
stringData:
  password: ""
""",
)

RULES = (SECRET_IN_GIT,)

_TEMPLATE = ("spec", "workspaceTemplate", "spec")


def check(repository: Repository) -> Iterator[Problem]:
    for stack in repository.stacks:
        yield from _inline_secrets(stack)
        for field in ("envRefs", "secretsRef"):
            yield from _literals(stack, field)
        for path, variable in _variables(stack):
            yield from _variable(stack, path, variable)
    for secret in repository.of_kind("", "Secret"):
        if not secret.is_live and not is_encrypted(secret):
            yield from _secret(secret)
    for generated in repository.generated_secrets:
        yield from _generated(generated.kustomization, generated.path, generated.name)


def _inline_secrets(stack: Document) -> Iterator[Problem]:
    held = [str(key) for key, value in stack.mapping("spec", "secrets").items() if holds_something(value)]
    if held:
        yield SECRET_IN_GIT.at(
            stack,
            ("spec", "secrets"),
            f"{listed(held)} {'stands' if len(held) == 1 else 'stand'} in clear under spec.secrets; Pulumi encrypts "
            f"{'it' if len(held) == 1 else 'them'} in its state, and everybody who may read {_readable(stack)} has "
            f"{'it' if len(held) == 1 else 'them'}",
            fix="Refer to a Secret, and change what was here:\n"
            f"  secretsRef: {{{held[0]}: {{type: Secret, secret: {{name: NAME, key: KEY}}}}}}",
        )


def _literals(stack: Document, field: str) -> Iterator[Problem]:
    for name, reference in stack.mapping("spec", field).items():
        if not isinstance(name, str) or not isinstance(reference, dict) or reference.get("type") != "Literal":
            continue
        if is_secret_value(name, stack.at("spec", field, name, "literal", "value")):
            yield SECRET_IN_GIT.at(
                stack,
                ("spec", field, name, "literal", "value"),
                f"the value of {name} stands in clear as a Literal; everybody who may read {_readable(stack)} has it",
                fix="Refer to a Secret, and change what was here:\n"
                f"  {name}: {{type: Secret, secret: {{name: NAME, key: KEY}}}}",
            )


def _variables(stack: Document) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """The variables of the workspace that its template sets."""
    yield from stack.mappings(*_TEMPLATE, "env")
    for path, _ in stack.mappings(*_TEMPLATE, "podTemplate", "spec", "containers"):
        yield from stack.mappings(*path, "env")


def _variable(stack: Document, path: FieldPath, variable: Mapping[str, Any]) -> Iterator[Problem]:
    name = variable.get("name")
    if isinstance(name, str) and is_secret_value(name, variable.get("value")):
        yield SECRET_IN_GIT.at(
            stack,
            (*path, "value"),
            f"the value of {name} stands in clear in the template; everybody who may read {_readable(stack)} has it",
            fix="Refer to a Secret, and change what was here:\n"
            f"  - name: {name}\n    valueFrom: {{secretKeyRef: {{name: NAME, key: KEY}}}}",
        )


def _readable(stack: Document) -> str:
    return "the Stack" if stack.is_live else "the repository or the Stack"


def _secret(secret: Document) -> Iterator[Problem]:
    held = list(values_in_clear(secret))
    if held:
        keys = [str(path[-1]) for path in held]
        yield SECRET_IN_GIT.at(
            secret,
            held[0],
            f"the Secret has the {'value' if len(keys) == 1 else 'values'} of {listed(keys)} in the repository; "
            + ("base64 isn't encryption, and " if held[0][0] == "data" else "")
            + "everybody who may read it, or its history, has them",
            fix="Make a SealedSecret or an ExternalSecret of it, encrypt it with SOPS, or take it out and run\n"
            f"  {create_secret(secret.name or 'NAME', keys[:5], [secret.namespace] if secret.namespace else [])}\n"
            "and change what was here.",
        )


def _generated(kustomization: Document, path: FieldPath, name: str) -> Iterator[Problem]:
    for place, literal in enumerate(kustomization.items(*path, "literals")):
        key, sign, value = literal.partition("=") if isinstance(literal, str) else ("", "", "")
        if sign and holds_something(value.strip("\"'")):
            yield SECRET_IN_GIT.at(
                kustomization,
                (*path, "literals", place),
                f"the value of {key} for the Secret {name} stands in clear in the repository; everybody who may read "
                "it, or its history, has it",
                fix="Make an ExternalSecret or a SealedSecret in place of the generator, and change what was here.",
            )
