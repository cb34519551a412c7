"""`argocd/sync-option` and `argocd/validate-false`."""

from __future__ import annotations

import pytest

from manifests.problem import RenameKey, SetValue
from support.lint_texts import problems_in, told

ANNOTATION = "argocd.argoproj.io/sync-options"
STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  annotations:
    argocd.argoproj.io/sync-options: {}
"""
APPLICATION = """\
# file: apps/web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web}}
spec:
  source: {{repoURL: 'https://github.com/acme/gitops', path: web}}
  syncPolicy:
    syncOptions:
      - CreateNamespace=true
      - {}
"""


@pytest.mark.parametrize(
    "options",
    [
        "Prune=false", "Prune=confirm,Delete=confirm", "'Replace=true , Force=true'", "Validate=true", "''", "3",
        "ServerSideApply=true,SkipDryRunOnMissingResource=true,PruneLast=true,ClientSideApplyMigration=false",
    ],
)  # fmt: skip
def test_options_of_a_resource_that_are_right(options: str) -> None:
    assert told(problems_in(STACK.format(options)), about="argocd/sync-option") == []


@pytest.mark.parametrize(
    ("options", "said", "fix"),
    [
        ("prune=false", "'prune=false' isn't Prune=false: Argo CD compares letter by letter", "`Prune=false`"),
        ("Prune=False", "'Prune=False' isn't Prune=false", "`Prune=false`"),
        ("Prune = false", "'Prune = false' isn't Prune=false", "`Prune=false`"),
        ("Prune", "the sync option Prune needs a value", "`Prune=false` or `Prune=confirm` or `Prune=true`"),
        ("Prune=never", "the sync option Prune has no value 'never'", "`Prune=false` or"),
        ("Purne=false", "Argo CD knows no sync option 'Purne'", "`Prune=false` or"),
        ("Wait=true", "Argo CD knows no sync option 'Wait'", "known are CreateNamespace, Prune"),
        ("CreateNamespace=true", "CreateNamespace is an option of Applications", ""),
    ],
)
def test_options_of_a_resource_that_are_not(options: str, said: str, fix: str) -> None:
    [found] = [each for each in problems_in(STACK.format(options)) if each.rule == "argocd/sync-option"]
    assert found.position == (6, 5)
    assert found.message.startswith(said)
    assert "passes over it without a word" in found.message
    assert fix in found.fix


def test_a_spelling_is_mended_where_all_of_it_can_be() -> None:
    path = ("metadata", "annotations", ANNOTATION)
    [found] = [each for each in problems_in(STACK.format("prune=false, Delete=false")) if "sync" in each.rule]
    assert found.edits == (SetValue(path, "Prune=false,Delete=false"),)
    [found] = [each for each in problems_in(STACK.format("prune=false,Delete=never")) if "prune" in each.message]
    assert found.edits == ()


def test_the_annotation_itself_may_be_misspelt() -> None:
    [found] = [
        each for each in problems_in(STACK.format("Prune=false").replace("options", "option")) if "sync" in each.rule
    ]
    assert found.edits == (RenameKey(("metadata", "annotations", ANNOTATION[:-1]), ANNOTATION),)


@pytest.mark.parametrize(("argocd", "wrong"), [((2, 13, 0), True), ((2, 14, 0), False)])
def test_confirming_is_known_since_2_14(argocd: tuple[int, int, int], wrong: bool) -> None:
    found = told(problems_in(STACK.format("Prune=confirm"), argocd=argocd), about="argocd/sync-option")
    assert found == (["example.yaml:6:5 argocd/sync-option"] if wrong else [])


@pytest.mark.parametrize(
    "option",
    [
        "Validate=false", "PrunePropagationPolicy=background", "RespectIgnoreDifferences=true", "Prune=confirm",
        "FailOnSharedResource=true", "ApplyOutOfSyncOnly=true", "Replace=false", "'{{option}}'", "null", "3", "[]",
    ],
)  # fmt: skip
def test_options_of_an_application_that_are_right(option: str) -> None:
    assert told(problems_in(APPLICATION.format(option)), about="argocd/sync-option") == []


@pytest.mark.parametrize(
    ("option", "right"),
    [
        ("createNamespace=true", "CreateNamespace=true"),
        ("CreateNamespace=True", "CreateNamespace=true"),
        ("'CreateNamespace=true '", "CreateNamespace=true"),
        ("CreateNamespace: true", "CreateNamespace=true"),
        ("prunepropagationpolicy=Foreground", "PrunePropagationPolicy=foreground"),
        ("PrunePropagationPolicy=later", None),
        ("Retry=true", None),
        ("Other: true", None),
    ],
)
def test_options_of_an_application_that_are_not(option: str, right: str | None) -> None:
    [found] = [each for each in problems_in(APPLICATION.format(option)) if each.rule == "argocd/sync-option"]
    assert found.position == (9, 9)
    path = ("spec", "syncPolicy", "syncOptions", 1)
    assert found.edits == ((SetValue(path, right),) if right else ())


def test_a_set_is_said_once() -> None:
    text = """\
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators: [{list: {elements: [{a: b}, {a: c}]}}]
      template:
        metadata: {name: "{{a}}"}
        spec:
          syncPolicy: {syncOptions: [createNamespace=true]}
    """
    assert told(problems_in(text)) == ["example.yaml:9:34 argocd/sync-option"]


def test_validation_is_switched_off_for_a_stack() -> None:
    assert told(problems_in(STACK.format("Validate=false")), about="argocd/valid") == [
        "example.yaml:6:5 argocd/validate-false"
    ]
    other = STACK.format("Validate=false").replace("pulumi.com/v1", "v1").replace("Stack", "Service")
    assert told(problems_in(other)) == []


def test_validation_is_switched_off_for_what_an_application_delivers() -> None:
    application = APPLICATION.format("Validate=false")
    stack = STACK.format("''")
    assert told(problems_in(application, f"# file: web/stack.yaml\n{stack}"), about="argocd/valid") == [
        "apps/web.yaml:9:9 argocd/validate-false"
    ]
    assert told(problems_in(application, f"# file: other/stack.yaml\n{stack}"), about="argocd/valid") == []
