"""Fields that a Stack doesn't have, values that don't fit, and what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import AddField, Problem, RenameKey, SetValue, Severity
from manifests.product_versions import ProductVersion
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from support.lint_texts import problems_in, told
from support.lint_texts_of_stacks import RULES_OF_FIELDS, in_spec, said

UNKNOWN, WRONG, MISSING = "stack/unknown-field", "stack/wrong-type", "stack/missing-field"


def fields(text: str, **versions: ProductVersion) -> list[Problem]:
    """The findings of these three rules."""
    return [each for each in problems_in(text, **versions) if each.rule in (UNKNOWN, WRONG, MISSING)]


# A Secret without what belongs around it


@pytest.mark.parametrize(("type_", "anyway"), [("", "as well"), ("type: Secret, ", "drops both")])
def test_a_bare_secret_is_one_fault(type_: str, anyway: str) -> None:
    (found,) = fields(in_spec(f"envRefs:\n    TOKEN: {{{type_}name: access, key: token}}"))
    assert found.rule == MISSING
    assert anyway in found.message
    assert found.fix == "Write `{type: Secret, secret: {name: access, key: token}}`."
    path = ("spec", "envRefs", "TOKEN")
    assert found.edits == (SetValue(path, {"type": "Secret", "secret": {"name": "access", "key": "token"}}),)


@pytest.mark.parametrize("value", ["{name: access}", "{type: Env, name: access, key: token}", "{name: [], key: 1}"])
def test_what_only_looks_like_a_bare_secret_is_not_mended(value: str) -> None:
    problems = problems_in(in_spec(f"envRefs:\n    TOKEN: {value}"))
    assert not [each for each in problems if any(isinstance(edit, SetValue) for edit in each.edits)]


# Unknown fields


@pytest.mark.parametrize(
    ("field", "advice"),
    [
        ("suspend: true", "No version of the operator can suspend a Stack"),
        ("pulumiLogLevel: 3", "`spec.workspaceTemplate.spec.pulumiLogLevel`"),
        ("image: pulumi/pulumi:latest", "`spec.workspaceTemplate.spec.image`"),
        ("resources: {}", "`spec.workspaceTemplate.spec.resources`"),
        ("ttlAfterCompleted: 1h", "`spec.updateTemplate.spec.ttlAfterCompleted`"),
        ("nodeSelector: {}", "`spec.workspaceTemplate.spec.podTemplate.spec.nodeSelector`"),
        ("refersh: true", "`refresh`"),
        ("projectrepo: https://github.com/acme/web.git", "`projectRepo`"),
        ("project_repo: https://github.com/acme/web.git", "`projectRepo`"),
        ("repoURL: https://github.com/acme/web.git", "`projectRepo`"),
        ("path: infra", "`repoDir`"),
        ("serviceAccount: pulumi", "`serviceAccountName`"),
        ("ref: v1.0.0", "`branch: NAME`"),
        ("dependsOn: [web]", "`prerequisites: [{name: STACK}]`"),
        ("secretRefs: {}", "`secretsRef`"),
        ("environments: [acme/dev]", "`environment`"),
        ("target: []", "`targets` was meant"),
        ("maxUpdateFailures: 5", "three"),
    ],
)
def test_an_unknown_field_is_named_with_the_one_that_was_meant(field: str, advice: str) -> None:
    [problem] = fields(in_spec(field))
    assert told([problem]) == [f"example.yaml:10:3 {UNKNOWN}"]
    assert f"no field spec.{field.split(':')[0]} in a Stack" in problem.message
    assert "refuses the whole object" in problem.message
    assert advice in problem.fix


def test_a_field_of_the_spec_at_the_top_belongs_in_it_and_is_not_missing_as_well() -> None:
    text = in_spec("refresh: true").replace("  stack: acme/web/dev\n", "") + "stack: acme/web/dev\n"
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:10:1 {UNKNOWN}"]
    assert problem.fix == "It belongs at `spec.stack`."


def test_a_misspelt_required_field_is_one_finding() -> None:
    text = in_spec("envRefs:\n    TOKEN:\n      type: Secret\n      secret: {nam: token, key: token}")
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:13:16 {UNKNOWN}"]
    assert "`name`" in problem.fix


@pytest.mark.parametrize(
    ("field", "otherwise"),
    [("projectRepo", "projectrepo"), ("projectRepo", "repoURL"), ("branch", "brnch"), ("branch", "targetRevision")],
)
def test_a_source_in_other_words_is_not_missing_as_well(field: str, otherwise: str) -> None:
    text = in_spec("refresh: true").replace(f"  {field}: ", f"  {otherwise}: ")
    assert [each.rule for each in problems_in(text) if each.severity is Severity.ERROR] == [UNKNOWN]


def test_deep_in_the_pod_template_as_well() -> None:
    text = in_spec(
        """\
workspaceTemplate:
    spec:
      podTemplate:
        spec:
          containers:
            - name: pulumi
              volumeMount:
                - name: cache
                  mountPath: /cache"""
    )
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:16:15 {UNKNOWN}"]
    assert "`volumeMounts`" in problem.fix


@pytest.mark.parametrize(
    "open_place",
    [
        'config:\n    "web:suspend": "true"\n    web:deep: {any: {thing: 1}}',
        "workspaceTemplate: {spec: {stacks: [{config: [{key: a, value: {any: thing}}]}]}}",
        "workspaceTemplate: {metadata: {labels: {any: thing}, annotations: {a/b: c}}}",
    ],
)
def test_where_the_schema_is_open_nothing_is_unknown(open_place: str) -> None:
    assert fields(in_spec(open_place)) == []


@pytest.mark.parametrize(
    ("field", "since"),
    [
        ("runProgram: true", (2, 7, 0)),
        ("preview: true", (2, 3, 0)),
        ("configRef: {a: {name: b, key: c}}", (2, 3, 0)),
        ("retryMaxBackoffDurationSeconds: 60", (2, 2, 0)),
        ("environment: [acme/dev]", (2, 1, 0)),
        ("updateTemplate: {spec: {parallel: 4}}", (2, 1, 0)),
        ("workspaceTemplate: {spec: {image: a}}", (2, 0, 0)),
        ("workspaceTemplate: {spec: {serviceTemplate: {metadata: {labels: {a: b}}}}}", (2, 9, 0)),
        ("gitAuth: {githubApp: {}}", (2, 7, 0)),
    ],
)
def test_a_field_is_known_since_its_version(field: str, since: ProductVersion) -> None:
    before = (1, 16, 0) if since == (2, 0, 0) else (2, since[1] - 1, 9)
    [problem] = [each for each in fields(in_spec(field), pko=before) if each.rule == UNKNOWN]
    assert f"It came with version {since[0]}.{since[1]} of the operator" in problem.fix
    assert [each for each in fields(in_spec(field), pko=since) if each.rule == UNKNOWN] == []


def test_a_name_in_other_letters_is_renamed_where_its_value_fits() -> None:
    [problem] = fields(in_spec("Refresh: true"))
    assert problem.edits == (RenameKey(("spec", "Refresh"), "refresh"),)
    [problem] = fields(in_spec("Refresh: [true]"))
    assert problem.edits == ()
    assert len(found := fields(in_spec("refresh: true\n  Refresh: true"))) == 1
    assert found[0].edits == ()


@pytest.mark.parametrize("field", ["refersh: true", "path: infra", "name: web"])
def test_a_guess_is_no_edit(field: str) -> None:
    [problem] = fields(in_spec(field))
    assert problem.edits == ()


def test_a_word_that_can_mean_one_field_only_is_renamed() -> None:
    [problem] = fields(in_spec("serviceAccount: pulumi"))
    assert problem.edits == (RenameKey(("spec", "serviceAccount"), "serviceAccountName"),)


# The guide's prerequisites


def test_the_guides_prerequisite_is_one_finding_with_its_right_form() -> None:
    text = in_spec(
        """\
prerequisites:
  - type: Stack
    requirement: cluster-dev
    succeededWithinDuration: 30m"""
    )
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:11:5 {UNKNOWN}"]
    right = {"name": "cluster-dev", "requirement": {"succeededWithinDuration": "30m"}}
    assert problem.edits == (SetValue(("spec", "prerequisites", 0), right),)
    assert "`- {name: cluster-dev, requirement: {succeededWithinDuration: 30m}}`" in problem.fix
    assert "`type` and `succeededWithinDuration`" in problem.message


@pytest.mark.parametrize(
    ("item", "right"),
    [
        ("{requirement: db}", {"name": "db"}),
        ("{type: Stack, name: db}", {"name": "db"}),
        (
            "{name: db, succeededWithinDuration: 1d}",
            {"name": "db", "requirement": {"succeededWithinDuration": "24h"}},
        ),
        ("db", {"name": "db"}),
        ("{type: Stack, succeededWithinDuration: 30m}", None),  # of which Stack?
        ("{type: Stack, requirement: db, succeededWithinDuration: a while}", None),
        ("{type: Stack, name: db, requirement: other}", None),
        ("{type: Program, requirement: db}", None),
        ("{type: Stack, requirement: db, weight: 3}", None),
    ],
)
def test_half_of_the_guides_form_is_mended_where_it_is_clear(item: str, right: dict[str, Any] | None) -> None:
    [problem] = fields(in_spec(f"prerequisites:\n    - {item}"))
    assert problem.position == (11, 7)
    assert problem.edits == (() if right is None else (SetValue(("spec", "prerequisites", 0), right),))


def test_each_item_is_a_finding_and_right_ones_are_none() -> None:
    text = in_spec(
        """\
prerequisites:
    - {type: Stack, requirement: a}
    - {name: b, requirement: {succeededWithinDuration: 1h}}
    - {type: Stack, requirement: c}"""
    )
    assert told(fields(text)) == [f"example.yaml:11:7 {UNKNOWN}", f"example.yaml:13:7 {UNKNOWN}"]


# Wrong types


@pytest.mark.parametrize(
    ("field", "words", "edit"),
    [
        ('refresh: "true"', "is a text, and has to be true or false", True),
        ('refresh: "perhaps"', "is a text, and has to be true or false", None),
        ("refresh: 1", "is a number, and has to be true or false", None),
        ('resyncFrequencySeconds: "300"', "is a text, and has to be a whole number", 300),
        ("resyncFrequencySeconds: 1.5", "has a fraction", None),
        ("resyncFrequencySeconds: 10000000000000000000", "64 bits", None),
        ("branch: 1.10", "is a number, and has to be a text", "1.10"),
        ("commit: 0755", "is a number, and has to be a text", "0755"),
        ("branch: on", "is `true`, and has to be a text", "on"),
        ("branch: [main]", "is a list, and has to be a text", None),
        ("environment: acme/dev", "is a text, and has to be a list", ["acme/dev"]),
        ("environment: [acme/dev, 1]", "[1] is a number", "1"),
        ("environment: [null]", "[0] is empty, and has to be a text", None),
        ("envRefs: [a]", "is a list, and has to be an object", None),
        ("envRefs: {A: b}", "is a text, and has to be an object", {"type": "Literal", "literal": {"value": "b"}}),
        ("envRefs: {TOKEN: b}", "is a text, and has to be an object", None),
        ("workspaceReclaimPolicy: delete", "is `delete`, and has to be Retain or Delete", "Delete"),
        ("workspaceReclaimPolicy: Recycle", "is `Recycle`, and has to be Retain or Delete", None),
        ("workspaceTemplate: {spec: {resources: {limits: {cpu: 0.5}}}}", "is `0.5`", "0.5"),
        ("workspaceTemplate: {spec: {resources: {limits: {memory: 2GB}}}}", "is `2GB`", None),
        ("workspaceTemplate: {spec: {env: [{name: A, value: true}]}}", "is `true`, and has to be a text", "true"),
        ("updateTemplate: {metadata: {creationTimestamp: yesterday}}", "no time such as", None),
        ("updateTemplate: {spec: {parallel: 3000000000}}", "32 bits", None),
        ("updateTemplate: {spec: {ttlAfterCompleted: 30}}", "is a number, and has to be a text", None),
        ("envRefs: {A: {type: 5}}", "is a number, and has to be a text", None),
    ],
)
def test_a_value_of_the_wrong_type_is_told_and_mended_where_it_is_clear(field: str, words: str, edit: Any) -> None:
    [problem] = fields(in_spec(field))
    assert problem.rule == WRONG
    assert words in problem.message
    assert "The API server refuses the whole object" in problem.message
    assert [each.value for each in problem.edits if isinstance(each, SetValue)] == ([] if edit is None else [edit])


def test_the_place_is_that_of_the_key_or_the_item() -> None:
    text = in_spec("workspaceTemplate:\n    spec:\n      env:\n        - name: A\n          value: 5")
    assert told(fields(text)) == [f"example.yaml:14:11 {WRONG}"]
    assert told(fields(in_spec("targets:\n    - urn\n    - 5"))) == [f"example.yaml:12:7 {WRONG}"]


def test_gigabytes_get_the_units_that_there_are() -> None:
    [problem] = fields(in_spec("workspaceTemplate: {spec: {resources: {limits: {memory: 2GB}}}}"))
    assert problem.fix == "Write `2G`, or for a power of two `2Gi`."


@pytest.mark.parametrize(
    "field",
    [
        "refresh: yes",
        "refresh: null",
        "refresh:",
        "resyncFrequencySeconds: 300.0",
        "resyncFrequencySeconds: 3e2",
        "branch: 2026-11-23",
        "workspaceTemplate: {spec: {resources: {limits: {cpu: 2, memory: 1.5Gi}, requests: {cpu: 500m}}}}",
        "workspaceTemplate: {spec: {podTemplate: {spec: {containers: [{name: a, lifecycle: {}}]}}}}",
        "updateTemplate: {metadata: {creationTimestamp: null}}",
        "config: {a: 1, b: [c], d: {e: null}}",
    ],
)
def test_what_the_api_server_takes_is_no_finding(field: str) -> None:
    assert fields(in_spec(field)) == []


def test_a_second_container_of_a_name_is_refused() -> None:
    containers = "[{name: pulumi}, {name: pulumi, image: a}]"
    [problem] = fields(in_spec(f"workspaceTemplate: {{spec: {{podTemplate: {{spec: {{containers: {containers}}}}}}}}}"))
    assert problem.path[-2:] == ("containers", 1)
    assert "the same `name` as an earlier item" in problem.message


def test_ports_are_told_apart_by_their_protocol_too() -> None:
    ports = "[{containerPort: 80}, {containerPort: 80, protocol: UDP}, {containerPort: 80, protocol: TCP}]"
    containers = f"[{{name: pulumi, ports: {ports}}}]"
    found = fields(in_spec(f"workspaceTemplate: {{spec: {{podTemplate: {{spec: {{containers: {containers}}}}}}}}}"))
    assert [each.path[-1] for each in found] == [2]


def test_a_version_of_the_api_that_nobody_serves() -> None:
    text = in_spec("refresh: true").replace("pulumi.com/v1", "pulumi.com/v2")
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:1:1 {WRONG}"]
    assert problem.fix == "Write `apiVersion: pulumi.com/v1`."


@pytest.mark.parametrize("name", ["Web", "web_1", "-web", "web."])
def test_a_name_that_cannot_be_one(name: str) -> None:
    [problem] = fields(in_spec("refresh: true").replace("name: web\n", f"name: {name}\n"))
    assert told([problem]) == [f"example.yaml:4:3 {WRONG}"]


def test_a_negative_log_level_is_taken_and_cannot_be_read() -> None:
    [problem] = fields(in_spec("workspaceTemplate: {spec: {pulumiLogLevel: -1}}"))
    assert problem.rule == WRONG
    assert "no Stack of the cluster is reconciled any more" in problem.message
    assert fields(in_spec("workspaceTemplate: {spec: {pulumiLogLevel: 9}}")) == []


def test_annotations_are_texts() -> None:
    text = in_spec("refresh: true").replace("  namespace: shop\n", "  namespace: shop\n  annotations: {team: 7}\n")
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:6:17 {WRONG}"]
    assert problem.edits == (SetValue(("metadata", "annotations", "team"), "7"),)


def test_no_message_shows_a_secret() -> None:
    text = in_spec(
        """\
envRefs:
    DB_PASSWORD: hunter2-in-clear
    API_TOKEN: {type: Literal, literal: {value: 123456789}}"""
    )
    assert "hunter2" not in str(said(fields(text)))
    assert "123456789" not in str(said(fields(text)))


# Missing fields


def test_a_missing_field_is_told_at_what_needs_it() -> None:
    text = in_spec("refresh: true").replace("  stack: acme/web/dev\n", "")
    [problem] = fields(text)
    assert told([problem]) == [f"example.yaml:6:1 {MISSING}"]
    assert "spec.stack is missing" in problem.message
    assert "spec.stack: Required value" in problem.message


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("fluxSource: {dir: infra}", "spec.fluxSource.sourceRef"),
        ("fluxSource: {sourceRef: {kind: GitRepository, name: a}}", "spec.fluxSource.sourceRef.apiVersion"),
        ("programRef: {}", "spec.programRef.name"),
        ("programRef: {name: null}", "spec.programRef.name"),
        ("prerequisites: [{requirement: {succeededWithinDuration: 1h}}]", "spec.prerequisites[0].name"),
        ("envRefs: {A: {type: Secret, secret: {name: a}}}", "spec.envRefs.A.secret.key"),
        ("gitAuth: {sshAuth: {}}", "spec.gitAuth.sshAuth.sshPrivateKey"),
        (
            "workspaceTemplate: {spec: {podTemplate: {spec: {}}}}",
            "spec.workspaceTemplate.spec.podTemplate.spec.containers",
        ),
    ],
)
def test_what_is_required_deep_inside_is_told_with_its_path(field: str, missing: str) -> None:
    [problem] = fields(in_spec(field))
    assert problem.rule == MISSING
    assert problem.message.startswith(f"{missing} is missing")


def test_a_reference_without_a_type_gets_that_of_its_body() -> None:
    [problem] = fields(in_spec("envRefs: {A: {secret: {name: a, key: b}}}"))
    assert problem.rule == MISSING
    assert problem.edits == (AddField(("spec", "envRefs", "A"), "type", "Secret"),)
    [problem] = fields(in_spec("envRefs: {A: {type: null, secret: {name: a, key: b}}}"))
    assert problem.edits == (SetValue(("spec", "envRefs", "A", "type"), "Secret"),)
    [problem] = fields(in_spec("envRefs: {A: {env: {name: HOME}}}"))
    assert problem.edits == ()


@pytest.mark.parametrize(
    ("reference", "body"),
    [("{type: Secret}", "secret"), ("{type: Literal}", "literal"), ("{type: Secret, literal: {value: a}}", "secret")],
)
def test_a_reference_without_its_body_fails_in_silence(reference: str, body: str) -> None:
    [problem] = fields(in_spec(f"envRefs:\n    A: {reference}"))
    assert told([problem]) == [f"example.yaml:11:5 {MISSING}"]
    assert f"has no `{body}`" in problem.message
    assert "retries for ever" in problem.message


def test_for_git_it_stalls_the_stack() -> None:
    [problem] = fields(in_spec("gitAuth: {accessToken: {type: Secret}}"))
    assert "SpecInvalid" in problem.message


def test_a_body_under_another_word_is_an_unknown_field_alone() -> None:
    [problem] = fields(in_spec("envRefs: {A: {type: Secret, secretKeyRef: {name: a, key: b}}}"))
    assert problem.rule == UNKNOWN
    assert problem.edits == (RenameKey(("spec", "envRefs", "A", "secretKeyRef"), "secret"),)


def test_an_object_without_a_name_is_refused_unless_one_is_generated() -> None:
    text = in_spec("refresh: true")
    [problem] = fields(text.replace("  name: web\n", ""))
    assert told([problem]) == [f"example.yaml:3:1 {MISSING}"]
    assert fields(text.replace("  name: web\n", "  generateName: web-\n")) == []


def test_an_operator_of_version_one_reads_its_own_variables() -> None:
    assert fields(in_spec("envRefs: {A: {type: Env, env: {name: HOME}}}"), pko=(1, 16, 0)) == []
    [problem] = fields(in_spec("envRefs: {A: {type: Env}}"), pko=(1, 16, 0))
    assert "has no `env`" in problem.message


# What is filled in later


@pytest.mark.parametrize(
    "field",
    [
        "refresh: ${REFRESH}",
        "workspaceTemplate: {spec: {resources: {limits: {cpu: '${CPU}', memory: '$(MEMORY)'}}}}",
        "workspaceReclaimPolicy: <policy>",
        "envRefs: {A: '${REFERENCE}'}",
        "envRefs: {A: {type: '${TYPE}', secret: {name: a, key: b}}}",
        "config: ${CONFIG}",
        "prerequisites: ['${DATABASE}']",
        "prerequisites: [{name: db, requirement: {succeededWithinDuration: '${WITHIN}'}}]",
        "updateTemplate: {spec: {ttlAfterCompleted: '${TTL}'}}",
    ],
)
def test_of_a_value_that_something_fills_in_nothing_is_said(field: str) -> None:
    assert [each for each in problems_in(in_spec(field)) if each.rule in RULES_OF_FIELDS] == []


def test_nor_of_such_a_name() -> None:
    text = in_spec("refresh: true").replace(
        "name: web\n", "name: web-${ENVIRONMENT_THAT_HAS_A_VERY_LONG_NAME_INDEED}\n", 1
    )
    assert [each for each in problems_in(text) if each.rule in RULES_OF_FIELDS] == []


# Programs and other documents


def test_programs_are_compared_too() -> None:
    text = """\
    apiVersion: pulumi.com/v1
    kind: Program
    metadata:
      name: web
    program:
      resource: {}
      resources:
        bucket:
          type: aws:s3:Bucket
          options: {protect: "true", dependson: []}
        other: {properties: {any: thing}}
      configuration:
        size: {type: number, default: 3}
    """
    found = fields(text)
    assert told(found) == [
        f"example.yaml:6:3 {UNKNOWN}",
        f"example.yaml:10:17 {WRONG}",
        f"example.yaml:10:34 {UNKNOWN}",
        f"example.yaml:11:5 {MISSING}",
        f"example.yaml:13:12 {WRONG}",
    ]
    assert "in a Program" in found[0].message


def test_other_kinds_of_the_group_and_other_groups_are_left_alone() -> None:
    assert fields("apiVersion: example.com/v1\nkind: Stack\nspec: {suspend: true}\n") == []
    assert fields("apiVersion: auto.pulumi.com/v1alpha1\nkind: Workspace\nspec: {strange: true}\n") == []


# Live objects


def live(value: dict[str, Any]) -> list[Problem]:
    return lint(Repository([], objects=[Document("prod", 0, value)]))


STORED: dict[str, Any] = {
    "apiVersion": "pulumi.com/v1",
    "kind": "Stack",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "uid": "0a1b",
        "resourceVersion": "7",
        "generation": 2,
        "creationTimestamp": "2026-11-23T10:00:00Z",
        "finalizers": ["finalizer.stack.pulumi.com"],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "managedFields": [
            {
                "manager": "kubectl",
                "operation": "Update",
                "apiVersion": "pulumi.com/v1",
                "time": "2026-11-23T10:00:00Z",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:spec": {"f:stack": {}}},
            }
        ],
    },
    "spec": {
        "stack": "acme/web/dev",
        "projectRepo": "https://github.com/acme/web.git",
        "branch": "main",
        "workspaceTemplate": {
            "spec": {
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "", "key": "a"}}}],
                "podTemplate": {
                    "spec": {"containers": [{"name": "pulumi", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}
                },
            }
        },
    },
    "status": {"observedGeneration": 2, "conditions": [], "comesWithANewerVersion": {"a": 1}},
}


def test_what_a_server_and_an_operator_add_is_no_finding() -> None:
    assert [each for each in live(STORED) if each.rule in (UNKNOWN, WRONG, MISSING, "stack/dead-field")] == []


def test_live_findings_have_a_path_and_no_position() -> None:
    spec = {**STORED["spec"], "workspaceTemplate": {"spec": {"pulumiLogLevel": -1}}}
    [problem] = [each for each in live({**STORED, "spec": spec}) if each.rule == WRONG]
    assert problem.position is None
    assert problem.path == ("spec", "workspaceTemplate", "spec", "pulumiLogLevel")


# Whatever stands there

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "spec",
                    "type",
                    "name",
                    "secret",
                    "env",
                    "requirement",
                    "workspaceTemplate",
                    "config",
                    "containers",
                    "a",
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    (
        "prerequisites",
        "envRefs",
        "secretsRef",
        "gitAuth",
        "config",
        "workspaceTemplate",
        "updateTemplate",
        "stack",
        "strange",
    )
)


@given(
    st.dictionaries(FIELDS, ANYTHING, max_size=4) | ANYTHING,
    ANYTHING,
    st.sampled_from([(1, 9, 0), (2, 2, 0), (2, 9, 1)]),
)
def test_no_shape_of_a_stack_stops_the_rules(spec: Any, metadata: Any, pko: ProductVersion) -> None:
    from manifests.product_versions import ProductVersions

    value = {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata, "spec": spec}
    problems = lint(Repository([], ProductVersions(pko=pko), objects=[Document("prod", 0, value)]))
    assert all(each.message and each.fix for each in problems)


@given(st.dictionaries(FIELDS, ANYTHING, max_size=4))
def test_in_a_file_every_finding_has_a_place(spec: dict[str, Any]) -> None:
    text = json.dumps({"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": {"name": "web"}, "spec": spec})
    problems = lint(Repository([parse_source("stack.json", text)]))
    assert all(each.position is not None or each.rule.startswith("yaml/") for each in problems)
