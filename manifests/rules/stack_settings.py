"""Settings of a Stack that don't do what they look like: finalizers, resyncs, the size of its workspace."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.document import Document
from manifests.field_names import WORKSPACE_TEMPLATE
from manifests.problem import Problem, RemoveField, SetValue, Severity
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.schema.known_kinds import SHORTEST_RESYNC
from manifests.stack_example import STACK_EXAMPLE

ARGO_CD_FINALIZER = Rule(
    id="stack/argocd-finalizer",
    severity=Severity.ERROR,
    title="a Stack has one of Argo CD's finalizers",
    effect="Argo CD removes it from Applications alone, and the operator removes its own: once the Stack is deleted, "
    "it stays Terminating for ever, and a sync that prunes it never ends.",
    remedy="Take it out of the Stack; where it works is on the Application that delivers the Stack.",
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  finalizers:
    - resources-finalizer.argocd.argoproj.io
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
    right=STACK_EXAMPLE,
    alike="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  finalizers:
    - finalizer.stack.pulumi.com
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
)
RESYNC = Rule(
    id="stack/resync",
    severity=Severity.WARNING,
    title="resyncs come less often than the Stack says, or not at all",
    effect="The operator raises a period below 60 s to 60 s. Without continueResyncOnCommitMatch the period is how "
    "often a branch is polled, and nothing else (a note): no run looks for drift.",
    remedy="Set resyncFrequencySeconds to 60 or more, and continueResyncOnCommitMatch: true where a run shall look for "
    "drift.",
    wrong=STACK_EXAMPLE
    + """\
  continueResyncOnCommitMatch: true
  resyncFrequencySeconds: 30
""",
    right=STACK_EXAMPLE
    + """\
  continueResyncOnCommitMatch: true
  resyncFrequencySeconds: 3600
""",
    alike=STACK_EXAMPLE
    + """\
  continueResyncOnCommitMatch: true
""",
)
LIMITS = Rule(
    id="stack/limits",
    severity=Severity.NOTE,
    title="a Stack's workspace has no resource limits",
    effect="Its pod asks for 100m CPU and 64Mi and may take all that the node has: a big program can have its "
    "neighbours evicted, and is among the first to be killed itself.",
    remedy="Set workspaceTemplate.spec.resources, with a memory limit that the largest run fits into.",
    wrong=STACK_EXAMPLE,
    right=STACK_EXAMPLE
    + """\
  workspaceTemplate:
    spec:
      resources:
        requests: {cpu: 200m, memory: 512Mi}
        limits: {memory: 1Gi}
""",
    alike=STACK_EXAMPLE
    + """\
---
apiVersion: v1
kind: LimitRange
metadata:
  name: defaults
  namespace: shop
spec:
  limits:
    - type: Container
      default: {memory: 1Gi}
""",
    gives_way_to=("stack/wrong-type",),
)

RULES = (ARGO_CD_FINALIZER, RESYNC, LIMITS)

_OF_ARGO_CD = ".argocd.argoproj.io"
_RESOURCES = (*WORKSPACE_TEMPLATE, "resources")
_CONTAINERS = (*WORKSPACE_TEMPLATE, "podTemplate", "spec", "containers")


def check(repository: Repository) -> Iterator[Problem]:
    limited = [each for each in repository.of_kind("", "LimitRange") if _sets_limits(each)]
    for stack in repository.stacks:
        yield from _finalizers(stack)
        if not stack.mapping("spec"):
            continue
        patched = repository.may_be_patched(stack)
        yield from _resync(stack, patched)
        if repository.versions.pko >= (2, 0, 0) and not patched and not _has_limits(stack):
            yield from _limits(repository, stack, limited)


def _finalizers(stack: Document) -> Iterator[Problem]:
    finalizers = stack.items("metadata", "finalizers")
    for place, finalizer in enumerate(finalizers):
        if isinstance(finalizer, str) and finalizer.partition("/")[0].endswith(_OF_ARGO_CD):
            path = ("metadata", "finalizers", place)
            yield ARGO_CD_FINALIZER.at(
                stack,
                path,
                f"nobody removes the finalizer {finalizer} from a Stack: once deleted, it stays Terminating for ever",
                edits=[RemoveField(path[:2] if len(finalizers) == 1 else path)],
            )


def _resync(stack: Document, patched: bool) -> Iterator[Problem]:
    path = ("spec", "resyncFrequencySeconds")
    seconds = stack.at(*path)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return
    again = stack.at("spec", "continueResyncOnCommitMatch")
    if again is True and seconds < SHORTEST_RESYNC:
        yield RESYNC.at(
            stack,
            path,
            f"a resync every {seconds} s is asked for; the operator makes one every {SHORTEST_RESYNC} s at most",
            fix=f"Write {SHORTEST_RESYNC} or more; each resync is a run that takes one of the operator's workers.",
            edits=[SetValue(path, SHORTEST_RESYNC)],
        )
    elif again is False or (again is None and not patched):
        yield RESYNC.at(
            stack,
            path,
            "resyncFrequencySeconds without continueResyncOnCommitMatch makes no resync: "
            + _what_it_does(stack, seconds),
            fix="Add continueResyncOnCommitMatch: true where runs shall look for drift, or take the line out.",
            severity=Severity.NOTE,
        )


def _what_it_does(stack: Document, seconds: int) -> str:
    if stack.word("spec", "branch"):
        return f"it only says that the branch is polled every {max(seconds, SHORTEST_RESYNC)} s"
    return "it does nothing here, since there is no branch to poll"


def _limits(repository: Repository, stack: Document, limited: list[Document]) -> Iterator[Problem]:
    if not repository.knows("", "LimitRange", near=stack):
        return
    if not any(repository.may_share_namespace(each, stack) for each in limited):
        yield LIMITS.at(
            stack,
            (*_RESOURCES, "limits"),
            "the Stack's workspace has no resource limits: its pod may take all the memory of its node",
            fix="Add what the largest run needs, such as\n  workspaceTemplate:\n    spec:\n      resources:\n"
            "        requests: {cpu: 200m, memory: 512Mi}\n        limits: {memory: 1Gi}",
        )


def _has_limits(stack: Document) -> bool:
    if stack.mapping(*_RESOURCES, "limits"):
        return True
    return any(
        container.get("name") == "pulumi" and stack.mapping(*path, "resources", "limits")
        for path, container in stack.mappings(*_CONTAINERS)
    )


def _sets_limits(limit_range: Document) -> bool:
    """Whether containers get limits of it that have none."""
    return any(
        item.get("type") == "Container" and limit_range.mapping(*path, "default")
        for path, item in limit_range.mappings("spec", "limits")
    )
