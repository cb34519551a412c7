"""Where a Stack's program comes from."""

from __future__ import annotations

from textwrap import indent

import pytest

from manifests.problem import Problem, Severity
from manifests.product_versions import NEWEST_PKO, ProductVersion
from support.lint_texts import problems_in, told

HEAD = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
"""
GIT = "projectRepo: https://github.com/acme/web.git\n"
TOKEN = "{type: Secret, secret: {name: git-login, key: token}}"


def found(spec: str, *, about: str = "stack/source", pko: ProductVersion = NEWEST_PKO) -> list[Problem]:
    """What is said of a Stack with these lines in its spec, which begins in line 6."""
    return [each for each in problems_in(HEAD + indent(spec, "  "), pko=pko) if each.rule == about]


def places(spec: str, *, about: str = "stack/source", pko: ProductVersion = NEWEST_PKO) -> list[str]:
    return [each.partition(":")[2].split()[0] for each in told(found(spec, about=about, pko=pko))]


def only(spec: str, *, about: str = "stack/source", pko: ProductVersion = NEWEST_PKO) -> Problem:
    (problem,) = found(spec, about=about, pko=pko)
    return problem


def test_no_source_is_said_of_the_spec() -> None:
    assert places("refresh: true\n") == ["6:1"]
    assert "no source" in only("refresh: true\n").message
    assert only("refresh: true\n").severity is Severity.ERROR


@pytest.mark.parametrize(
    "spec",
    [
        f"{GIT}branch: main\n",
        f"{GIT}commit: 2f7c8c1d0a4b3e5f60718293a4b5c6d7e8f90123\n",
        "programRef: {name: web}\n",
        "fluxSource: {sourceRef: {apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, name: web}}\n",
        "workspaceTemplate: {spec: {image: example.com/web:1, local: {dir: /app}}}\n",
        "workspaceTemplate: {spec: {git: {url: https://github.com/acme/web.git, ref: main}}}\n",
        "workspaceTemplate: {spec: {podTemplate: {spec: {initContainers: [{name: program}]}}}}\n",
        f"{GIT}branch: main\nworkspaceTemplate: {{spec: {{git: {{shallow: true}}}}}}\n",
        "programRef: {name: web}\nworkspaceTemplate: {spec: {flux: {dir: web}}}\n",
    ],
)
def test_one_source_is_right(spec: str) -> None:
    assert places(spec) == []


def test_an_image_alone_is_no_source() -> None:
    assert places("workspaceTemplate: {spec: {image: example.com/web:1}}\n") == ["6:1"]


def test_of_two_sources_the_one_that_is_not_looked_at_is_named() -> None:
    spec = f"programRef: {{name: web}}\n{GIT}branch: main\n"
    assert places(spec) == ["8:3"]
    assert "takes projectRepo and never looks at programRef" in only(spec).message
    assert "refuses" in only(spec, pko=(1, 16, 0)).message


def test_a_local_program_beside_another_source_makes_a_pod_that_kubernetes_refuses() -> None:
    spec = f"{GIT}branch: main\nworkspaceTemplate:\n  spec:\n    local: {{dir: /app}}\n"
    assert places(spec) == ["12:7"]
    assert "two containers named fetch" in only(spec).message


def test_a_folder_of_git_beside_a_flux_source_hides_that() -> None:
    spec = "fluxSource: {sourceRef: {apiVersion: a/v1, kind: B, name: web}}\nrepoDir: infra\n"
    assert places(spec) == ["8:3"]
    assert 'missing "projectRepo"' in only(spec).message
    assert only(spec).fix == "Say the folder in fluxSource.dir in place of repoDir."


def test_a_branch_without_a_repository() -> None:
    assert places("branch: main\n") == ["8:3"]
    assert 'missing "projectRepo"' in only("branch: main\n").message
    assert places("projectRepo: ''\nbranch: main\n") == ["8:3"]


def test_a_branch_and_a_commit() -> None:
    spec = f"{GIT}branch: main\ncommit: 2f7c8c1d\n"
    assert places(spec) == ["10:3"]
    assert "the branch main and the commit 2f7c8c1d" in only(spec).message


def test_neither_branch_nor_commit() -> None:
    assert places(GIT) == ["8:3"]
    assert "neither branch nor commit" in only(GIT).message
    assert places(f"{GIT}branch: ''\n") == ["8:3"]


@pytest.mark.parametrize(
    "spec",
    [
        "projectrepo: https://github.com/acme/web.git\nbranch: main\n",
        "programref: {name: web}\n",
        f"{GIT}brnach: main\n",
    ],
)
def test_a_field_with_a_slip_is_another_rules(spec: str) -> None:
    assert places(spec) == []


def test_a_branch_of_a_wrong_type_is_another_rules() -> None:
    assert places(f"{GIT}branch: 1.0\n") == []


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/web.git",
        "https://github.com/acme/web",
        "https://acme@dev.azure.com/acme/shop/_git/web",
        "https://git.example.com:8443/group/sub/web.git",
        "ssh://git@github.com/acme/web.git",
        "ssh://git@git.example.com:2222/acme/web.git",
        "git@github.com:acme/web.git",
        "git.example.com:acme/web.git",
        "HTTPS://github.com/acme/web.git",
        "https://${GIT_HOST}/acme/web.git",
        "${REPOSITORY}",
    ],
)
def test_addresses_that_the_operator_takes_or_that_are_has_placeholder(address: str) -> None:
    assert places(f"projectRepo: '{address}'\nbranch: main\n") == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://github.com/acme/web.git", "its scheme is http"),
        ("git://github.com/acme/web.git", "its scheme is git"),
        ("file:///srv/web.git", "its scheme is file"),
        ("github.com/acme/web", "no address with https:// or ssh://"),
        ("../web", "no address with https:// or ssh://"),
        ("git@github.com", "no address with https:// or ssh://"),
        ("https://github.com/acme", "names no repository of an owner"),
        ("git@github.com:web.git", "names no repository of an owner"),
        ("https://git.example.com/web.git", "names no repository of an owner"),
    ],
)
def test_addresses_that_the_operator_refuses(address: str, why: str) -> None:
    spec = f"projectRepo: '{address}'\nbranch: main\n"
    assert places(spec) == ["8:3"]
    assert why in only(spec).message


def test_of_an_address_that_is_refused_nothing_else_is_said() -> None:
    assert "scheme" in only("projectRepo: http://github.com/acme/web.git\n").message


@pytest.mark.parametrize(
    "address",
    [
        "https://deploy:hunter2-example@github.com/acme/web.git",
        "https://:hunter2-example@github.com/acme/web.git",
        "https://ghp_hunter2example00000000@github.com/acme/web.git",
        "ssh://git:hunter2-example@github.com/acme/web.git",
    ],
)
def test_a_password_in_the_address_is_named_and_not_shown(address: str) -> None:
    problem = only(f"projectRepo: {address}\nbranch: main\n")
    assert "a password for github.com" in problem.message
    assert "hunter2" not in problem.message + problem.fix


def test_a_password_in_an_address_that_is_refused_is_not_shown_either() -> None:
    (problem,) = found("projectRepo: http://deploy:hunter2-example@github.com/acme/web.git\nbranch: main\n")
    assert "hunter2" not in problem.message + problem.fix
    assert "a password for github.com stands in the address" in problem.message
    assert "its scheme is http, and only https and ssh are taken" in problem.message
    (problem,) = found("projectRepo: ssh://git:hunter2-example@github.com/web.git\n")
    assert "hunter2" not in problem.message + problem.fix


@pytest.mark.parametrize("spec", ["", "spec:\n", "spec: null\n", "spec: ~\n"])
def test_a_stack_without_a_spec_has_no_source(spec: str) -> None:
    problems = problems_in(f"apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: web, namespace: shop}}\n{spec}")
    assert [each.rule for each in problems if each.severity == "error"] == ["stack/source"]


def test_a_source_and_a_stack_that_are_missing_are_one_finding() -> None:
    for spec in ("{}", "{refresh: true}"):
        text = f"apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: web, namespace: shop}}\nspec: {spec}\n"
        assert [each.rule for each in problems_in(text) if each.severity == "error"] == ["stack/missing-field"]


def auth(*methods: str) -> str:
    return f"{GIT}branch: main\ngitAuth:\n" + "".join(f"  {each}\n" for each in methods)


BASIC = f"basicAuth: {{userName: {TOKEN}, password: {TOKEN}}}"
SSH = f"sshAuth: {{sshPrivateKey: {TOKEN}, password: {TOKEN}}}"


@pytest.mark.parametrize("method", [f"accessToken: {TOKEN}", BASIC, SSH, "githubApp: {}"])
def test_one_way_to_log_in_is_right(method: str) -> None:
    assert places(auth(method), about="stack/git-auth") == []


def test_the_second_way_to_log_in_is_named() -> None:
    spec = auth(f"accessToken: {TOKEN}", BASIC)
    assert places(spec, about="stack/git-auth") == ["12:5"]
    assert "accessToken and basicAuth" in only(spec, about="stack/git-auth").message
    assert only(spec, about="stack/git-auth").severity is Severity.ERROR
    assert only(spec, about="stack/git-auth", pko=(1, 16, 0)).severity is Severity.WARNING


def test_no_way_to_log_in_is_named() -> None:
    spec = f"{GIT}branch: main\ngitAuth: {{}}\n"
    assert places(spec, about="stack/git-auth") == ["10:3"]


def test_the_old_field_is_a_warning() -> None:
    spec = f"{GIT}branch: main\ngitAuthSecret: git-login\n"
    problem = only(spec, about="stack/git-auth")
    assert places(spec, about="stack/git-auth") == ["10:3"]
    assert problem.severity is Severity.WARNING
    assert "name: git-login" in problem.fix


def test_the_old_field_beside_the_new_one_is_an_error() -> None:
    spec = f"{GIT}branch: main\ngitAuthSecret: git-login\ngitAuth: {{accessToken: {TOKEN}}}\n"
    assert places(spec, about="stack/git-auth") == ["10:3"]
    assert only(spec, about="stack/git-auth").severity is Severity.ERROR


def test_version_one_refuses_a_stack_without_a_source() -> None:
    assert only("refresh: true\n", pko=(1, 16, 0)).message.endswith("the operator refuses it and runs nothing")
