"""What a Stack refers to and nothing in the repository is."""

from __future__ import annotations

import pytest

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Problem, Severity
from manifests.repository import Repository
from support.lint_texts import problems_in, told

STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, namespace: shop}
spec:
  stack: acme/web/dev
"""
FLUX = "  fluxSource: {sourceRef: {apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, name: web}}\n"
TOKEN = "  envRefs:\n    TOKEN: {type: Secret, secret: {name: token, key: value}}\n"


def an_object(api_version: str, kind: str, name: str, rest: str = "", namespace: str = "shop") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n{rest}"


def found(rule: str, *texts: str) -> list[Problem]:
    return [each for each in problems_in("---\n".join(texts)) if each.rule == rule]


def test_a_program_that_is_nowhere_beside_others() -> None:
    stack = f"{STACK}  programRef: {{name: website}}\n"
    (problem,) = found("ref/program-missing", stack, an_object("pulumi.com/v1", "Program", "web-site"))
    assert told([problem]) == ["example.yaml:6:16 ref/program-missing"]
    assert problem.severity is Severity.WARNING
    assert "There is web-site: perhaps that was meant" in problem.message


def test_where_there_is_no_program_at_all_it_may_be_elsewhere() -> None:
    stack = f"{STACK}  programRef: {{name: web}}\n"
    assert found("ref/program-missing", stack) == []
    assert found("ref/program-missing", stack, an_object("pulumi.com/v1", "Program", "web")) == []
    assert found("ref/program-missing", stack, an_object("pulumi.com/v1", "Program", "web", namespace="data")) == []


def test_a_flux_source_that_is_nowhere_beside_others_of_its_kind() -> None:
    (problem,) = found(
        "ref/source-missing", STACK + FLUX, an_object("source.toolkit.fluxcd.io/v1beta2", "GitRepository", "data")
    )
    assert told([problem]) == [f"example.yaml:6:{FLUX.index('name: web') + 1} ref/source-missing"]
    assert problem.severity is Severity.WARNING
    other = an_object("source.toolkit.fluxcd.io/v1", "OCIRepository", "data")
    assert found("ref/source-missing", STACK + FLUX, other) == []
    assert found("ref/source-missing", STACK + FLUX) == []


def test_a_secret_that_nothing_makes() -> None:
    (problem,) = found("ref/secret-missing", STACK + TOKEN)
    assert told([problem]) == ["example.yaml:7:36 ref/secret-missing"]
    assert problem.severity is Severity.NOTE
    assert "kubectl create secret generic token -n shop --from-literal=value=..." in problem.fix


def test_each_secret_is_named_once_with_all_its_keys() -> None:
    text = f"{TOKEN}    OTHER: {{type: Secret, secret: {{name: token, key: other}}}}\n  envSecrets: [pulumi]\n"
    problems = found("ref/secret-missing", STACK + text)
    assert told(problems) == ["example.yaml:7:36 ref/secret-missing", "example.yaml:9:16 ref/secret-missing"]
    assert "--from-literal=other=... --from-literal=value=..." in problems[0].fix
    assert "kubectl create secret generic pulumi -n shop --from-literal=KEY=..." in problems[1].fix


def test_the_line_may_be_pasted_whatever_the_names_are() -> None:
    text = TOKEN.replace("name: token", "name: 'a; rm -rf b'")
    (problem,) = found("ref/secret-missing", STACK + text)
    assert "secret generic 'a; rm -rf b' -n shop" in problem.fix


def test_where_the_namespace_is_not_known_the_line_has_none() -> None:
    (problem,) = found("ref/secret-missing", STACK.replace(", namespace: shop", "") + TOKEN)
    assert "kubectl create secret generic token --from-literal=value=..." in problem.fix


TEMPLATE = "  workspaceTemplate: {spec: %s}\n"


@pytest.mark.parametrize(
    "text",
    [
        "  secretsRef: {'a:b': {type: Secret, secret: {name: missing, key: a}}}\n",
        "  gitAuth: {accessToken: {type: Secret, secret: {name: missing, key: a}}}\n",
        "  gitAuth: {basicAuth: {userName: {type: Secret, secret: {name: missing, key: a}}}}\n",
        "  envSecrets: [missing]\n",
        TEMPLATE % "{env: [{name: A, valueFrom: {secretKeyRef: {name: missing, key: a}}}]}",
        TEMPLATE % "{envFrom: [{secretRef: {name: missing}}]}",
        TEMPLATE % "{git: {auth: {token: {name: missing, key: a}}}}",
        TEMPLATE % "{podTemplate: {spec: {volumes: [{secret: {secretName: missing}}]}}}",
        TEMPLATE % "{podTemplate: {spec: {volumes: [{projected: {sources: [{secret: {name: missing}}]}}]}}}",
        TEMPLATE % "{podTemplate: {spec: {imagePullSecrets: [{name: missing}]}}}",
    ],
)
def test_every_field_that_asks_for_a_secret(text: str) -> None:
    (problem,) = found("ref/secret-missing", STACK + text)
    assert "missing" in problem.message


def test_the_login_of_git_is_read_by_the_operator() -> None:
    text = "  gitAuth: {accessToken: {type: Secret, secret: {name: missing, key: token}}}\n"
    (problem,) = found("ref/secret-missing", STACK + text)
    assert "Stalled with SpecInvalid" in problem.message
    assert "--from-literal=token=..." in problem.fix


@pytest.mark.parametrize(
    ("field", "rule"), [("gitAuthSecret", "stack/git-auth"), ("accessTokenSecret", "stack/dead-field")]
)
def test_of_a_deprecated_field_that_is_said_alone(field: str, rule: str) -> None:
    git = "  projectRepo: https://github.com/acme/web.git\n  branch: main\n"
    problems = problems_in(f"{STACK}{git}  {field}: missing\n")
    assert [each.rule for each in problems if each.path == ("spec", field)] == [rule]


def test_images_are_pulled_with_secrets_of_another_sort() -> None:
    text = TEMPLATE % "{podTemplate: {spec: {imagePullSecrets: [{name: registry}]}}}"
    (problem,) = found("ref/secret-missing", STACK + text)
    assert "kubectl create secret docker-registry registry -n shop --docker-server=..." in problem.fix


@pytest.mark.parametrize(
    "text",
    [
        "  envRefs: {A: {type: Literal, literal: {value: b}, secret: {name: missing, key: a}}}\n",
        TEMPLATE % "{env: [{name: A, valueFrom: {secretKeyRef: {name: missing, key: a, optional: true}}}]}",
        TEMPLATE % "{podTemplate: {spec: {volumes: [{secret: {secretName: missing, optional: true}}]}}}",
        "  envRefs: {A: {type: Secret, secret: {name: '${SECRET}', key: a}}}\n",
        "  envRefs: {A: {type: Secret, secret: {name: missing, key: a, namespace: data}}}\n",
    ],
)
def test_what_need_not_be_there_or_is_another_rules(text: str) -> None:
    assert found("ref/secret-missing", STACK + text) == []


@pytest.mark.parametrize(
    "maker",
    [
        an_object("v1", "Secret", "token", "stringData: {value: ''}\n"),
        an_object("v1", "Secret", "token", "data: {value: ''}\n", namespace=""),
        an_object("v1", "Secret", "token"),
        an_object("external-secrets.io/v1beta1", "ExternalSecret", "token", "spec: {data: [{secretKey: value}]}\n"),
        an_object("external-secrets.io/v1", "ExternalSecret", "a", "spec: {target: {name: token}, dataFrom: [{}]}\n"),
        an_object("external-secrets.io/v1", "ClusterExternalSecret", "a", "spec: {externalSecretName: token}\n"),
        an_object("bitnami.com/v1alpha1", "SealedSecret", "token", "spec: {encryptedData: {value: AgBy}}\n"),
        an_object(
            "bitnami.com/v1alpha1", "SealedSecret", "a",
            "spec: {encryptedData: {value: AgBy}, template: {metadata: {name: token}}}\n",
        ),
        an_object("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", "a", "spec: {destination: {name: token}}\n"),
        an_object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "a", "spec: {x: [{secretName: token}]}\n"),
        an_object("onepassword.com/v1", "OnePasswordItem", "token"),
        an_object("cert-manager.io/v1", "Certificate", "a", "spec: {secretName: token}\n"),
        an_object("isindir.github.com/v1alpha3", "SopsSecret", "a", "spec: {secretTemplates: [{name: token}]}\n"),
        an_object("example.com/v1", "Bucket", "a", "spec: {writeConnectionSecretToRef: {name: token}}\n"),
        an_object(
            "pulumi.com/v1", "Program", "a",
            "program: {resources: {a: {type: 'kubernetes:core/v1:Secret', properties: {metadata: {name: token}}}}}\n",
        ),
        an_object(
            "v1", "Secret", "token", "data: {x: ''}\n", namespace="platform"
        ).replace("'platform'", "platform, annotations: {reflector.v1.k8s.emberstack.com/reflection-allowed: 'true'}"),
    ],
)  # fmt: skip
def test_what_makes_the_secret(maker: str) -> None:
    assert found("ref/secret-missing", STACK + TOKEN, maker) == []


@pytest.mark.parametrize(
    "other",
    [
        an_object("v1", "Secret", "token", "stringData: {value: ''}\n", namespace="data"),
        an_object("v1", "ConfigMap", "token", "data: {value: ''}\n"),
        an_object("external-secrets.io/v1", "SecretStore", "token"),
        an_object("external-secrets.io/v1alpha1", "PushSecret", "token"),
    ],
)
def test_what_does_not_make_the_secret(other: str) -> None:
    assert len(found("ref/secret-missing", STACK + TOKEN, other)) == 1


def test_a_secret_of_another_namespace_is_named() -> None:
    there = an_object("v1", "Secret", "token", "stringData: {value: ''}\n", namespace="data")
    (problem,) = found("ref/secret-missing", STACK + TOKEN, there)
    assert "(there is one in data, example.yaml:9)" in problem.message


@pytest.mark.parametrize(
    "maker",
    [
        an_object("v1", "Secret", "token", "stringData: {other: ''}\n"),
        an_object("external-secrets.io/v1", "ExternalSecret", "token", "spec: {data: [{secretKey: other}]}\n"),
        an_object("bitnami.com/v1alpha1", "SealedSecret", "token", "spec: {encryptedData: {other: AgBy}}\n"),
    ],
)
def test_a_key_that_the_secret_has_not(maker: str) -> None:
    (problem,) = found("ref/secret-missing", STACK + TOKEN, maker)
    assert told([problem]) == ["example.yaml:7:49 ref/secret-missing"]
    assert "the Secret token has no key value; it has other" in problem.message


@pytest.mark.parametrize(
    ("generator", "missing"),
    [
        ("{name: token, literals: [value=]}", False),
        ("{name: token, files: [a/value]}", False),
        ("{name: token, envs: [.env]}", False),
        ("{name: token, literals: [other=]}", True),
        ("{name: another, literals: [value=]}", True),
    ],
)
def test_secrets_that_kustomize_makes(generator: str, *, missing: bool) -> None:
    for kustomization in (
        "# file: base/kustomization.yaml\n",
        "# file: base/a.yaml\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n",
    ):
        text = f"# file: base/web.yaml\n{STACK}{TOKEN}{kustomization}secretGenerator: [{generator}]\n"
        assert len(found("ref/secret-missing", text)) == missing


def test_a_secret_behind_a_template_or_in_values_may_be_the_one() -> None:
    template = "# file: chart/templates/a.yaml\nkind: Secret\nmetadata: {{ include meta }}\n"
    values = "# file: chart/values.yaml\nexternalSecrets: [{name: token}]\n"
    for other in (template, values):
        assert found("ref/secret-missing", f"# file: a.yaml\n{STACK}{TOKEN}{other}") == []


def test_the_secrets_of_a_cluster_are_not_read() -> None:
    stack = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"envRefs": {"A": {"type": "Secret", "secret": {"name": "a", "key": "b"}}}},
    }
    problems = lint(Repository([], objects=[Document("staging", 0, stack)]))
    assert "ref/secret-missing" not in {each.rule for each in problems}


def test_version_one_has_no_pods_to_speak_of() -> None:
    [problem] = [each for each in problems_in(STACK + TOKEN, pko=(1, 16, 0)) if each.rule == "ref/secret-missing"]
    assert "the operator reads it before each run, and runs nothing until it is there" in problem.message
    assert "pod" not in problem.message
