"""What may be there although no document says so."""

from __future__ import annotations

import pytest

from manifests.reading.source_file import SourceFile, parse_source
from manifests.references.unread_files import UnreadFiles
from manifests.repository import Repository


def unread(name: str, text: str) -> UnreadFiles:
    return UnreadFiles(Repository([parse_source(name, text)]))


def test_kinds_behind_what_is_not_yaml_may_be_there() -> None:
    found = unread("a.yaml", "kind: Stack\n---\nkind: Secret\nmetadata: {{ x }}\n---\nkind: 'Program'\n")
    assert found.may_hold("Program")
    assert found.may_hold("Role", "Secret")
    assert not found.may_hold("ServiceAccount")
    assert not unread("a.yaml", "kind: Stack\n").may_hold("Stack")


SOURCE = "{chart: platform, helm: %s}"


@pytest.mark.parametrize(
    "text",
    [
        "serviceAccount: {name: pulumi}\n",
        "accounts: {pulumi: {}}\n",
        "accounts: [pulumi]\n",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {values: {name: pulumi}}\n",
        *(
            f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {{source: {SOURCE % helm}}}\n"
            for helm in (
                "{values: 'account: pulumi'}", "{valuesObject: {a: [pulumi]}}",
                "{parameters: [{name: a, value: pulumi}]}",
            )
        ),
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
        f"spec: {{sources: [{{}}, {SOURCE % '{valuesObject: {a: pulumi}}'}]}}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n"
        f"spec: {{template: {{spec: {{source: {SOURCE % '{valuesObject: {a: pulumi}}'}}}}}}}\n",
    ],
)  # fmt: skip
def test_values_of_charts_may_name_what_the_chart_makes(text: str) -> None:
    found = unread("values.yaml", text)
    assert found.may_be_in_values("pulumi")
    assert not found.may_be_in_values("pulum")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kustomization.yaml", "resources: [pulumi]\n"),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pulumi}\n"),
        ("a.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: pulumi}\n"),
    ],
)
def test_other_documents_are_no_values(name: str, text: str) -> None:
    assert not unread(name, text).may_be_in_values("pulumi")


def test_in_a_file_that_was_skipped_anything_may_be() -> None:
    skipped = SourceFile("a.yaml", "", skipped="git-crypt has encrypted it")
    assert UnreadFiles(Repository([skipped])).may_hold("Secret")
