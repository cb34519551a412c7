"""A workspace that can't be made ready: which of token, dependencies, configuration, image and backend it is."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, POSSIBLE, PROBLEM
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.pod_scenes import PodScene

TOKEN, INSTALL, KEY, STACK = (
    "19a-token-invalid",
    "21d-install-no-runtime",
    "21f-config-missing-key",
    "21b-init-stack-not-found",
)
_SELECT = "rpc error: code = Unknown desc = failed to select stack: exit status 1\ncode: 1\nstdout: \nstderr: "


def _stalled(recorded: str, reason: str, message: str) -> PodScene:
    """A Stack that stalled so, as from 2.5 on."""
    scene = PodScene(recorded)
    scene.stalled("WorkspaceFailed", f"{reason}: {message}")
    scene.ready(reason, message)
    scene.workspace["status"]["conditions"].append(
        {"type": "Stalled", "status": "True", "reason": reason, "message": message}
    )
    return scene


def test_a_refused_token_is_named_by_its_secret_and_key() -> None:
    scene = PodScene(TOKEN)
    found = the_finding(scene.scene, "init", "bad-token", "F-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "Secret init/pulumi-env key accessToken"
    assert found.actions == ("restart-workspace",)
    assert scene.ids() == ["F-1"]


@pytest.mark.parametrize("words", [
    "error: Unauthorized", "error: invalid access token", "error: No credentials provided or are invalid",
    "error: [401] Unauthorised", "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
])  # fmt: skip
def test_every_way_to_refuse_a_token(words: str) -> None:
    assert _stalled(TOKEN, "InitializationFailed", f"{_SELECT}{words}").ids() == ["F-1"]


def test_a_token_from_the_environment_is_named_by_its_reference() -> None:
    scene = PodScene(TOKEN)
    del scene.stack["spec"]["accessTokenSecret"]
    assert the_finding(scene.scene, "init", "bad-token", "F-1").title.endswith(
        "refuses the access token, or none is set"
    )
    secret = {"type": "Secret", "secret": {"name": "cloud", "key": "token"}}
    scene.stack["spec"]["envRefs"]["PULUMI_ACCESS_TOKEN"] = secret
    assert the_finding(scene.scene, "init", "bad-token", "F-1").subject == "Secret init/cloud key token"


def test_older_operators_say_it_of_the_workspace_alone() -> None:
    scene = PodScene(TOKEN)
    scene.waits_for_workspace()
    scene.ready("InvalidAccessToken", "rpc error: code = Unauthenticated desc = invalid access token")
    assert the_finding(scene.scene, "init", "bad-token", "F-1").certainty == CERTAIN


def test_an_unauthorised_installation_isnt_about_the_token() -> None:
    assert _stalled(INSTALL, "InstallationFailed", "npm error 401 Unauthorized").ids() == ["F-3"]


def test_a_plugin_that_is_refused_isnt_about_the_token() -> None:
    said = "stderr: error: could not download plugin aws: 401 HTTP error from https://api.github.com/x: Unauthorized"
    assert _stalled(TOKEN, "InitializationFailed", f"{_SELECT}{said}").ids() == ["F-5"]


def test_an_image_without_the_language_is_named() -> None:
    scene = PodScene(INSTALL)
    found = the_finding(scene.scene, "init", "install-fail", "F-3")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The image pulumi/pulumi:latest-nonroot has no language plugin pulumi-language-nodejs"
    assert scene.ids() == ["F-3"]


@pytest.mark.parametrize(("words", "step"), [
    ("npm error code E404\nnpm error 404 Not Found: left-pad\nnpm error A complete log of this run is in x", "Correct"),
    ("error: 429 Too Many Requests", "Restart"), ("error: read ETIMEDOUT", "Restart"),
])  # fmt: skip
def test_what_may_work_at_another_time_is_told_from_what_wont(words: str, step: str) -> None:
    message = f"rpc error: code = Aborted desc = could not install dependencies: exit status 1\nstderr: {words}"
    scene = _stalled(INSTALL, "InstallationFailed", message)
    found = the_finding(scene.scene, "init", "install-fail", "F-3")
    assert found.next_step.startswith(step)
    assert found.actions == (("restart-workspace",) if step == "Restart" else ())
    assert "complete log" not in found.title


def test_a_destroy_with_its_program_installs_as_any_run() -> None:
    scene = PodScene(INSTALL)
    scene.stack["metadata"]["deletionTimestamp"] = rfc3339(scene.now)
    assert "runProgram" not in the_finding(scene.scene, "init", "install-fail", "F-3").next_step


def test_a_destroy_without_program_that_installs_says_how_to_go_on() -> None:
    scene = _stalled(INSTALL, "InstallationFailed", "could not install dependencies: exit status 1")
    scene.stack["metadata"]["deletionTimestamp"] = rfc3339(scene.now)
    scene.workspace["spec"]["projectInfo"] = {"name": "infra", "runtime": "nodejs"}
    assert "spec.runProgram" in the_finding(scene.scene, "init", "install-fail", "F-3").next_step


@pytest.mark.parametrize(("reason", "wanted"), [("InstallationFailed", "F-3"), ("InitializationFailed", "F-5")])
def test_before_2_5_the_workspace_alone_says_that_it_failed(reason: str, wanted: str) -> None:
    scene = PodScene(INSTALL)
    scene.waits_for_workspace()
    scene.ready(reason, "rpc error: code = Aborted desc = exit status 1")
    found = the_finding(scene.scene, "init", "install-fail", wanted)
    assert found.next is not None
    assert "deletes the pod" in found.next.what


@pytest.mark.parametrize("recorded", [TOKEN, INSTALL, KEY, STACK])
def test_a_workspace_that_has_begun_again_isnt_stalled_any_more(recorded: str) -> None:
    scene = PodScene(recorded)
    scene.ready("Initializing", "Initializing and selecting a Pulumi stack")
    assert scene.ids() == []


@pytest.mark.parametrize("recorded", [TOKEN, INSTALL, KEY, STACK])
def test_a_workspace_that_is_gone_or_cant_be_read_leaves_what_the_stack_says(recorded: str) -> None:
    scene = PodScene(recorded)
    wanted = scene.ids()
    scene.scene.refused["Workspace"] = "forbidden"
    assert scene.ids() == wanted


def _installing(*, since: float = 700.0) -> PodScene:
    scene = PodScene("01c-installing")
    scene.ready("Installing", "Installing packages and plugins required by the program")
    scene.run("pulumi", since=since)
    return scene


_TOO_LONG = (
    '2026-11-23T18:59:00.000Z\tERROR\tReconciler error\t{"controller": "workspace-controller", "namespace": "first", '
    '"name": "shop", "error": "updating status: status.conditions[0].message: Too long: may not be more than 32768"}'
)


def test_an_error_too_long_to_be_saved_is_proven_by_the_operators_log() -> None:
    scene = _installing()
    scene.scene.operator_log.append(_TOO_LONG)
    found = the_finding(scene.scene, "first", "shop", "F-4")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    scene.scene.operator_log[-1] = _TOO_LONG.replace('"shop"', '"other"')
    assert the_finding(scene.scene, "first", "shop", "F-4").certainty == POSSIBLE


@pytest.mark.parametrize(("since", "found"), [(601.0, True), (599.0, False)])
def test_an_installation_has_ten_minutes(since: float, found: bool) -> None:
    assert (_installing(since=since).ids() == ["F-4"]) == found


def test_a_long_installation_is_only_possible_without_the_operators_log() -> None:
    scene = _installing()
    scene.scene.refused["operator log"] = "forbidden"
    found = the_finding(scene.scene, "first", "shop", "F-4")
    assert found.certainty == POSSIBLE
    assert found.unknown == ("the operator's log: forbidden",)


def test_a_key_that_a_mounted_secret_lacks_is_named() -> None:
    scene = PodScene(KEY)
    found = the_finding(scene.scene, "init", "mount-key", "F-6")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The Secret init/pulumi-env has no key nokey"
    assert found.evidence[-1].path == "/spec/secretsRef/infra:banner/secret/key"
    assert found.actions == ("restart-workspace",)
    assert scene.ids() == ["F-6"]


@pytest.mark.parametrize(("message", "subject"), [
    ('config items: unmarshalling "infra:n" config: parsing "infra:n" as JSON: bad', "the configuration infra:n"),
    ("config items: missing value for environment variable \"N\"", "the configuration"),
    ("config items: path=true is incompatible with json", "the configuration"),
    ("unable to add environments: environment dev not found", "spec.environment"),
    ("the backend does not support environments", "spec.environment"),
    (
        "config items: unreadable path: /var/run/configmaps/stacks.pulumi.com/configmaps/zones/main",
        "ConfigMap init/zones key main",
    ),
])  # fmt: skip
def test_every_way_in_which_configuration_cant_be_used(message: str, subject: str) -> None:
    scene = _stalled(KEY, "InitializationFailed", f"rpc error: code = InvalidArgument desc = {message}")
    assert the_finding(scene.scene, "init", "mount-key", "F-6").subject == subject
    assert scene.ids() == ["F-6"]


def test_a_url_that_cant_be_parsed_isnt_configuration() -> None:
    scene = _stalled(KEY, "InitializationFailed", "rpc error: code = Unknown desc = parsing backend URL: bad scheme")
    assert scene.ids() == ["F-5"]


_OLD = "Pulumi CLI version 3.100.0 does not support JSON configuration, require >= v3.202.0"


@pytest.mark.parametrize("prefix", ["IncompatibleConfiguration: ", ""])
def test_an_image_with_an_old_cli_is_named_with_both_versions(prefix: str) -> None:
    scene = PodScene(STACK)
    scene.stalled("PulumiVersionTooLow", f"{prefix}{_OLD}")
    scene.stack["spec"]["workspaceTemplate"] = {"spec": {"image": "pulumi/pulumi:3.100.0"}}
    found = the_finding(scene.scene, "init", "local-only", "F-7")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "image pulumi/pulumi:3.100.0")
    assert "3.100.0" in found.title
    assert "3.202.0" in found.title
    assert scene.ids() == ["F-7"]


def test_a_workspace_that_is_stalled_for_its_cli_says_so_before_the_stack_does() -> None:
    scene = PodScene(STACK)
    scene.waits_for_workspace()
    scene.workspace["status"]["conditions"] = [
        {"type": "Stalled", "status": "True", "reason": "IncompatibleConfiguration", "message": _OLD}
    ]
    assert the_finding(scene.scene, "init", "local-only", "F-7").evidence[0].object.kind == "Workspace"


def test_a_backend_stack_that_doesnt_exist_is_named() -> None:
    scene = PodScene(STACK)
    found = the_finding(scene.scene, "init", "local-only", "F-5")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "backend stack organization/infra/init-local-only"
    assert "useLocalStackOnly" in found.title


@pytest.mark.parametrize(("words", "subject"), [
    ("failed to create stack: exit status 1: error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or",
     "PULUMI_CONFIG_PASSPHRASE"),
    ("failed to create stack: exit status 1: error: unknown secrets provider type 'x'", "spec.secretsProvider"),
    ("failed to create stack: exit status 1: error: forbidden", "backend stack organization/infra/init-local-only"),
    ("failed to select stack: exit status 1: error: no bucket", "backend stack organization/infra/init-local-only"),
])  # fmt: skip
def test_what_keeps_a_backend_stack_from_being_used_is_what_it_is_about(words: str, subject: str) -> None:
    scene = _stalled(STACK, "InitializationFailed", f"rpc error: code = Unknown desc = {words}")
    assert the_finding(scene.scene, "init", "local-only", "F-5").subject == subject
    assert scene.ids() == ["F-5"]


@pytest.mark.parametrize("more", ["", "\nerror: Unauthorized", "\nconfig items: x"])
def test_a_lock_isnt_about_initialisation(more: str) -> None:
    lock = f"{_SELECT}error: the stack is currently locked by 1 lock(s){more}"
    assert not {"F-1", "F-5", "F-6"} & set(_stalled(STACK, "InitializationFailed", lock).ids())


def test_a_stack_that_stalled_for_another_reason_has_an_initialised_workspace() -> None:
    scene = PodScene(STACK)
    scene.stalled("UpdateFailed", "up failed 3 times; not retrying until the spec or source changes")
    assert not {"F-1", "F-3", "F-5", "F-6", "F-7"} & set(scene.ids())
