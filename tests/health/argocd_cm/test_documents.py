"""What we print for each owner is what we read back, and what others write down is read the same way."""

from __future__ import annotations

import pytest
import yaml

from health.argocd_cm.documents import settings_documents
from health.argocd_cm.settings import read_settings
from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS, config_map_key
from health.checks import source
from health.go.yaml import YamlError, first

SCRIPTS = {kind: source(*kind.split("/")) for kind in KINDS}


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "lua"])
@pytest.mark.parametrize("kinds", [KINDS[:1], KINDS])
def test_what_is_printed_is_read_back(form: str, kinds: tuple[str, ...]) -> None:
    scripts = {kind: SCRIPTS[kind] for kind in kinds}
    text = FORMATS[form](scripts)
    (place,) = settings_documents(first(text))
    assert place.data == {config_map_key(kind): script for kind, script in scripts.items()}
    assert yaml.safe_load(text) == first(text)
    assert read_settings(place.data).problems == ()


def test_lua_is_printed_as_it_is() -> None:
    assert FORMATS["lua"]({KINDS[0]: SCRIPTS[KINDS[0]]}) == SCRIPTS[KINDS[0]]


@pytest.mark.parametrize(
    ("text", "what", "data"),
    [
        ("kind: ConfigMap\ndata: {resource.x: 'y'}", "ConfigMap", {"resource.x": "y"}),
        ("data: {resource.x: true}", "patch of a ConfigMap", {"resource.x": "true"}),
        ("configs: {cm: {resource.x: true, number: 5, none: ~}}", "Helm values", {"resource.x": "true", "number": "5"}),
        ("argo-cd: {configs: {cm: {a: b}}}", "Helm values", {"a": "b"}),
        (
            "kind: ArgoCD\nspec: {resourceHealthChecks: [{group: a.b, kind: C, check: x}, {kind: Pod, check: z}, 3]}",
            "ArgoCD resource",
            {"resource.customizations.health.a.b_C": "x", "resource.customizations.health.Pod": "z"},
        ),
        (
            "kind: ArgoCD\nspec: {resourceHealthChecks: [{group: a, kind: B, check: x}],"
            " extraConfig: {resource.customizations.health.a_B: wins}}",
            "ArgoCD resource",
            {"resource.customizations.health.a_B": "wins"},
        ),
        (
            "patches: [{patch: 'data: {resource.x: z}'}, {path: a}]",
            "patch of a kustomization",
            {"resource.x": "z"},
        ),
    ],
)
def test_where_keys_of_argocd_cm_are_written_down(text: str, what: str, data: dict[str, str]) -> None:
    (place,) = settings_documents(first(text))
    assert (place.what, dict(place.data)) == (what, data)


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata: {other: x}",
        "kind: ConfigMap",
        "kind: Stack\ndata: {resource.x: y}",
        "kind: ArgoCD",
        "a: {configs: 3}",
        "patches: x",
        "{}",
    ],
)
def test_what_holds_no_settings_has_no_place(text: str) -> None:
    assert [place for place in settings_documents(first(text)) if place.data] == []


def test_a_patch_that_is_no_yaml_is_an_error() -> None:
    with pytest.raises(YamlError):
        list(settings_documents({"patches": [{"patch": "[: x"}]}))
