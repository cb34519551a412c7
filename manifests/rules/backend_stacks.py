"""One stack of a backend belongs to one Stack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from manifests.delivery.destinations import destination_cluster, may_be_one_cluster
from manifests.delivery.git_sources import comparable_address
from manifests.document import Document
from manifests.field_names import WORKSPACE_TEMPLATE
from manifests.phrases import listed, place_of
from manifests.placeholders import has_placeholder
from manifests.problem import Problem, Severity
from manifests.references.pulumi_cloud import BACKEND_URL, PULUMI_CLOUD, PULUMI_CLOUD_BACKENDS
from manifests.repository import Repository
from manifests.rule import Rule

DUPLICATE = Rule(
    id="stack/duplicate-backend-stack",
    severity=Severity.ERROR,
    title="two Stacks run the same stack of the same backend",
    effect="They lock each other out: one of two runs fails with a conflict or a lock, both undo each other's changes, "
    "and destroyOnFinalize of one destroys what the other runs.",
    remedy="Give each its own spec.stack, or delete one of them without destroyOnFinalize; a second one with "
    "preview: true may share it.",
    wrong="""\
# file: apps/web.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
# file: apps/web-next.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web-next
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: next
""",
    right="""\
# file: apps/web.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
# file: apps/web-next.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web-next
  namespace: shop
spec:
  stack: acme/web/next
  projectRepo: https://github.com/acme/web.git
  branch: next
""",
    alike="""\
# file: apps/web.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
# file: apps/web-preview.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web-preview
  namespace: shop
spec:
  stack: acme/web/dev
  preview: true
  projectRepo: https://github.com/acme/web.git
  branch: next
""",
)

RULES = (DUPLICATE,)

_TOKEN = "PULUMI_ACCESS_TOKEN"  # noqa: S105


def check(repository: Repository) -> Iterator[Problem]:
    same: dict[Hashable, list[Document]] = defaultdict(list)
    for stack in (*repository.other_stacks, *repository.stacks):
        if stack.at("spec", "preview") is True or repository.may_be_patched(stack):
            continue
        identity = _backend_stack(repository, stack)
        if identity is not None:
            same[identity].append(stack)
            yield from _in_several_namespaces(repository, stack)
    elsewhere = set(repository.other_stacks)
    for stacks in same.values():
        for place, stack in enumerate(stacks):
            before = stacks[:place] if stack not in elsewhere else ()
            other = next((each for each in before if _are_two(repository, each, stack)), None)
            if other is not None:
                yield _twice(stack, other)


def _in_several_namespaces(repository: Repository, stack: Document) -> Iterator[Problem]:
    """Where overlays or Applications make several Stacks of one document, and none gives it a stack of its own."""
    namespaces = sorted(repository.namespaces(stack))
    if len(namespaces) < 2:
        return
    name = stack.word("spec", "stack")
    one_backend = isinstance(_backend(repository, stack), str)  # not one that a Secret of each namespace names
    if _is_qualified(name) and one_backend:
        yield DUPLICATE.at(
            stack,
            ("spec", "stack"),
            f"this document becomes a Stack in each of {listed(namespaces)}, and each runs {name} on the same backend: "
            "they lock each other out, and each undoes what the other did",
            fix="Let each overlay or Application patch spec.stack.",
        )


def _is_qualified(name: str) -> bool:
    """Whether it names organization, project and stack."""
    return name.count("/") == 2


def _are_two(repository: Repository, one: Document, other: Document) -> bool:
    """Whether two documents of one backend stack are two Stacks for sure, and not the same object, written twice."""
    if one.is_live:
        return bool(one.at("metadata", "uid") != other.at("metadata", "uid"))  # two contexts may be the same cluster
    if _are_of_two_clusters(repository, one, other):
        # A Secret of one name may hold something else in each cluster: another backend, or the login of another
        # organization.
        return _is_qualified(one.word("spec", "stack")) and isinstance(_backend(repository, one), str)
    return not (
        one.name == other.name
        and repository.may_share_namespace(one, other)
        and one.mapping("spec") == other.mapping("spec")
    )


def _are_of_two_clusters(repository: Repository, one: Document, other: Document) -> bool:
    """Whether Applications deliver both, and no two of them may be for the same cluster."""
    first, second = (
        {destination_cluster(delivery.application) for delivery in repository.deliveries.of(each)}
        for each in (one, other)
    )
    return (
        bool(first) and bool(second) and not any(may_be_one_cluster(here, there) for here in first for there in second)
    )


def _twice(stack: Document, other: Document) -> Problem:
    name = stack.word("spec", "stack")
    return DUPLICATE.at(
        stack,
        ("spec", "stack"),
        f"{name} is run by {other.title} too ({place_of(other, ('spec', 'stack'))}), on the same backend: they lock "
        "each other out, and each undoes what the other did",
        fix=f"Give one of them another spec.stack than {name}, or preview: true if it shall only look; before one of "
        "them is deleted, destroyOnFinalize must be off.",
    )


def _backend_stack(repository: Repository, stack: Document) -> Hashable | None:
    """What is equal for two Stacks that run one stack of a backend; None where too little is known."""
    name = stack.word("spec", "stack")
    backend = _backend(repository, stack)
    if not name or backend is None or has_placeholder(f"{name} {backend}"):
        return None
    if _is_qualified(name):
        return name, backend
    project = _project(repository, stack)
    return None if project is None else (name, backend, project, _token(stack), stack.file if stack.is_live else "")


def _backend(repository: Repository, stack: Document) -> Hashable | None:
    url = stack.word("spec", "backend") or stack.word("spec", "envRefs", BACKEND_URL, "literal", "value")
    if url:
        return _shared_by(repository, stack, url.rstrip("/"))
    namespace = _namespace(repository, stack)
    secret = stack.mapping("spec", "envRefs", BACKEND_URL, "secret")
    if secret:
        return "Secret", namespace, stack.word("spec", "envRefs", BACKEND_URL, "secret", "name"), str(secret.get("key"))
    others = _other_variables(stack)
    return (PULUMI_CLOUD, namespace, others) if others else PULUMI_CLOUD


def _shared_by(repository: Repository, stack: Document, url: str) -> Hashable | None:
    """A backend; one in files is the same for Stacks that mount the same volume alone."""
    if not url.startswith("file:"):
        return PULUMI_CLOUD if url in PULUMI_CLOUD_BACKENDS else url
    volumes = stack.mappings(*WORKSPACE_TEMPLATE, "podTemplate", "spec", "volumes")
    claims = {stack.word(*path, "persistentVolumeClaim", "claimName") for path, _ in volumes} - {""}
    return (url, _namespace(repository, stack), tuple(sorted(claims))) if claims else None


def _namespace(repository: Repository, stack: Document) -> Hashable:
    """Where the objects are that a Stack names: its namespace, and of a cluster which one that is."""
    return tuple(sorted(repository.namespaces(stack))), stack.file if stack.is_live else ""


def _other_variables(stack: Document) -> tuple[str, ...]:
    """Where variables come from that no field names: a backend may be among them."""
    found = [f"{field} {name}" for field in ("envs", "envSecrets") for name in stack.items("spec", field)]
    found += [f"envFrom {item}" for item in stack.items(*WORKSPACE_TEMPLATE, "envFrom")]
    found += [
        f"env {item}" for _, item in stack.mappings(*WORKSPACE_TEMPLATE, "env") if item.get("name") == BACKEND_URL
    ]
    found += [f"container {item.get('env')} {item.get('envFrom')}" for item in _containers(stack)]
    return tuple(sorted(found))


def _containers(stack: Document) -> Iterator[Mapping[str, object]]:
    for _, item in stack.mappings(*WORKSPACE_TEMPLATE, "podTemplate", "spec", "containers"):
        if item.get("env") or item.get("envFrom"):
            yield item


def _project(repository: Repository, stack: Document) -> Hashable | None:
    """Where a Stack's project comes from, whatever its branch or commit; None where that can't be told."""
    address = stack.word("spec", "projectRepo")
    if address:
        return comparable_address(address), _folder(stack.word("spec", "repoDir"))
    namespace = _namespace(repository, stack)
    if stack.word("spec", "fluxSource", "sourceRef", "name"):
        reference = tuple(stack.word("spec", "fluxSource", "sourceRef", name) for name in ("kind", "name"))
        return reference, _folder(stack.word("spec", "fluxSource", "dir")), namespace
    if stack.word("spec", "programRef", "name"):
        return "Program", stack.word("spec", "programRef", "name"), namespace
    image, folder = stack.word(*WORKSPACE_TEMPLATE, "image"), stack.word(*WORKSPACE_TEMPLATE, "local", "dir")
    return (image, _folder(folder)) if image and folder else None


def _folder(text: str) -> str:
    return text.removeprefix("./").strip("/")


def _token(stack: Document) -> Hashable:
    """The login: an organization that isn't named is that of the login."""
    secret = stack.mapping("spec", "envRefs", _TOKEN, "secret")
    return str(secret.get("name")), str(secret.get("key")), stack.word("spec", "accessTokenSecret")
