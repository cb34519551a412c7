"""`argocd/wave-order`, `argocd/wave-deadlock`, `argocd/wave-without-check`."""

from __future__ import annotations

import pytest

from support.lint_texts import problems_in, told

OLD = (3, 5, 4)
KEY = "resource.customizations.health.pulumi.com_Stack"


def document(head: str, wave: str = "", name: str = "web", rest: str = "", namespace: str = "shop") -> str:
    version, kind = head.rsplit("/", 1)
    annotation = f'\n    argocd.argoproj.io/sync-wave: "{wave}"' if wave else " {}"
    return f"""\
apiVersion: {version}
kind: {kind}
metadata:
  name: {name}
  namespace: {namespace}
  annotations:{annotation}
{rest}---
"""


def stack(wave: str = "", name: str = "web", spec: str = "") -> str:
    return document("pulumi.com/v1/Stack", wave, name, f"spec: {{stack: acme/{name}/dev, {spec}}}\n")


ACCOUNT = "v1/ServiceAccount"
BINDING = """\
roleRef: {kind: ClusterRole, name: system:auth-delegator}
subjects: [{kind: ServiceAccount, name: pulumi, namespace: shop}]
"""
RBAC = "rbac.authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        ("serviceAccountName: pulumi", document(ACCOUNT, "1", "pulumi")),
        ("workspaceTemplate: {spec: {serviceAccountName: pulumi}}", document(ACCOUNT, "1", "pulumi")),
        ("serviceAccountName: pulumi", document(f"{RBAC}/ClusterRoleBinding", "1", "a", BINDING)),
        ("", document(f"{RBAC}/ClusterRoleBinding", "1", "a", BINDING.replace("pulumi", "default"))),
        (
            "",
            document(
                f"{RBAC}/ClusterRoleBinding", "1", "a",
                BINDING.replace("ServiceAccount", "Group").replace("pulumi", "system:serviceaccounts:shop"),
            ),
        ),
        ("programRef: {name: web}", document("pulumi.com/v1/Program", "1")),
        (
            "fluxSource: {sourceRef: {apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, name: web}}",
            document("source.toolkit.fluxcd.io/v1beta2/GitRepository", "1"),
        ),
        ("envRefs: {A: {type: Secret, secret: {name: s, key: k}}}", document("v1/Secret", "1", "s")),
        ("secretsRef: {A: {type: Secret, secret: {name: s, key: k}}}", document("v1/Secret", "1", "s")),
        (
            "gitAuth: {basicAuth: {password: {type: Secret, secret: {name: s, key: k}}}}",
            document("v1/Secret", "1", "s"),
        ),
        ("envSecrets: [s]", document("v1/Secret", "1", "s")),
        ("accessTokenSecret: s", document("v1/Secret", "1", "s")),
        ("gitAuthSecret: s", document("v1/Secret", "1", "s")),
        ("workspaceTemplate: {spec: {envFrom: [{secretRef: {name: s}}]}}", document("v1/Secret", "1", "s")),
        (
            "workspaceTemplate: {spec: {env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}}",
            document("v1/Secret", "1", "s"),
        ),
        ("envSecrets: [s]", document("bitnami.com/v1alpha1/SealedSecret", "1", "s")),
        (
            "envSecrets: [s]",
            document("external-secrets.io/v1/ExternalSecret", "1", "x", "spec: {target: {name: s}}\n"),
        ),
    ],
)  # fmt: skip
def test_a_stack_comes_after_what_it_needs(spec: str, needed: str) -> None:
    wrong = stack("0", spec=spec) + needed
    assert told(problems_in(wrong), about="argocd/wave") == ["example.yaml:7:5 argocd/wave-order"]
    for right in (stack("1", spec=spec) + needed, stack("2", spec=spec) + needed):
        assert told(problems_in(right), about="argocd/wave") == []


def binding(wave: str, name: str, role: str = "system:auth-delegator", subject: str = "") -> str:
    rest = BINDING.replace("system:auth-delegator", role)
    if subject:
        rest = rest.replace("kind: ServiceAccount, name: pulumi", f"kind: Group, name: '{subject}'")
    return document(f"{RBAC}/ClusterRoleBinding", wave, name, rest)


@pytest.mark.parametrize("subject", ["", "system:serviceaccounts", "system:serviceaccounts:shop"])
def test_a_second_binding_may_come_later(subject: str) -> None:
    early, late = binding("0", "a"), binding("5", "b", subject=subject)
    text = stack("0", spec="serviceAccountName: pulumi") + document(ACCOUNT, "0", "pulumi")
    assert told(problems_in(text + early + late), about="argocd/wave") == []
    assert told(problems_in(text + binding("0", "a", "unknown") + late), about="argocd/wave") == []
    assert told(problems_in(text + late), about="argocd/wave") == ["example.yaml:7:5 argocd/wave-order"]
    edit = problems_in(text + binding("0", "a", "edit") + late)
    assert told(edit, about="argocd/wave") == ["example.yaml:7:5 argocd/wave-order"]


@pytest.mark.parametrize("argocd", [(3, 6, 1), OLD])
def test_other_rights_that_come_later_may_be_needed(argocd: tuple[int, int, int]) -> None:
    text = stack("0", spec="serviceAccountName: pulumi") + binding("0", "a") + binding("5", "b", "edit")
    [found] = [each for each in problems_in(text, argocd=argocd) if each.rule == "argocd/wave-order"]
    assert (found.severity, found.position) == ("warning", (7, 5))
    assert found.message.startswith(
        "wave 0 is applied before rights of this Stack's service account: ClusterRoleBinding shop/b (wave 5); if its "
    )
    assert "ever" not in found.message


def test_without_a_wave_the_place_is_that_of_the_annotations() -> None:
    text = stack(spec="serviceAccountName: pulumi") + document(ACCOUNT, "1", "pulumi")
    [found] = [each for each in problems_in(text) if each.rule == "argocd/wave-order"]
    assert found.position == (6, 3)
    assert "wave 0 is applied before what this Stack needs: ServiceAccount shop/pulumi (wave 1)" in found.message
    assert "neither ever ends" in found.message
    assert found.fix.startswith('Write `argocd.argoproj.io/sync-wave: "1"` on the Stack')


def test_a_wave_that_is_no_number_is_said_alone() -> None:
    needed = document(ACCOUNT, "1", "pulumi")
    text = stack("first", spec="serviceAccountName: pulumi") + needed
    assert told(problems_in(text, argocd=OLD), about="argocd/wave") == ["example.yaml:7:5 argocd/wave-value"]
    unquoted = stack("2", spec="serviceAccountName: pulumi").replace('"', "") + needed
    assert told(problems_in(unquoted, argocd=OLD), about="argocd/wave") == ["example.yaml:7:5 argocd/wave-value"]


def test_all_that_comes_too_late_is_one_finding() -> None:
    spec = "serviceAccountName: pulumi, programRef: {name: web}"
    text = stack("1", spec=spec) + document(ACCOUNT, "2", "pulumi") + document("pulumi.com/v1/Program", "3")
    [found] = [each for each in problems_in(text) if each.rule == "argocd/wave-order"]
    assert "ServiceAccount shop/pulumi (wave 2), Program shop/web (wave 3)" in found.message
    assert '"3"' in found.fix


@pytest.mark.parametrize(
    "text",
    [
        stack("0", spec="serviceAccountName: pulumi") + document(ACCOUNT, "1", "other"),
        stack("0", spec="serviceAccountName: pulumi") + document(ACCOUNT, "1", "pulumi", namespace="data"),
        stack("0", spec="serviceAccountName: pulumi") + document(ACCOUNT, "first", "pulumi"),
        stack("0", spec="serviceAccountName: pulumi")
        + document(ACCOUNT, "1", "pulumi")
        + document(ACCOUNT, "0", "pulumi"),
        stack("0", spec="serviceAccountName: pulumi")
        + document(ACCOUNT, '1"\n    argocd.argoproj.io/hook: "PreSync', "pulumi"),
        stack("0", spec="serviceAccountName: pulumi")
        + document(ACCOUNT, '1"\n    argocd.argoproj.io/hook: "PostSync', "pulumi"),
        stack("0", spec="serviceAccountName: pulumi")
        + document(ACCOUNT, '1"\n    helm.sh/hook: "pre-install', "pulumi"),
        stack("0", spec="workspaceTemplate: {spec: {envFrom: [{secretRef: {name: s, optional: true}}]}}")
        + document("v1/Secret", "1", "s"),
        stack("0", spec="envRefs: {A: {type: Literal, secret: {name: s}}}") + document("v1/Secret", "1", "s"),
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert told(problems_in(text), about="argocd/wave-order") == []


APPLICATIONS = """\
# file: apps/one.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec: {source: {repoURL: https://github.com/acme/gitops, path: one}, destination: {namespace: shop}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: two, namespace: argocd}
spec: {source: {repoURL: https://github.com/acme/gitops, path: two}, destination: {namespace: shop}}
"""


def test_waves_are_of_one_application() -> None:
    one = "# file: one/stack.yaml\n" + stack("0", spec="serviceAccountName: pulumi")
    account = document(ACCOUNT, "1", "pulumi")
    apart = problems_in(APPLICATIONS, one, f"# file: two/account.yaml\n{account}")
    assert told(apart, about="argocd/wave") == []
    together = problems_in(APPLICATIONS, one, f"# file: one/account.yaml\n{account}")
    assert told(together, about="argocd/wave") == ["one/stack.yaml:7:5 argocd/wave-order"]


def test_a_wave_that_kustomize_may_change_is_not_known() -> None:
    text = stack("0", spec="serviceAccountName: pulumi") + document(ACCOUNT, "1", "pulumi")
    for fields in ("commonAnnotations: {a: b}", "patches: [{patch: x, target: {kind: Stack}}]"):
        kustomization = f"# file: kustomization.yaml\nresources: [all.yaml]\n{fields}\n"
        assert told(problems_in(kustomization, f"# file: all.yaml\n{text}"), about="argocd/wave") == []


# Prerequisites


def after(name: str) -> str:
    return f"prerequisites: [{{name: {name}}}]"


def test_a_prerequisite_in_a_later_wave_never_comes() -> None:
    text = stack("1", "web", after("network")) + stack("2", "network")
    [found] = [each for each in problems_in(text) if each.rule.startswith("argocd/wave")]
    assert (found.rule, found.position) == ("argocd/wave-deadlock", (8, 46))
    assert found.message == (
        "this Stack is in wave 1 and waits for Stack shop/network, which comes in wave 2: the sync never gets to wave "
        "2, since wave 1 isn't healthy before that has run"
    )
    [found] = [each for each in problems_in(text, argocd=OLD) if each.rule == "argocd/wave-deadlock"]
    assert found.message.endswith("Argo CD doesn't wait, and nobody keeps the order of the waves")


@pytest.mark.parametrize(
    "text",
    [
        stack("2", "web", after("network")) + stack("1", "network"),
        stack("1", "web", after("network")) + stack("1", "network"),
        stack("1", "web", after("web")),
        stack("1", "web", after("network")) + stack("2", "network").replace("namespace: shop", "namespace: data"),
        stack("1", "web", after("network")),
        stack("1", "web", "prerequisites: [3, {name: 3}, null]") + stack("2", "network"),
    ],
)
def test_other_prerequisites_are_no_deadlock(text: str) -> None:
    assert told(problems_in(text), about="argocd/wave-deadlock") == []


# Without a check

TWO = stack("1", "network") + stack("2", "web")


def test_without_a_check_waves_do_not_wait() -> None:
    [found] = [each for each in problems_in(TWO, argocd=OLD) if each.rule == "argocd/wave-without-check"]
    assert (found.severity, found.position, found.object) == ("warning", (7, 5), "Stack shop/network")
    assert found.message.startswith(
        "Stack shop/web comes in wave 2, behind this Stack in wave 1, but Argo CD 3.5.4 has no health check for Stacks"
    )
    assert told(problems_in(TWO), about="argocd/wave") == []


@pytest.mark.parametrize(
    "text",
    [
        stack("1", "network") + stack("1", "web"),
        stack("2", "network") + document("v1/ConfigMap", "1"),
        stack("1", "network") + stack("2", "web", after("network")),
        stack("1", "network") + document("v1/ConfigMap", '2"\n    argocd.argoproj.io/hook: "PreSync'),
    ],
)
def test_where_nothing_relies_on_it_no_check_is_missed(text: str) -> None:
    assert told(problems_in(text, argocd=OLD), about="argocd/wave") == []


def test_of_a_deadlock_it_is_not_said_as_well() -> None:
    text = stack("0", "web", after("network")) + stack("1", "network")
    assert told(problems_in(text, argocd=OLD), about="argocd/wave") == ["example.yaml:8:46 argocd/wave-deadlock"]


def test_anything_in_a_later_wave_relies_on_it() -> None:
    text = stack("", "network") + document("apps/v1/Deployment", "1")
    assert told(problems_in(text, argocd=OLD), about="argocd/wave") == ["example.yaml:6:3 argocd/wave-without-check"]


BLOCK = "resource.customizations: 'pulumi.com/*: {health.lua: x}'"
CONFIG_MAP = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: argocd-cm}}\ndata: {{{KEY}: return hs}}\n"


@pytest.mark.parametrize(
    "check",
    [
        f"# file: argocd/cm.yaml\n{CONFIG_MAP}",
        f"# file: argocd/cm.yaml\n{CONFIG_MAP}".replace(f"{KEY}: return hs", BLOCK),
        f"# file: argocd/values.yaml\nconfigs: {{cm: {{{KEY}: x}}}}\n",
        f"# file: argocd/values.yaml\nargo-cd: {{configs: {{cm: {{{KEY}: x}}}}}}\n",
        "# file: a.yaml\napiVersion: argoproj.io/v1beta1\nkind: ArgoCD\n"
        "spec: {resourceHealthChecks: [{group: pulumi.com, kind: Stack, check: x}]}\n",
        f"# file: argocd/kustomization.yaml\npatches: [{{patch: 'data: {{{KEY}: x}}', target: {{name: argocd-cm}}}}]\n",
        f"# file: argocd/kustomization.yaml\npatches: [{{path: p.yaml}}]\n# file: argocd/p.yaml\n{CONFIG_MAP}",
        "# file: argocd/kustomization.yaml\n"
        f"patches: [{{target: {{name: argocd-cm}}, patch: '[{{op: add, path: /data/{KEY}, value: x}}]'}}]\n",
        "# file: argocd/kustomization.yaml\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n"
        f"# file: argocd/p.yaml\n- {{op: add, path: /data, value: {{{KEY}: x}}}}\n",
        "# file: a.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
        "spec: {source: {chart: argo-cd, helm: {parameters: "
        "[{name: 'configs.cm.resource\\.customizations\\.health\\.pulumi\\.com_Stack', value: x}]}}}\n",
        f"# file: argocd/kustomization.yaml\nconfigMapGenerator: [{{name: argocd-cm, files: [{KEY}=a.lua]}}]\n",
        "# file: argocd/kustomization.yaml\n"
        f"helmCharts: [{{name: argo-cd, valuesInline: {{configs: {{cm: {{{KEY}: x}}}}}}}}]\n",
        "# file: a.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
        f"spec: {{source: {{chart: argo-cd, helm: {{valuesObject: {{configs: {{cm: {{{KEY}: x}}}}}}}}}}}}\n",
        "# file: a.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
        f"spec: {{sources: [{{chart: argo-cd, helm: {{values: 'configs: {{cm: {{{KEY}: x}}}}'}}}}]}}\n",
        "# file: a.yaml\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
        f"spec: {{values: {{configs: {{cm: {{{KEY}: x}}}}}}}}\n",
        f"# file: argocd/templates/cm.yaml\ndata:\n  {KEY}: x\n{{{{- if .x }}}}\n",
    ],
)  # fmt: skip
def test_a_check_may_stand_in_many_places(check: str) -> None:
    assert told(problems_in(TWO, check, argocd=OLD), about="argocd/wave") == []


@pytest.mark.parametrize(
    "check",
    [
        f"# file: argocd/cm.yaml\n{CONFIG_MAP}".replace("return hs", "''"),
        f"# file: argocd/cm.yaml\n{CONFIG_MAP}".replace("com_Stack", "com-Stack"),
        f"# file: argocd/cm.yaml\n{CONFIG_MAP}".replace("com_Stack", "com_Program"),
        f"# file: argocd/values.yaml\nserver: {{config: {{{KEY}: x}}}}\n",
    ],
)
def test_a_check_that_is_not_in_force_is_none(check: str) -> None:
    assert told(problems_in(TWO, check, argocd=OLD), about="argocd/wave") == [
        "example.yaml:7:5 argocd/wave-without-check"
    ]
