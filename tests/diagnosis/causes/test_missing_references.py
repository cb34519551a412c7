"""A Secret or ConfigMap that a pod needs: what is missing, who asks for it, and what nearly has that name."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.facts.spec_references import spec_references
from diagnosis.finding import CERTAIN, PROBLEM
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.pod_scenes import PodScene

ENVIRONMENT = "04a-secret-missing"


@pytest.mark.parametrize(
    ("recorded", "subject", "path"),
    [
        (ENVIRONMENT, "Secret refs/aws-creds", "/spec/envRefs/AWS_ACCESS_KEY_ID/secret/name"),
        ("04c-token-missing", "Secret refs/pulumi-token", "/spec/accessTokenSecret"),
        ("04e-envs-missing", "ConfigMap refs/shared-config", "/spec/envs/0"),
        ("13i-cascade-secret-gone", "Secret more/pulumi-env", "/spec/envRefs/PULUMI_CONFIG_PASSPHRASE/secret/name"),
    ],
)
def test_what_the_environment_lacks_is_named_with_its_field(recorded: str, subject: str, path: str) -> None:
    scene = PodScene(recorded)
    found = the_finding(scene.scene, scene.namespace, scene.name, "P-4")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, subject)
    assert found.title == f"The {subject} doesn't exist"
    assert [each.path for each in found.evidence[1:]] == [path]


def test_a_key_that_is_missing_is_named_with_its_field() -> None:
    scene = PodScene(ENVIRONMENT)
    scene.wait("pulumi", "CreateContainerConfigError", "couldn't find key passphrase in Secret refs/pulumi-env")
    found = the_finding(scene.scene, "refs", "secret-missing", "P-4")
    assert found.title == "The Secret refs/pulumi-env has no key passphrase"
    assert found.subject == "Secret refs/pulumi-env key passphrase"
    assert [each.path.rpartition("/")[2] for each in found.evidence[1:]] == ["name", "key"]
    assert found.next_step.startswith("Add the key passphrase to the Secret refs/pulumi-env")


def test_names_that_are_nearly_the_missing_one_are_said() -> None:
    scene = PodScene(ENVIRONMENT)
    scene.scene.names["Secret refs"] = ["aws-cred", "default-token", "pulumi-env"]
    assert the_finding(scene.scene, "refs", "secret-missing", "P-4").next_step.endswith("(there is aws-cred).")
    scene.scene.names["Secret refs"] = ["default-token"]
    assert "there is" not in the_finding(scene.scene, "refs", "secret-missing", "P-4").next_step


def test_another_error_of_the_containers_configuration_is_no_missing_secret() -> None:
    scene = PodScene(ENVIRONMENT)
    scene.wait("pulumi", "CreateContainerConfigError", "container has runAsNonRoot and image will run as root")
    assert scene.ids() == []


def _mounted(message: str, volume: str = "secret-vault") -> PodScene:
    scene = PodScene(ENVIRONMENT)
    scene.stack["spec"] |= {
        "secretsRef": {"infra:pw": {"type": "Secret", "secret": {"name": "vault", "key": "pw"}}},
        "configRef": {"infra:zone": {"name": "zones", "key": "main"}},
    }
    volumes = scene.pod["spec"]["volumes"]
    volumes += [
        {"name": "secret-vault", "secret": {"secretName": "vault"}},
        {"name": "token-zones", "configMap": {"name": "zones"}},
    ]
    for name in ("bootstrap", "fetch", "pulumi"):
        scene.wait(name, "PodInitializing")
    scene.event(scene.pod, "FailedMount", f'MountVolume.SetUp failed for volume "{volume}" : {message}')
    return scene


@pytest.mark.parametrize(
    ("volume", "message", "subject", "path"),
    [
        ("secret-vault", 'secret "vault" not found', "Secret refs/vault", "secretsRef/infra:pw/secret/name"),
        ("token-zones", 'configmap "zones" not found', "ConfigMap refs/zones", "configRef/infra:zone/name"),
        ("unknown", 'configmap "zones" not found', "ConfigMap refs/zones", "configRef/infra:zone/name"),
        (
            "secret-vault", "references non-existent secret key: pw", "Secret refs/vault key pw",
            "secretsRef/infra:pw/secret/name",
        ),
        (
            "token-zones", "references non-existent config key: main", "ConfigMap refs/zones key main",
            "configRef/infra:zone/key",
        ),
    ],
)  # fmt: skip
def test_what_cant_be_mounted_is_named_with_its_field(volume: str, message: str, subject: str, path: str) -> None:
    found = the_finding(_mounted(message, volume).scene, "refs", "secret-missing", "P-5")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, subject)
    assert found.evidence[0].object.kind == "Event"
    assert f"/spec/{path}" in [each.path for each in found.evidence]


def test_a_mount_that_failed_and_went_well_since_is_history() -> None:
    scene = _mounted('secret "vault" not found')
    scene.event(scene.pod, "Pulled", "Container image is present", ago=1.0)
    assert scene.ids() == []
    started = _mounted('secret "vault" not found')
    started.container("bootstrap")["state"] = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert started.ids() == []


@pytest.mark.parametrize(("ago", "found"), [(599.0, True), (601.0, False)])
def test_a_mount_that_wasnt_tried_again_for_long_is_history(ago: float, found: bool) -> None:
    scene = _mounted('secret "vault" not found')
    scene.scene.objects[-1]["lastTimestamp"] = rfc3339(scene.now - ago)
    assert ("P-5" in scene.ids()) == found


def test_a_failed_mount_of_the_pod_before_says_nothing() -> None:
    scene = _mounted('secret "vault" not found')
    scene.pod["metadata"]["uid"] = "a new pod"
    assert scene.ids() == []


def test_a_mount_that_only_takes_its_time_is_no_missing_secret() -> None:
    assert _mounted("failed to sync secret cache: timed out waiting for the condition").ids() == []


def test_every_place_of_a_spec_that_asks_for_something_is_known() -> None:
    spec: dict[str, Any] = {
        "accessTokenSecret": "token",
        "envRefs": {"secret": {"type": "Secret", "secret": {"name": "a", "key": "k"}}},
        "envSecrets": ["b"],
        "envs": ["c"],
        "configRef": {"secret": {"name": "d", "key": "k"}},
        "gitAuth": {"sshAuth": {"sshPrivateKey": {"type": "Secret", "secret": {"name": "e", "key": "k"}}}},
        "workspaceTemplate": {
            "spec": {
                "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "f", "key": "k"}}}],
                "envFrom": [{"secretRef": {"name": "g"}}],
                "podTemplate": {"spec": {"volumes": [{"secret": {"secretName": "h"}}, {"configMap": {"name": "i"}}]}},
            }
        },
    }
    found = {(each.kind, each.name): each.field for each in spec_references({"spec": spec})}
    assert found == {
        ("Secret", "token"): "spec.accessTokenSecret",
        ("Secret", "a"): "spec.envRefs.secret",
        ("Secret", "b"): "spec.envSecrets",
        ("ConfigMap", "c"): "spec.envs",
        ("ConfigMap", "d"): "spec.configRef.secret",
        ("Secret", "e"): "spec.gitAuth.sshAuth.sshPrivateKey",
        ("ConfigMap", "f"): "spec.workspaceTemplate.spec.env[0].valueFrom",
        ("Secret", "g"): "spec.workspaceTemplate.spec.envFrom[0]",
        ("Secret", "h"): "spec.workspaceTemplate.spec.podTemplate.spec.volumes[0]",
        ("ConfigMap", "i"): "spec.workspaceTemplate.spec.podTemplate.spec.volumes[1]",
    }


@pytest.mark.parametrize(
    "spec", [None, [], "x", {"envs": {"a": 1}, "envRefs": [1, None], "configRef": ["x"], "secret": 3}]
)
def test_a_spec_that_makes_no_sense_asks_for_nothing(spec: object) -> None:
    assert spec_references({"spec": spec}) == []


def test_a_secret_that_the_spec_doesnt_name_is_only_to_be_created() -> None:
    scene = PodScene(ENVIRONMENT)
    scene.wait("pulumi", "CreateContainerConfigError", 'secret "sidecar" not found')
    found = the_finding(scene.scene, "refs", "secret-missing", "P-4")
    assert found.next_step == "Create the Secret refs/sidecar."
    assert len(found.evidence) == 1


def test_a_mount_is_missed_since_it_was_first_tried() -> None:
    scene = _mounted('secret "vault" not found')
    scene.scene.objects[-1]["firstTimestamp"] = rfc3339(scene.now - 60.0)
    since = the_finding(scene.scene, "refs", "secret-missing", "P-5").since
    assert since is not None
    assert scene.now - 62.0 < since < scene.now - 58.0
