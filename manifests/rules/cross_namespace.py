"""A Stack finds what it refers to in its own namespace alone."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.phrases import listed, place_of
from manifests.placeholders import filled_in_later
from manifests.problem import Problem, RemoveField, Severity
from manifests.references.named_sources import elsewhere, named_source
from manifests.references.secret_uses import SecretUse, secret_uses
from manifests.repository import Repository
from manifests.rule import Rule

CROSS_NAMESPACE = Rule(
    id="stack/cross-namespace",
    severity=Severity.ERROR,
    title="a Stack refers to something of another namespace",
    effect="The operator reads Secrets, Programs and Flux sources of the Stack's own namespace alone: the Stack is "
    "Stalled with SpecInvalid or SourceUnavailable, and nothing runs.",
    remedy="Keep what a Stack refers to in the Stack's namespace, or the Stack in that one.",
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
    PULUMI_ACCESS_TOKEN:
      type: Secret
      secret:
        name: pulumi-token
        key: token
        namespace: platform
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
    PULUMI_ACCESS_TOKEN:
      type: Secret
      secret:
        name: pulumi-token
        key: token
""",
    alike="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  programRef:
    name: web
  envRefs:
    PULUMI_ACCESS_TOKEN:
      type: Secret
      secret:
        name: pulumi-token
        key: token
        namespace: shop
---
apiVersion: pulumi.com/v1
kind: Program
metadata:
  name: web
""",
)

RULES = (CROSS_NAMESPACE,)


def check(repository: Repository) -> Iterator[Problem]:
    for stack in repository.stacks:
        own = repository.namespaces(stack)
        for use in secret_uses(stack) if own else ():
            if use.namespace and use.namespace not in own and not filled_in_later(use.namespace):
                yield _of_secret(repository, stack, use, own)
        yield from _of_source(repository, stack)


def _of_secret(repository: Repository, stack: Document, use: SecretUse, own: frozenset[str]) -> Problem:
    here = sorted(own)
    known = any(repository.namespaces(each) >= own for each in repository.named("", "Secret", use.name, near=stack))
    refused = (
        "the operator refuses it unless its isolation of namespaces was turned off"
        if repository.versions.pko < (2, 0, 0)
        else "the operator refuses it (cross-namespace refs are not allowed): the Stack is Stalled, and nothing runs"
    )
    return CROSS_NAMESPACE.at(
        stack,
        use.namespace_path,
        f"the Secret {use.name} is asked for in the namespace {use.namespace}, and the Stack is in {listed(here, 'or')}"
        f"; {refused}",
        fix=(
            f"Take the line out: {listed(here, 'and')} has a Secret {use.name}."
            if known
            else f"Make the Secret {use.name} in {listed(here, 'and')}, and take the line out."
        ),
        edits=[RemoveField(use.namespace_path)] if known else (),
    )


def _of_source(repository: Repository, stack: Document) -> Iterator[Problem]:
    source = named_source(stack)
    other = elsewhere(repository, stack, source) if source is not None else None
    if source is None or other is None:
        return
    there, here = listed(sorted(repository.namespaces(other))), listed(sorted(repository.namespaces(stack)), "or")
    yield CROSS_NAMESPACE.at(
        stack,
        source.path,
        f"the {source.kind} {source.name} is in the namespace {there} ({place_of(other)}), and the Stack is in {here}: "
        "the operator doesn't find it, the Stack is Stalled with SourceUnavailable, and nothing runs",
        fix=f"Move the {source.kind} to {here}, or the Stack to {there}.",
    )
