"""What a Stack refers to and nothing in the repository is: Programs, Flux sources, Secrets and their keys."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.phrases import listed, place_of
from manifests.placeholders import has_placeholder
from manifests.problem import FieldPath, Problem, Severity
from manifests.product_versions import ProductVersion
from manifests.references.named_sources import NamedSource, is_near, named_source
from manifests.references.near_names import maybe_meant
from manifests.references.secret_commands import create_secret
from manifests.references.secret_makers import SecretMakers
from manifests.references.secret_uses import SecretUse, secret_uses
from manifests.references.unread_files import UnreadFiles
from manifests.repository import PULUMI, Repository
from manifests.rule import Rule

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
"""
_PROGRAM = """\
---
apiVersion: pulumi.com/v1
kind: Program
metadata:
  name: {name}
  namespace: shop
"""
_FROM_FLUX = """\
  fluxSource:
    sourceRef:
      apiVersion: source.toolkit.fluxcd.io/v1
      kind: GitRepository
      name: web
"""
_GIT_REPOSITORY = """\
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: {name}
  namespace: shop
"""
_FROM_GIT = """\
  projectRepo: https://github.com/acme/web.git
  branch: main
"""
_LOGGED_IN = """\
  envRefs:
    PULUMI_ACCESS_TOKEN:
      type: Secret
      secret: {name: pulumi-token, key: token}
"""

PROGRAM_MISSING = Rule(
    id="ref/program-missing",
    severity=Severity.WARNING,
    title="a Stack's Program is nowhere in the repository, which has other Programs",
    effect="The Stack is Stalled with SourceUnavailable until a Program of that name is in its namespace, and runs "
    "nothing.",
    remedy="Name a Program of the same namespace, or add it.",
    wrong=_STACK + "  programRef: {name: wbe}\n" + _PROGRAM.format(name="web"),
    right=_STACK + "  programRef: {name: web}\n" + _PROGRAM.format(name="web"),
    alike=_STACK + "  programRef: {name: web}\n",
)
SOURCE_MISSING = Rule(
    id="ref/source-missing",
    severity=Severity.WARNING,
    title="a Stack's Flux source is nowhere in the repository, which has others of its kind",
    effect="The Stack is Stalled with SourceUnavailable until a source of that name is in its namespace, and runs "
    "nothing.",
    remedy="Name a source of the same namespace, or add it.",
    wrong=_STACK + _FROM_FLUX + _GIT_REPOSITORY.format(name="website"),
    right=_STACK + _FROM_FLUX + _GIT_REPOSITORY.format(name="web"),
    alike=_STACK + _FROM_FLUX,
)
SECRET_MISSING = Rule(
    id="ref/secret-missing",
    severity=Severity.NOTE,
    title="a Secret that a Stack uses, or a key of it, is nowhere in the repository",
    effect="Where nobody makes it by hand the workspace's pod doesn't start, and the Stack waits for it for ever; for "
    "a Git login the Stack is Stalled with SpecInvalid, also after the Secret is made.",
    remedy="Make it with `kubectl create secret generic`, or add an ExternalSecret or a SealedSecret that does.",
    wrong=_STACK + _FROM_GIT + _LOGGED_IN,
    right=_STACK
    + _FROM_GIT
    + _LOGGED_IN
    + """\
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: pulumi-token
  namespace: shop
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data:
    - secretKey: token
      remoteRef: {key: pulumi, property: token}
""",
    alike=_STACK
    + _FROM_GIT
    + _LOGGED_IN
    + """\
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: pulumi-token
  namespace: shop
spec:
  encryptedData:
    token: AgBy3i4OJSWK
""",
)

_DEPRECATED: dict[FieldPath, ProductVersion] = {
    ("spec", "gitAuthSecret"): (0, 0, 0),
    ("spec", "accessTokenSecret"): (2, 0, 0),
}
"""fields of which another rule says that something else belongs in their place, with the version since it does"""

RULES = (PROGRAM_MISSING, SOURCE_MISSING, SECRET_MISSING)


def check(repository: Repository) -> Iterator[Problem]:
    unread, makers = UnreadFiles(repository), SecretMakers(repository)
    for stack in repository.stacks:
        source = named_source(stack)
        if source is not None and _is_nowhere(repository, stack, source, unread):
            yield _missing(repository, stack, source)
        if repository.knows("", "Secret", near=stack):
            yield from _secrets(repository, stack, makers, unread)


def _is_nowhere(repository: Repository, stack: Document, source: NamedSource, unread: UnreadFiles) -> bool:
    kind = source.group, source.kind
    if (not repository.of_kind(*kind) and not stack.is_live) or has_placeholder(source.name):
        return False
    if is_near(repository, stack, source):
        return False
    return next(repository.named(*kind, source.name), None) is None and not unread.may_make(*kind, source.name, stack)


def _missing(repository: Repository, stack: Document, source: NamedSource) -> Problem:
    rule = PROGRAM_MISSING if source.group == PULUMI else SOURCE_MISSING
    where = f"namespace {stack.namespace}" if stack.is_live else "repository, which has others of its kind"
    return rule.at(
        stack,
        source.path,
        f"there is no {source.kind} {source.name} in the {where}: the Stack is Stalled with SourceUnavailable until "
        "it is there" + maybe_meant(repository, stack, source.group, source.kind, source.name),
        fix=f"Name a {source.kind} of the Stack's namespace, or add {source.name}.",
    )


def _secrets(repository: Repository, stack: Document, makers: SecretMakers, unread: UnreadFiles) -> Iterator[Problem]:
    own = repository.namespaces(stack)
    missing: dict[str, list[SecretUse]] = {}
    for use in secret_uses(stack):
        if use.namespace and (not own or use.namespace not in own):
            continue  # of another namespace: another rule's
        if use.path in _DEPRECATED and repository.versions.pko >= _DEPRECATED[use.path]:
            continue  # of the field itself there is more to say
        if has_placeholder(use.name) or unread.may_hold("Secret", "ExternalSecret", "SealedSecret"):
            continue
        keys = makers.keys_of(use.name, stack)
        if keys is None or (keys and (not use.key or use.key in keys)):
            continue
        if keys:
            yield _key_missing(repository, stack, use, keys)
        elif not unread.may_be_in_values(use.name):
            missing.setdefault(use.name, []).append(use)
    for name, uses in missing.items():
        yield _secret_missing(repository, stack, name, uses)


def _key_missing(repository: Repository, stack: Document, use: SecretUse, keys: frozenset[str]) -> Problem:
    return SECRET_MISSING.at(
        stack,
        use.key_path or use.path,
        f"the Secret {use.name} has no key {use.key}; it has {listed(sorted(keys))}: {_what_it_does(repository, use)}",
        fix=f"Name one of {listed(sorted(keys), 'or')}, or add {use.key} to the Secret.",
    )


def _what_it_does(repository: Repository, use: SecretUse) -> str:
    if repository.versions.pko < (2, 0, 0):
        return "the operator reads it before each run, and runs nothing until it is there"
    if use.path[1] in ("gitAuth", "gitAuthSecret"):
        return "the Stack is Stalled with SpecInvalid, and stays so after the Secret is mended until it is reconciled"
    return "the workspace's pod doesn't start, and the Stack waits for it for ever; only the pod says why"


def _secret_missing(repository: Repository, stack: Document, name: str, uses: list[SecretUse]) -> Problem:
    keys = sorted({use.key for use in uses if use.key})
    of_keys = f" with {listed(keys)}" if keys else ""
    other = next(repository.named("", "Secret", name), None)
    wanted = keys or ["accessToken" if uses[0].path[1] == "gitAuthSecret" else "KEY"]
    command = create_secret(name, wanted, sorted(repository.namespaces(stack)), uses[0].kind)
    there = f" (there is one in {other.namespace}, {place_of(other)})" if other is not None else ""
    said = (
        f"there is no Secret {name}{of_keys} in the namespace {stack.namespace}{there}: "
        if stack.is_live
        else f"nothing in the repository makes the Secret {name}{of_keys}{there}; unless somebody makes it by hand, "
    )
    return SECRET_MISSING.at(
        stack,
        uses[0].path,
        said + _what_it_does(repository, uses[0]),
        fix=f"Make it where it isn't there yet:\n  {command}",
    )
