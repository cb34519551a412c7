"""`argocd/link`."""

from __future__ import annotations

import pytest

from manifests.problem import RenameKey, SetValue
from support.lint_texts import problems_in, told

KEY = "link.argocd.argoproj.io/pulumi"
STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  annotations:
    {}: {}
spec:
  stack: acme/web/dev
"""


def links(text: str) -> list[str]:
    return told(problems_in(text), about="argocd/link")


@pytest.mark.parametrize(
    "value",
    ["https://app.pulumi.com/acme", "http://grafana.example.com", "Pulumi Cloud|https://app.pulumi.com/acme", "'|https://a.b'",
     "HTTPS://app.pulumi.com/acme", "https://a.b/c?d=e#f"],
)  # fmt: skip
def test_links_that_are_shown(value: str) -> None:
    assert links(STACK.format(KEY, value)) == []


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("app.pulumi.com/acme/web/dev", "https://app.pulumi.com/acme/web/dev"),
        ("Title|app.pulumi.com/acme", "Title|https://app.pulumi.com/acme"),
        ("Title | https://app.pulumi.com/acme", "Title|https://app.pulumi.com/acme"),
        ("https://a.b|Title", ""),
        ("a|b|https://app.pulumi.com", ""),
        ("javascript:alert(1)", ""),
        ("ftp://a.b", ""),
        ("/relative", ""),
        ("https://", ""),
        ("'https://[a.b'", ""),
        ("''", ""),
        ("null", ""),
    ],
)
def test_links_that_are_not(value: str, right: str) -> None:
    [found] = [each for each in problems_in(STACK.format(KEY, value)) if each.rule == "argocd/link"]
    assert (found.severity, found.position) == ("warning", (6, 5))
    assert found.message.endswith("Argo CD's UI doesn't show this link")
    assert found.edits == ((SetValue(("metadata", "annotations", KEY), right),) if right else ())


def test_a_value_that_is_no_text_is_refused_anyway() -> None:
    at_the_link = [each.rule for each in problems_in(STACK.format(KEY, "3")) if each.position == (6, 5)]
    assert at_the_link == ["stack/wrong-type"]


@pytest.mark.parametrize(
    "key",
    ["link.argoproj.io/pulumi", "links.argocd.argoproj.io/pulumi", "link.argo-cd.argoproj.io/pulumi",
     "link.argocd.argoproj.io", "link.argocd.argoproj.io/"],
)  # fmt: skip
def test_keys_that_argo_cd_does_not_know(key: str) -> None:
    [found] = [each for each in problems_in(STACK.format(key, "https://a.b")) if each.rule == "argocd/link"]
    assert found.position == (6, 5)
    assert found.edits == (RenameKey(("metadata", "annotations", key), KEY),)


def test_other_annotations_are_left_alone() -> None:
    text = STACK.format("linkerd.io/inject", "enabled").replace("pulumi.com/v1", "v1").replace("Stack", "Service")
    assert links(text) == []


def test_a_password_is_not_repeated() -> None:
    [found] = [each for each in problems_in(STACK.format(KEY, "ftp://bot:hunter2@a.b")) if each.rule == "argocd/link"]
    assert "hunter2" not in found.message + found.fix
    assert "//***@a.b" in found.message


def test_a_stack_without_one_is_a_note() -> None:
    [found] = [each for each in problems_in(STACK.format("a", "b")) if each.rule == "argocd/link"]
    assert (found.severity, found.position) == ("note", (5, 3))
    assert found.fix == f"Annotate it with `{KEY}: Pulumi Cloud|https://app.pulumi.com/acme/web/dev`."
    bare = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata:\n  name: web\nspec: {stack: dev}\n"
    [found] = [each for each in problems_in(bare) if each.rule == "argocd/link"]
    assert found.position == (3, 1)
    assert "ORG/PROJECT/STACK" in found.fix


@pytest.mark.parametrize(
    "text",
    [
        STACK.format("a", "b") + "  backend: s3://bucket\n",
        STACK.format("a", "b") + "  envRefs: {PULUMI_BACKEND_URL: {type: Literal, literal: {value: 's3://bucket'}}}\n",
        STACK.format("a", "b") + "  envRefs: {PULUMI_BACKEND_URL: {type: Secret, secret: {name: backend, key: url}}}\n",
        STACK.format("a", "b") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n"
        "data: {resource.links: '[{url: \"{{.resource.status.lastUpdate.permalink}}\"}]'}\n",
        "# file: kustomization.yaml\nresources: [a.yaml]\ncommonAnnotations: {a: b}\n# file: a.yaml\n"
        + STACK.format("a", "b"),
    ],
)
def test_where_there_is_nothing_to_link_to_or_another_way_none_is_missed(text: str) -> None:
    assert links(text) == []
