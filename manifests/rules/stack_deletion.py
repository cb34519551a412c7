"""What deletes Stacks: a sync whose hooks they are, a file that is gone, an Application that goes."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.argocd.sync_choices import CONFIRM_SINCE, SYNC_OPTIONS, keeps_on_prune, options_of
from manifests.argocd.sync_order import HELM_HOOK, HOOK, HOOKS
from manifests.document import Document
from manifests.problem import FieldPath, Problem, SetValue, Severity
from manifests.product_versions import ProductVersion
from manifests.repository import Repository, is_stack
from manifests.rule import Rule

_SET = "ApplicationSet"
_ENABLED_SINCE: ProductVersion = (3, 1, 0)
"""the first Argo CD that reads `automated.enabled`"""
_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_FOREGROUND = (_FINALIZER, f"{_FINALIZER}/foreground")
_BACKGROUND = f"{_FINALIZER}/background"

_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop{annotations}
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""
_ANNOTATED = "\n  annotations:\n    {}"
_APPLICATION = """\
# file: apps/web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd{finalizers}
spec:
  project: default
  source:
    repoURL: https://github.com/acme/gitops.git
    targetRevision: main
    path: web
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
  syncPolicy:
    automated:
      prune: {prune}
# file: web/stack.yaml
"""
_WITH = f"\n  finalizers:\n    - {_BACKGROUND}"
_DESTROYING = "  destroyOnFinalize: true\n"
_CONFIRMED = _ANNOTATED.format(f"{SYNC_OPTIONS}: Prune=confirm")

HOOK_ON_STACK = Rule(
    id="argocd/hook-on-stack",
    severity=Severity.ERROR,
    title="a Stack is annotated as a hook",
    effect="Argo CD deletes a hook before it creates it anew at the next sync: the Stack is deleted each time, with "
    "`destroyOnFinalize` its infrastructure too. A hook isn't compared, shown as out of sync or pruned either.",
    remedy="Take the hook annotation out, and give the Stack a sync wave instead.",
    wrong=_STACK.format(annotations=_ANNOTATED.format("argocd.argoproj.io/hook: PreSync")),
    right=_STACK.format(annotations=_ANNOTATED.format('argocd.argoproj.io/sync-wave: "-1"')),
    alike="""\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: shop
  annotations:
    argocd.argoproj.io/hook: PreSync
""",
    gives_way_to=("stack/wrong-type",),
)
DESTROY_ON_PRUNE = Rule(
    id="argocd/destroy-on-prune",
    severity=Severity.WARNING,
    title="deleting a file from Git destroys infrastructure",
    effect="Automated pruning deletes the Stack as soon as its file is gone or renamed, and `destroyOnFinalize` then "
    "destroys everything that it manages. `Delete=confirm` guards only the deletion of the Application itself.",
    remedy=f"Annotate the Stack with `{SYNC_OPTIONS}: Prune=confirm` (Argo CD 2.14) or `Prune=false`.",
    wrong=_APPLICATION.format(finalizers=_WITH, prune="true") + _STACK.format(annotations="") + _DESTROYING,
    right=_APPLICATION.format(finalizers=_WITH, prune="true") + _STACK.format(annotations=_CONFIRMED) + _DESTROYING,
    alike=_APPLICATION.format(finalizers=_WITH, prune="false") + _STACK.format(annotations="") + _DESTROYING,
)
FINALIZER = Rule(
    id="argocd/finalizer",
    severity=Severity.WARNING,
    title="deleting an Application leaves its Stacks behind, or what they need is deleted before them",
    effect="Without a finalizer the Application is deleted and its Stacks go on running, with nobody in charge. "
    "With foreground "
    "deletion Kubernetes deletes the Workspace of a Stack while the Stack still has to destroy in it: a run is cut "
    "off, and the operator has to make a new Workspace first; before PKO 2.0 the Stack hung there for ever.",
    remedy=f"Write `metadata.finalizers: [{_BACKGROUND}]`.",
    wrong=_APPLICATION.format(finalizers="", prune="false") + _STACK.format(annotations=""),
    right=_APPLICATION.format(finalizers=_WITH, prune="false") + _STACK.format(annotations=""),
    alike="""\
# file: apps/monitoring.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: monitoring
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://prometheus-community.github.io/helm-charts
    chart: kube-prometheus-stack
    targetRevision: 70.0.0
  destination:
    server: https://kubernetes.default.svc
    namespace: monitoring
""",
)

RULES = (HOOK_ON_STACK, DESTROY_ON_PRUNE, FINALIZER)


def check(repository: Repository) -> Iterator[Problem]:
    for stack in repository.stacks:
        yield from _hook(stack)
        yield from _destroy_on_prune(repository, stack)
    said: set[tuple[str, int, FieldPath]] = set()  # one template makes many Applications
    for application in repository.applications:
        owners = application.mappings("metadata", "ownerReferences")
        if not repository.may_be_patched(application) and not any(one.get("kind") == _SET for _, one in owners):
            for problem in _finalizer(repository, application):
                place = problem.file, problem.document, problem.path
                if place not in said:
                    yield problem
                if repository.made(application) is not None:
                    said.add(place)


def _hook(stack: Document) -> Iterator[Problem]:
    for key in (HOOK, HELM_HOOK):
        value = stack.annotations.get(key)
        if value is None or value in ("Skip", "crd-install"):
            continue
        names = [each.strip() for each in str(value).split(",")]
        known = key == HELM_HOOK or any(each in HOOKS for each in names)
        message = (
            f"this Stack is a {value} hook: Argo CD deletes it before it creates it anew at each sync"
            + (", and destroyOnFinalize then destroys its infrastructure" if _destroys(stack) else "")
            if known
            else f"{value!r} isn't the name of a hook, and still makes the Stack one: no sync ever applies it"
        )
        yield HOOK_ON_STACK.at(stack, ("metadata", "annotations", key), message)
        return


def _destroy_on_prune(repository: Repository, stack: Document) -> Iterator[Problem]:
    if not _destroys(stack) or repository.may_be_patched(stack) or repository.may_have_annotations(stack):
        return
    version = repository.versions.argocd
    for delivery in repository.deliveries.of(stack):
        application = delivery.application
        if (
            not _prunes(application, version)
            or repository.may_be_patched(application)
            or keeps_on_prune(stack, application, version)
        ):
            continue
        guard = "Prune=confirm" if version >= CONFIRM_SINCE else "Prune=false"
        guarded = " (Delete=confirm guards only the deletion of the Application itself)" if _asks(stack) else ""
        yield DESTROY_ON_PRUNE.at(
            stack,
            ("spec", "destroyOnFinalize"),
            f"{application.title} prunes by itself: once this manifest is deleted or renamed in Git, the Stack is "
            f"deleted and destroyOnFinalize destroys its infrastructure, without anybody being asked{guarded}",
            fix=f"Annotate the Stack with `{SYNC_OPTIONS}: {guard}`.",
        )
        return


def _finalizer(repository: Repository, application: Document) -> Iterator[Problem]:
    stacks = [each for each in repository.deliveries.of_application(application) if is_stack(each)]
    if not stacks:
        return
    finalizers = application.items("metadata", "finalizers")
    path: FieldPath = ("metadata", "finalizers")
    if not any(each in (*_FOREGROUND, _BACKGROUND) for each in finalizers):
        if repository.made(application) is None:  # an ApplicationSet adds one
            others = f" and {len(stacks) - 1} more" if len(stacks) > 1 else ""
            stay = "they stay behind and go on" if others else "the Stack stays behind and goes on"
            yield FINALIZER.at(
                application,
                path,
                f"this Application delivers {stacks[0].title}{others} and has no finalizer: once it is deleted, {stay} "
                "running with nobody in charge",
            )
        return
    hangs = (
        "and the Stack hangs there for ever"
        if repository.versions.pko < (2, 0, 0)
        else "which cuts off a run and makes the operator start with a new one"
    )
    destroying = next((each for each in stacks if _destroys(each)), None)
    for place, finalizer in enumerate(finalizers):
        if finalizer in _FOREGROUND and destroying is not None:
            here = (*path, place)
            yield FINALIZER.at(
                application,
                here,
                f"{finalizer} deletes in the foreground: Kubernetes takes the Workspace of {destroying.title} away "
                f"while destroyOnFinalize still has to run in it, {hangs}",
                fix=f"Write `{_BACKGROUND}`.",
                edits=(SetValue(here, _BACKGROUND),),
            )


def _destroys(stack: Document) -> bool:
    return stack.at("spec", "destroyOnFinalize") is True and stack.at("spec", "preview") is not True


def _prunes(application: Document, version: ProductVersion) -> bool:
    automated = application.mapping("spec", "syncPolicy", "automated")
    is_off = automated.get("enabled") is False and version >= _ENABLED_SINCE
    return automated.get("prune") is True and not is_off


def _asks(stack: Document) -> bool:
    return "Delete=confirm" in options_of(stack)
