"""`argocd/health-key`."""

from __future__ import annotations

import pytest

from manifests.problem import Problem, RenameKey
from support.lint_texts import problems_in

RIGHT = "resource.customizations.health.pulumi.com_Stack"
HEAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  labels: {app.kubernetes.io/part-of: argocd}
"""
BREAKS = "it breaks this Argo CD as a whole"
NEVER = "it is accepted, and never in force"


def found_in(*texts: str, argocd: tuple[int, int, int] = (3, 6, 1)) -> list[Problem]:
    return [each for each in problems_in(*texts, argocd=argocd) if each.rule == "argocd/health-key"]


def config_map(key: str, value: str = "return {}") -> str:
    return f"{HEAD}data:\n  {key}: {value}\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (RIGHT, "return {}"),
        (RIGHT, "''"),
        (RIGHT, "null"),
        ("resource.customizations.health.pulumi.com_Program", "x"),
        ("resource.customizations.health.auto.pulumi.com_Workspace", "x"),
        ("resource.customizations.health.auto.pulumi.com_Update", "x"),
        ("resource.customizations.useOpenLibs.pulumi.com_Stack", "'true'"),
        ("resource.customizations.actions.pulumi.com_Stack", "'discovery.lua: x'"),
        ("resource.customizations.health.all", "x"),
        ("resource.customizations.health.apps_Deployment", "x"),
        ("resource.customizations.health.Service", "x"),
        ("resource.customizations.health.cloudformation.example.com_Stack", "x"),
        ("resource.customizations", "'pulumi.com/Stack: {health.lua: x}'"),
        ("resource.customizations", "'\"*/*\": {health.lua: x}'"),
        ("resource.customizations", "'pulumi.com/*: {health.lua: x}'"),
        ("resource.exclusions", "'[]'"),
        ("resource.links", "'[]'"),
        ("resources", "x"),
        ("timeout.reconciliation", "180s"),
    ],
)
def test_keys_that_are_right(key: str, value: str) -> None:
    assert found_in(config_map(key, value)) == []


@pytest.mark.parametrize(
    ("key", "said", "right"),
    [
        ("resource.customizations.health.pulumi.com-Stack", NEVER, RIGHT),
        ("resource.customizations.health.pulumi.com/Stack", NEVER, RIGHT),
        ("resource.customizations.health.pulumi.com.Stack", NEVER, RIGHT),
        ("resource.customizations.health.pulumi_Stack", NEVER, RIGHT),
        ("resource.customizations.health.pulumi.com_stack", NEVER, RIGHT),
        ("resource.customizations.health.pulumi.com_Stacks", NEVER, RIGHT),
        ("resource.customizations.health.stacks.pulumi.com", NEVER, RIGHT),
        ("resource.customizations.health.auto.pulumi.com_Stack", NEVER, RIGHT),
        ("resource.customizations.health.Stack", NEVER, RIGHT),
        (
            "resource.customizations.health.pulumi.com_Workspace",
            NEVER,
            "resource.customizations.health.auto.pulumi.com_Workspace",
        ),
        ("resource.customization.health.pulumi.com_Stack", "doesn't begin with resource.customizations", RIGHT),
        ("resource.customisations.health.pulumi.com_Stack", "doesn't begin with resource.customizations", RIGHT),
        ("resources.customizations.health.pulumi.com_Stack", "doesn't begin with resource.customizations", RIGHT),
        ("Resource.Customizations.health.pulumi.com_Stack", "doesn't begin with resource.customizations", RIGHT),
        ("resource.customizations.pulumi.com_Stack", BREAKS, RIGHT),
        ("resource.customizations.Health.pulumi.com_Stack", BREAKS, RIGHT),
        ("resource.customizations.healthcheck.pulumi.com_Stack", BREAKS, RIGHT),
        ("resource.customizations.health.pulumi.com_v1_Stack", BREAKS, RIGHT),
        ("resource.customizations.health.pulumi.com_Stack_", BREAKS, RIGHT),
        ("resource.customizations.health.a_b_c", BREAKS, ""),
        ("resource.customizations.health.", BREAKS, ""),
        ("resource.customizations.health", "names no kind", f"{RIGHT}"),
        ("resource.customizationsX.a.b", BREAKS, ""),
    ],
)
def test_keys_that_are_not(key: str, said: str, right: str) -> None:
    [found] = found_in(config_map(key))
    assert (found.severity, found.position) == ("error", (7, 3))
    assert said in found.message
    assert found.edits == ((RenameKey(("data", key), right),) if right else ())
    assert right in found.fix


def test_a_key_that_is_there_already_is_not_made_twice() -> None:
    text = config_map(RIGHT) + "  resource.customizations.health.pulumi.com-Stack: x\n"
    [found] = found_in(text)
    assert (found.position, found.edits) == ((8, 3), ())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("resource.customizations.useOpenLibs.pulumi.com_Stack", "'yes please'", BREAKS),
        ("resource.customizations.useOpenLibs.pulumi.com_Stack", "true", "isn't in quotes, and the API server refuses"),
        (RIGHT, "{a: b}", "holds no text but a mapping"),
        (RIGHT, "[a]", "holds no text but a list"),
        ("resource.customizations", "{pulumi.com/Stack: {health.lua: x}}", "holds no text but a mapping"),
        ("resource.customizations", "'a: ['", BREAKS),
        ("resource.customizations", "'pulumi.com_Stack: {health.lua: x}'", "looks for pulumi.com/Stack"),
        ("resource.customizations", "'pulumi.com/Stack: {health: x}'", "has none of the fields that are read"),
        ("resource.customizations", "'pulumi.com/Stack: null'", BREAKS),
        ("resource.customizations.health", "{pulumi.com_Stack: x}", "names no kind"),
    ],
)
def test_values_that_are_not_right(key: str, value: str, said: str) -> None:
    [found] = found_in(config_map(key, value))
    assert said in found.message
    assert found.position == (7, 3)


def test_a_key_beside_data_is_not_read() -> None:
    [found] = found_in(f"{HEAD}{RIGHT}: x\ndata: {{}}\n")
    assert found.position == (6, 1)
    assert found.message == (f"{RIGHT} is never in force: it stands beside `data`, and Argo CD reads what is in that")
    [found] = found_in(f"{HEAD}binaryData:\n  {RIGHT}: eA==\n")
    assert found.position == (7, 3)


def test_another_config_map_is_not_read() -> None:
    [found] = found_in(config_map(RIGHT).replace("argocd-cm", "argocd-cmd-params-cm"))
    assert "Argo CD reads the ConfigMap argocd-cm and not argocd-cmd-params-cm" in found.message
    assert found.position == (7, 3)


def test_without_its_label_argo_cd_does_not_see_it() -> None:
    text = config_map(RIGHT).replace("argocd}", "x}")
    [found] = found_in(text)
    assert (found.severity, found.position) == ("warning", (5, 3))
    assert found.edits[0].path == ("metadata", "labels")
    kustomized = "# file: kustomization.yaml\nresources: [cm.yaml]\n# file: cm.yaml\n"
    assert found_in(kustomized + text) == []
    assert found_in(text.replace(RIGHT, "url")) == []


# Helm values

VALUES = "# file: argocd/values.yaml\n"
UMBRELLA = "# file: argocd/Chart.yaml\napiVersion: v2\nname: a\ndependencies:\n  - name: argo-cd\n"


@pytest.mark.parametrize(
    "texts",
    [
        (f"{VALUES}configs: {{cm: {{{RIGHT}: x}}}}\n",),
        (f"{VALUES}argo-cd: {{configs: {{cm: {{{RIGHT}: x}}}}}}\n",),
        (UMBRELLA, f"{VALUES}argo-cd: {{configs: {{cm: {{{RIGHT}: x}}}}}}\n"),
        (f"{UMBRELLA}    alias: argocd\n", f"{VALUES}argocd: {{configs: {{cm: {{{RIGHT}: x}}}}}}\n"),
        (
            "# file: argocd/Chart.yaml\nname: argo-cd\ndependencies: [{name: redis-ha}]\n",
            f"{VALUES}configs: {{cm: {{{RIGHT}: x}}}}\n",
        ),
        ("# file: argocd/Chart.yaml\nname: argo-cd\n", f"{VALUES}configs: {{cm: {{{RIGHT}: x}}}}\n"),
        ("# file: argocd/Chart.yaml\nname: mine\n", f"{VALUES}settings: {{{RIGHT}: x}}\n"),
        (f"{VALUES}configs: {{cm: {{resource.customizations.useOpenLibs.pulumi.com_Stack: true}}}}\n",),
        (f"# file: argocd/other.yaml\nsettings: {{{RIGHT}: x}}\n",),
        (
            f"{VALUES}configs: {{cm: {{create: false}}}}\n"
            f"extraObjects: [{{kind: ConfigMap, metadata: {{name: argocd-cm}}, data: {{{RIGHT}: x}}}}]\n",
        ),
    ],
)
def test_values_that_the_chart_reads(texts: tuple[str, ...]) -> None:
    assert found_in(*texts) == []


@pytest.mark.parametrize(
    ("texts", "said", "position"),
    [
        ((f"{VALUES}server:\n  config:\n    {RIGHT}: x\n",), "reads configs.cm and not server.config", (3, 5)),
        ((f"{VALUES}{RIGHT}: x\n",), "reads configs.cm and not the top", (1, 1)),
        ((f"{VALUES}configs:\n  {RIGHT}: x\n",), "reads configs.cm and not configs", (2, 3)),
        (
            (UMBRELLA, f"{VALUES}configs:\n  cm:\n    {RIGHT}: x\n"),
            "reads argo-cd.configs.cm and not configs.cm",
            (3, 5),
        ),
        (
            (f"{UMBRELLA}    alias: argocd\n", f"{VALUES}argo-cd:\n  configs:\n    cm:\n      {RIGHT}: x\n"),
            "reads argocd.configs.cm and not argo-cd.configs.cm",
            (4, 7),
        ),
        (
            (f"{VALUES}configs:\n  cm:\n    create: false\n    {RIGHT}: x\n",),
            "`configs.cm.create` is false, so the chart makes no argocd-cm",
            (4, 5),
        ),
        (
            (
                f"{VALUES}extraObjects:\n  - kind: ConfigMap\n    metadata: {{name: argocd-cm}}\n"
                f"    data:\n      {RIGHT}: x\n",
            ),
            "in a ConfigMap of `extraObjects` beside the chart's own argocd-cm",
            (5, 7),
        ),
        (
            (f"{VALUES}extraObjects:\n  - |\n    metadata: {{name: argocd-cm}}\n    data: {{{RIGHT}: x}}\n",),
            "in a ConfigMap of `extraObjects` beside the chart's own argocd-cm",
            (2, 5),
        ),
        (
            (f"{VALUES}configs:\n  cm:\n    resource:\n      customizations:\n        health: {{}}\n",),
            "the chart wants one key with dots in it",
            (3, 5),
        ),
        (
            (f"{VALUES}configs:\n  cm:\n    resource.customizations.health.pulumi.com-Stack: x\n",),
            NEVER,
            (3, 5),
        ),
        (
            (f"{VALUES}configs:\n  cm:\n    resource.customizations.pulumi.com_Stack: x\n",),
            BREAKS,
            (3, 5),
        ),
    ],
)
def test_values_that_the_chart_does_not_read(texts: tuple[str, ...], said: str, position: tuple[int, int]) -> None:
    [found] = found_in(*texts)
    assert said in found.message
    assert (found.file, found.position) == ("argocd/values.yaml", position)


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: argocd}
spec:
  source:
    chart: argo-cd
    helm:
"""


@pytest.mark.parametrize(
    ("helm", "said"),
    [
        (f"valuesObject: {{configs: {{cm: {{{RIGHT}: x}}}}}}", ""),
        (f"valuesObject: {{argo-cd: {{configs: {{cm: {{{RIGHT}: x}}}}}}}}", "reads configs.cm"),
        (f"values: 'configs: {{cm: {{{RIGHT}: x}}}}'", ""),
        (f"values: 'server: {{config: {{{RIGHT}: x}}}}'", "reads configs.cm and not server.config"),
        ("values: '{{'", ""),
        (r"parameters: [{name: 'configs.cm.resource\.customizations\.health\.pulumi\.com_Stack', value: x}]", ""),
        (f"parameters: [{{name: configs.cm.{RIGHT}, value: x}}]", "Helm takes its dots for steps"),
        (
            r"parameters: [{name: 'server.config.resource\.customizations\.health\.pulumi\.com_Stack'}]",
            "reads configs.cm",
        ),
        (r"parameters: [{name: 'configs.cm.resource\.customizations\.pulumi\.com_Stack', value: x}, 3, {}]", BREAKS),
    ],
)
def test_values_in_an_application(helm: str, said: str) -> None:
    found = found_in(f"{APPLICATION}      {helm}\n")
    assert len(found) == bool(said)
    assert said in "".join(each.message for each in found)
    other = f"{APPLICATION}      {helm}\n".replace("chart: argo-cd", "chart: other")
    assert found_in(other) == []


# The operator's resource, and Kustomize

OPERATOR = """\
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: argocd}
spec:
"""


@pytest.mark.parametrize(
    ("spec", "said", "position"),
    [
        ("resourceHealthChecks: [{group: pulumi.com, kind: Stack, check: x}]", "", None),
        ("resourceHealthChecks: [{group: apps, kind: Deployment, check: x}, 3, {}]", "", None),
        ("resourceHealthChecks: [{group: pulumi.com, kind: stack, check: x}]", NEVER, (5, 46)),
        ("resourceHealthChecks: [{group: pulumi.com/v1, kind: Stack, check: x}]", BREAKS, (5, 27)),
        ("resourceHealthChecks: [{kind: Stack, check: x}]", NEVER, (5, 27)),
        (f"extraConfig: {{{RIGHT}: x}}", "", None),
        ("extraConfig: {resource.customizations.health.pulumi.com-Stack: x}", NEVER, (5, 17)),
        ("resourceCustomizations: x", "doesn't read spec.resourceCustomizations since 0.8", (5, 3)),
    ],
)
def test_the_operators_resource(spec: str, said: str, position: tuple[int, int] | None) -> None:
    found = found_in(f"{OPERATOR}  {spec}\n")
    assert [each.position for each in found] == ([position] if position else [])
    assert said in "".join(each.message for each in found)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (f"patches: [{{target: {{name: argocd-cm}}, patch: 'data: {{{RIGHT}: x}}'}}]", ""),
        (f"patches: [{{target: {{name: argocd-cm}}, patch: '{RIGHT}: x'}}]", "it stands beside `data`"),
        ("patches: [{patch: 'data: {resource.customizations.health.pulumi.com-Stack: x}'}, {patch: '{'}, 3]", NEVER),
        (f"configMapGenerator: [{{name: argocd-cm, files: [{RIGHT}=x.lua]}}]", ""),
        ("configMapGenerator: [{name: argocd-cm, files: [a/resource.customizations.pulumi.com_Stack]}]", BREAKS),
        ("configMapGenerator: [{name: argocd-cm, literals: [resource.customizations.health=x]}]", "names no kind"),
        (f"helmCharts: [{{name: argo-cd, valuesInline: {{cm: {{{RIGHT}: x}}}}}}]", "reads configs.cm and not cm"),
    ],
)
def test_kustomizations(fields: str, said: str) -> None:
    found = found_in(f"# file: argocd/kustomization.yaml\n{fields}\n")
    assert len(found) == bool(said)
    assert said in "".join(each.message for each in found)


def test_the_place_where_an_umbrella_chart_reads_it_is_named() -> None:
    chart = "# file: argocd/Chart.yaml\nname: argocd\ndependencies: [{name: argo-cd}]\n"
    (found,) = found_in(chart, f"# file: argocd/values.yaml\nconfigs:\n  cm:\n    {RIGHT}: x\n")
    assert "`argo-cd.configs.cm`" in found.fix


def test_a_release_of_flux() -> None:
    text = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: argocd}\n"
    spec = f"spec: {{chart: {{spec: {{chart: argo-cd}}}}, values: {{PLACE: {{cm: {{{RIGHT}: x}}}}}}}}\n"
    assert found_in(text + spec.replace("PLACE", "configs")) == []
    assert len(found_in(text + spec.replace("PLACE", "config"))) == 1


OLD_VALUES = "# file: argocd/values.yaml\nserver:\n  config:\n    resource.customizations.health.apps_Deployment: x\n"


def test_an_old_chart_reads_what_a_new_one_does_not() -> None:
    [found] = [each for each in problems_in(OLD_VALUES) if each.rule == "argocd/health-key"]
    assert (
        found.fix
        == "Write `resource.customizations.health.apps_Deployment` under `configs.cm`, where the chart reads it."
    )
    assert found.object == ""
    chart = "# file: argocd/Chart.yaml\nname: argocd\ndependencies: [{{name: argo-cd, version: {}}}]\n"
    under = OLD_VALUES.replace("server:\n  config:\n    ", "argo-cd:\n  server:\n    config:\n      ")
    assert "argocd/health-key" not in {each.rule for each in problems_in(under, chart.format("5.51.6"))}
    assert "argocd/health-key" in {each.rule for each in problems_in(under, chart.format("^9.1.0"))}


PATCHED = "# file: argocd/kustomization.yaml\npatches: [{path: p.yaml}]\n# file: argocd/p.yaml\n"
TARGETED = PATCHED.replace("path:", "target: {name: argocd-cm}, path:")
NAMED = "kind: ConfigMap\nmetadata: {name: argocd-cm}\n"
BAD = "resource.customizations.pulumi.com_Stack"


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        (f"{PATCHED}{NAMED}data:\n  {BAD}: x\n", BREAKS, (4, 3)),
        (f"{PATCHED}{NAMED}{RIGHT}: x\n", "it stands beside `data`", (3, 1)),
        (f"{PATCHED}{NAMED}data: {{{RIGHT}: x}}\n", "", None),
        (f"{PATCHED}kind: ConfigMap\nmetadata: {{name: other}}\ndata: {{{BAD}: x}}\n", "", None),
        (f"{TARGETED}data: {{{BAD}: x}}\n", BREAKS, (1, 8)),
        (f"{TARGETED}- op: add\n  path: /data/{BAD}\n  value: x\n", BREAKS, (2, 3)),
        (f"{TARGETED}- op: add\n  path: /data\n  value:\n    {BAD}: x\n", BREAKS, (4, 5)),
        (f"{TARGETED}- {{op: add, path: /data/{RIGHT.replace('_', '~1')}, value: x}}\n", NEVER, (1, 13)),
        (f"{TARGETED}- {{op: remove, path: /data/{BAD}}}\n- 3\n- {{op: add, path: 3}}\n", "", None),
        (f"{TARGETED.replace('argocd-cm', 'other')}- {{op: add, path: /data/{BAD}, value: x}}\n", "", None),
        (f"{TARGETED}# customization\n{{", "", None),
    ],
)  # fmt: skip
def test_patches_in_files_of_their_own(text: str, said: str, position: tuple[int, int] | None) -> None:
    found = [each for each in found_in(text) if each.file == "argocd/p.yaml"]
    assert [each.position for each in found] == ([position] if position else [])
    assert said in "".join(each.message for each in found)


def test_a_json_patch_in_the_kustomization_is_one_too() -> None:
    patch = f"[{{op: add, path: /data/{BAD}, value: x}}]"
    for word in ("patches", "patchesJson6902"):
        fields = f"{word}:\n- target: {{name: argocd-cm}}\n  patch: '{patch}'\n"
        (found,) = found_in(f"# file: argocd/kustomization.yaml\n{fields}")
        assert (found.position, BREAKS in found.message) == ((3, 3), True)
