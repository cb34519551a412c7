"""`argocd/hook-on-stack`, `argocd/destroy-on-prune`, `argocd/finalizer`."""

from __future__ import annotations

import pytest

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Problem, SetValue
from manifests.repository import Repository
from support.lint_texts import problems_in, told

STACK = """\
# file: web/stack.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  annotations:
    A: B
spec:
  destroyOnFinalize: true
"""
APPLICATION = """\
# file: apps/web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  finalizers:
    - resources-finalizer.argocd.argoproj.io/background
spec:
  source: {repoURL: 'https://github.com/acme/gitops', path: web}
  syncPolicy:
    automated: {prune: true}
"""


def annotated(annotation: str, stack: str = STACK) -> str:
    return stack.replace("A: B", annotation)


# Hooks


def hook_of(text: str) -> Problem:
    [found] = [each for each in problems_in(text) if each.rule == "argocd/hook-on-stack"]
    return found


@pytest.mark.parametrize("hook", ["PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PreSync,PostSync", "'3'"])
def test_a_stack_is_no_hook(hook: str) -> None:
    found = problems_in(annotated(f"argocd.argoproj.io/hook: {hook}"))
    assert told(found, about="argocd/hook") == ["web/stack.yaml:6:5 argocd/hook-on-stack"]


@pytest.mark.parametrize("hook", ["3", "true"])
def test_a_value_that_is_no_text_is_refused_anyway(hook: str) -> None:
    found = problems_in(annotated(f"argocd.argoproj.io/hook: {hook}"))
    assert [line for line in told(found) if ":6:5 " in line] == ["web/stack.yaml:6:5 stack/wrong-type"]


def test_the_words_say_what_becomes_of_it() -> None:
    found = hook_of(annotated("argocd.argoproj.io/hook: PreSync"))
    assert found.message == (
        "this Stack is a PreSync hook: Argo CD deletes it before it creates it anew at each sync, and "
        "destroyOnFinalize then destroys its infrastructure"
    )
    found = hook_of(annotated("argocd.argoproj.io/hook: presync"))
    assert found.message == "'presync' isn't the name of a hook, and still makes the Stack one: no sync ever applies it"
    found = hook_of(annotated("helm.sh/hook: pre-install"))
    assert found.message.startswith("this Stack is a pre-install hook")


@pytest.mark.parametrize(
    "text",
    [
        annotated("argocd.argoproj.io/hook: Skip"),
        annotated("argocd.argoproj.io/hook-delete-policy: HookSucceeded"),
        annotated("argocd.argoproj.io/hook: PreSync").replace("kind: Stack", "kind: Program"),
    ],
)
def test_others_are_left_alone(text: str) -> None:
    assert told(problems_in(text), about="argocd/hook") == []


# Pruning


def test_a_deleted_file_destroys() -> None:
    found = problems_in(APPLICATION, STACK)
    assert told(found, about="argocd/destroy") == ["web/stack.yaml:8:3 argocd/destroy-on-prune"]
    [one] = [each for each in found if each.rule == "argocd/destroy-on-prune"]
    assert (one.severity, one.object) == ("warning", "Stack web")
    assert one.message.startswith("Application web prunes by itself: once this manifest is deleted or renamed in Git")
    assert one.fix == "Annotate the Stack with `argocd.argoproj.io/sync-options: Prune=confirm`."


KEPT = "argocd.argoproj.io/sync-options: "


@pytest.mark.parametrize(
    ("application", "stack", "argocd", "wrong"),
    [
        (APPLICATION, annotated(f"{KEPT}Prune=confirm"), (3, 6, 1), False),
        (APPLICATION, annotated(f"{KEPT}Delete=false, Prune=false"), (3, 6, 1), False),
        (APPLICATION, annotated(f"{KEPT}Prune=confirm"), (2, 13, 0), True),
        (APPLICATION, annotated(f"{KEPT}Prune=false"), (2, 13, 0), False),
        (APPLICATION, annotated(f"{KEPT}Delete=confirm"), (3, 6, 1), True),
        (f"{APPLICATION}    syncOptions: [Prune=confirm]\n", STACK, (3, 6, 1), False),
        (f"{APPLICATION}    syncOptions: [Prune=confirm]\n", annotated(f"{KEPT}Prune=true"), (3, 6, 1), True),
        (APPLICATION.replace("prune: true", ""), STACK, (3, 6, 1), False),
        (APPLICATION.replace("prune: true", "prune: true, enabled: false"), STACK, (3, 6, 1), False),
        (APPLICATION.replace("prune: true", "prune: true, enabled: false"), STACK, (3, 0, 9), True),
        (APPLICATION.replace("automated:", "manual:"), STACK, (3, 6, 1), False),
        (APPLICATION, STACK.replace("true", "false"), (3, 6, 1), False),
        (APPLICATION, f"{STACK}  preview: true\n", (3, 6, 1), False),
        (APPLICATION, STACK.replace("web/", "other/"), (3, 6, 1), False),
        (APPLICATION.replace("path:", "targetRevision: prod, path:"), STACK, (3, 6, 1), False),
        ("", STACK, (3, 6, 1), False),
    ],
)
def test_what_keeps_it(application: str, stack: str, argocd: tuple[int, int, int], wrong: bool) -> None:
    found = told(problems_in(application, stack, argocd=argocd), about="argocd/destroy")
    assert found == (["web/stack.yaml:8:3 argocd/destroy-on-prune"] if wrong else [])


def test_delete_confirm_is_told_from_it() -> None:
    found = problems_in(APPLICATION, annotated(f"{KEPT}Delete=confirm"))
    assert "Delete=confirm guards only the deletion of the Application itself" in found[-1].message


def test_a_patch_may_keep_it() -> None:
    kustomization = "# file: web/kustomization.yaml\nresources: [stack.yaml]\npatches: [{path: p.yaml}]\n"
    assert told(problems_in(APPLICATION, STACK, kustomization), about="argocd/destroy") == []


# Finalizers

BACKGROUND = "resources-finalizer.argocd.argoproj.io/background"


@pytest.mark.parametrize("finalizers", ["", "  finalizers: []\n", "  finalizers: null\n", "  finalizers: [x/y]\n"])
def test_an_application_of_stacks_needs_a_finalizer(finalizers: str) -> None:
    application = APPLICATION.replace(f"  finalizers:\n    - {BACKGROUND}\n", finalizers)
    [found] = [each for each in problems_in(application, STACK) if each.rule == "argocd/finalizer"]
    assert (found.severity, found.position) == ("warning", (5 if finalizers else 3, 3 if finalizers else 1))
    assert found.message == (
        "this Application delivers Stack web and has no finalizer: once it is deleted, the Stack stays behind and "
        "goes on running with nobody in charge"
    )
    assert told(problems_in(application), about="argocd/finalizer") == []
    service = STACK.replace("pulumi.com/v1", "v1").replace("kind: Stack", "kind: Service")
    assert told(problems_in(application, service), about="argocd/finalizer") == []


@pytest.mark.parametrize("finalizer", [BACKGROUND.removesuffix("/background"), BACKGROUND.replace("back", "fore")])
def test_the_foreground_takes_away_what_a_destroying_stack_needs(finalizer: str) -> None:
    application = APPLICATION.replace(BACKGROUND, finalizer)
    [found] = [each for each in problems_in(application, STACK) if each.rule == "argocd/finalizer"]
    assert found.position == (6, 7)
    assert found.edits == (SetValue(("metadata", "finalizers", 0), BACKGROUND),)
    assert "cuts off a run" in found.message
    old = [each for each in problems_in(application, STACK, pko=(1, 16, 0)) if each.rule == "argocd/finalizer"]
    assert old[0].message.endswith("the Stack hangs there for ever")
    kept = STACK.replace("true", "false")
    assert told(problems_in(application, kept), about="argocd/finalizer") == []


SET = """\
# file: sets/all.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators: [{list: {elements: [{a: b}]}}]
  template:
    metadata:
      name: web
    spec:
      source: {repoURL: 'https://github.com/acme/gitops', path: web}
"""


def test_an_application_set_adds_its_own() -> None:
    assert told(problems_in(SET, STACK), about="argocd/finalizer") == []
    foreground = SET.replace("name: web\n", "name: web\n      finalizers: [resources-finalizer.argocd.argoproj.io]\n")
    assert told(problems_in(foreground, STACK), about="argocd/finalizer") == ["sets/all.yaml:9:20 argocd/finalizer"]
    two = foreground.replace("{a: b}", "{a: b}, {a: c}").replace("name: web\n", "name: 'web-{{a}}'\n")
    assert told(problems_in(two, STACK), about="argocd/finalizer") == ["sets/all.yaml:9:20 argocd/finalizer"]


def test_a_patch_may_add_one() -> None:
    application = APPLICATION.replace(f"  finalizers:\n    - {BACKGROUND}\n", "")
    kustomization = "# file: apps/kustomization.yaml\nresources: [web.yaml]\npatches: [{path: p.yaml}]\n"
    assert told(problems_in(application, STACK, kustomization), about="argocd/finalizer") == []


def test_in_a_cluster_the_same_is_said_without_lines() -> None:
    stack = Document("prod", 0, {
        "apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"destroyOnFinalize": True},
    })  # fmt: skip
    application = Document("prod", 0, {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {
            "destination": {"server": "https://kubernetes.default.svc"}, "syncPolicy": {"automated": {"prune": True}},
        },
        "status": {"resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": "shop", "name": "web"}]},
    })  # fmt: skip
    found = [each for each in lint(Repository([], objects=[stack, application])) if each.rule.startswith("argocd/")]
    assert {each.rule for each in found} == {"argocd/destroy-on-prune", "argocd/finalizer", "argocd/link"}
    assert {each.position for each in found} == {None}
    owned = {**application.value["metadata"], "ownerReferences": [{"kind": "ApplicationSet", "name": "all"}]}
    made = Document("prod", 0, {**application.value, "metadata": owned})
    rules = {each.rule for each in lint(Repository([], objects=[stack, made])) if each.rule.startswith("argocd/")}
    assert rules == {"argocd/destroy-on-prune", "argocd/link"}
