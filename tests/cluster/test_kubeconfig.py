"""Kubeconfig files: found, merged, chosen from, resolved, and explained when they are wrong."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cluster.errors import KubeconfigError
from cluster.http.connection import Connection
from cluster.http.transport import proxy_for
from cluster.kubeconfig import Kubeconfig, load
from cluster.kubeconfig_fields import KubeconfigFields
from support.hostile import anything

CA = base64.b64encode(b"authority").decode()


def config(
    name: str, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A kubeconfig with one context, whose cluster and user have its name."""
    return {
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example", **(cluster or {})}}],
        "users": [{"name": name, "user": {"token": f"{name}-token"} if user is None else user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        **more,
    }


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def loaded(folder: Path, content: Any) -> Kubeconfig:
    return load(str(write(folder / "config", content)), {})


def several(*paths: Path) -> dict[str, str]:
    return {"KUBECONFIG": os.pathsep.join(map(str, paths))}


# Found


def test_an_explicit_file_is_the_only_one_read(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", config("one")), write(tmp_path / "other", config("other"))
    assert load(str(one), several(other)).contexts == ("one",)


def test_without_a_word_the_file_in_the_home_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path / ".kube" / "config", config("home"))
    assert load(None, {"HOME": str(tmp_path)}).contexts == ("home",)


def test_missing_files_are_skipped_while_others_exist(tmp_path: Path) -> None:
    there = write(tmp_path / "there", config("there"))
    found = load(None, several(tmp_path / "not", there))
    assert found.contexts == ("there",)
    assert not found.problems


@pytest.mark.parametrize(
    ("explicit", "environ", "words"),
    [
        ("/nowhere/config", {}, ["/nowhere/config doesn't exist", "--kubeconfig"]),
        (None, {"KUBECONFIG": "/nowhere/a:/nowhere/b"}, ["/nowhere/a, /nowhere/b", "$KUBECONFIG"]),
        (None, {"HOME": "/nowhere"}, ["/nowhere/.kube/config", "default"]),
    ],
)
def test_no_kubeconfig_at_all_names_what_was_tried(
    explicit: str | None, environ: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(KubeconfigError) as caught:
        load(explicit, environ)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: [\nb", ["line", "isn't valid YAML"]),
        ("users:\n- name: a\n  user: {token: hunter2\n", ["isn't valid YAML"]),
        ("- a\n- list\n", ["isn't a kubeconfig"]),
        ("just text", ["isn't a kubeconfig"]),
        ("when: 2024-99-99\n", ["isn't valid YAML"]),
        ("a: !!python/object/apply:os.system [id]\n", ["isn't valid YAML"]),
    ],
)
def test_a_broken_file_is_told_with_its_place_and_without_its_text(
    tmp_path: Path, content: str, words: list[str]
) -> None:
    with pytest.raises(KubeconfigError) as caught:
        loaded(tmp_path, content)
    assert all(word in str(caught.value) for word in [*words, str(tmp_path / "config")])
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cant_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="can't be read"):
        load(str(tmp_path), {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KubeconfigError, match="isn't text"):
        load(str(tmp_path / "binary"), {})


@pytest.mark.parametrize(
    "text",
    [
        "!!int ''",
        "!!bool x",
        "!!timestamp x",
        "!!float ''",
        "[" * 5000,
        "1" * 5000,
        'a: "\\ud800"',
        "? [a]\n: b",
        "&a [*a]",
        "2001-99-99",
    ],
)
def test_values_that_yaml_stumbles_over_are_a_broken_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(KubeconfigError):
        loaded(tmp_path, text)


@pytest.mark.parametrize("what", ["pipe", "folder", "/dev/zero"])
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, what: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(KubeconfigError, match="and a file is expected"):
        load(str(tmp_path / what), {})
    assert load(None, several(tmp_path / what, write(tmp_path / "good", config("good")))).contexts == ("good",)


def test_the_null_device_is_a_kubeconfig_without_contexts() -> None:
    assert load(os.devnull, {}).contexts == ()


def test_an_empty_kubeconfig_has_nothing_to_choose_from(tmp_path: Path) -> None:
    empty = loaded(tmp_path, "apiVersion: v1\nclusters: null\ncontexts: null\nusers: null\n")
    with pytest.raises(KubeconfigError, match="there is no context in"):
        empty.choose([], False)


# Merged


def test_the_first_file_wins_and_the_clash_is_told(tmp_path: Path) -> None:
    first = write(tmp_path / "first", config("same", user={"token": "first-token"}))
    second = write(tmp_path / "second", config("same", cluster={"server": "https://second.example"}))
    merged = load(None, several(first, second))
    target = merged.target("same")
    assert (target.server, target.user.token) == ("https://same.example", "first-token")
    told = [problem for problem in merged.problems if 'context "same"' in problem]
    assert len(told) == 1
    assert str(second) in told[0] and str(first) in told[0]


def test_the_current_context_comes_from_the_first_file_that_sets_it(tmp_path: Path) -> None:
    silent = write(tmp_path / "silent", config("silent", **{"current-context": ""}))
    says = write(tmp_path / "says", config("says", **{"current-context": "says"}))
    also = write(tmp_path / "also", config("also", **{"current-context": "also"}))
    assert load(None, several(silent, says, also)).current == "says"


def test_a_context_may_use_a_user_and_a_cluster_of_other_files(tmp_path: Path) -> None:
    whole = config("split")
    parts = [write(tmp_path / part, {part: whole[part]}) for part in ("contexts", "users", "clusters")]
    assert load(None, several(*parts)).target("split").user.token == "split-token"


def test_a_broken_extra_file_doesnt_take_the_others_with_it(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good", config("good")), write(tmp_path / "bad", "{")
    merged = load(None, several(bad, good))
    assert merged.contexts == ("good",)
    assert any(str(bad) in problem for problem in merged.problems)


@pytest.mark.parametrize(
    "extra",
    [
        {"contexts": "none"},
        {"contexts": [7]},
        {"contexts": [{"context": {}}]},
        {"contexts": [{"name": 7, "context": {}}]},
        {"contexts": [{"name": "a", "context": "b"}]},
    ],
)
def test_a_malformed_entry_is_a_problem_and_no_error(tmp_path: Path, extra: dict[str, Any]) -> None:
    good, odd = write(tmp_path / "good", config("good")), write(tmp_path / "odd", extra)
    merged = load(None, several(good, odd))
    assert merged.contexts == ("good",)
    assert len(merged.problems) == 1


def test_the_same_name_twice_in_one_file_is_told(tmp_path: Path) -> None:
    twice = config("twin")
    twice["contexts"] *= 2
    merged = loaded(tmp_path, twice)
    assert merged.contexts == ("twin",)
    assert merged.problems


# Chosen


@pytest.fixture
def fleet(tmp_path: Path) -> Kubeconfig:
    names = ("prod-eu", "prod-us", "stage", "odd[1]")
    content: dict[str, Any] = {"clusters": [], "users": [], "contexts": [], "current-context": "stage"}
    for name in names:
        for part, entries in config(name).items():
            content[part] += entries
    return loaded(tmp_path, content)


@pytest.mark.parametrize(
    ("patterns", "everything", "names"),
    [
        ([], False, ["stage"]),
        ([], True, ["prod-eu", "prod-us", "stage", "odd[1]"]),
        (["prod-*"], False, ["prod-eu", "prod-us"]),
        (["stage", "*"], False, ["stage", "prod-eu", "prod-us", "odd[1]"]),
        (["odd[1]"], False, ["odd[1]"]),
        (["prod-us", "prod-us"], False, ["prod-us"]),
    ],
)
def test_contexts_are_chosen_by_name_by_glob_or_by_default(
    fleet: Kubeconfig, patterns: list[str], everything: bool, names: list[str]
) -> None:
    assert fleet.choose(patterns, everything) == names


@pytest.mark.parametrize(("name", "near"), [("prod-eux", "prod-eu"), ("PROD-US", "prod-us"), ("stag", "stage")])
def test_an_unknown_context_comes_with_what_was_probably_meant(fleet: Kubeconfig, name: str, near: str) -> None:
    with pytest.raises(KubeconfigError, match=f'no context is called "{name}"; did you mean .*"{near}"'):
        fleet.choose([name], False)


def test_an_unknown_context_that_resembles_nothing_comes_with_what_there_is(fleet: Kubeconfig) -> None:
    with pytest.raises(KubeconfigError, match="there is prod-eu, prod-us, stage"):
        fleet.choose(["zzz"], False)


@pytest.mark.parametrize(("current", "words"), [("", "no current context is set"), ("gone", '"gone" doesn\'t exist')])
def test_a_useless_current_context_is_an_error_only_if_it_is_needed(tmp_path: Path, current: str, words: str) -> None:
    found = loaded(tmp_path, config("one", **{"current-context": current}))
    assert found.choose(["one"], False) == ["one"]
    with pytest.raises(KubeconfigError, match=words):
        found.choose([], False)


# Resolved


def test_everything_about_a_cluster_is_read(tmp_path: Path) -> None:
    content = config(
        "all",
        cluster={
            "certificate-authority-data": CA,
            "certificate-authority": "ignored.crt",
            "tls-server-name": "inner.example",
            "proxy-url": "http://proxy:3128",
            "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}],
        },
    )
    content["contexts"][0]["context"]["namespace"] = "shop"
    target = loaded(tmp_path, content).target("all")
    assert (target.context, target.cluster, target.namespace) == ("all", "all", "shop")
    assert (target.ca, target.tls_server_name, target.proxy_url) == (b"authority", "inner.example", "http://proxy:3128")
    assert target.exec_config == {"audience": "x"}


def test_relative_paths_start_at_the_file_they_stand_in(tmp_path: Path) -> None:
    content = config(
        "rel",
        cluster={"certificate-authority": "pki/ca.crt"},
        user={
            "client-certificate": "me.crt",
            "client-key": "../me.key",
            "tokenFile": "token",
            "exec": {"command": "./bin/login", "apiVersion": "client.authentication.k8s.io/v1"},
        },
    )
    target = load(str(write(tmp_path / "deep" / "config", content)), {}).target("rel")
    deep = tmp_path / "deep"
    assert target.ca == deep / "pki" / "ca.crt"
    assert target.user.certificate == deep / "me.crt"
    assert target.user.key == deep / ".." / "me.key"
    assert target.user.token_file == deep / "token"
    assert target.user.exec is not None
    assert Path(target.user.exec.command) == deep / "bin" / "login"


def test_a_plugin_found_by_path_keeps_its_bare_name(tmp_path: Path) -> None:
    plugin = {
        "command": "aws",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "args": ["eks", "get-token"],
        "env": [{"name": "AWS_PROFILE", "value": "team"}],
        "installHint": "get it",
        "provideClusterInfo": True,
    }
    user = loaded(tmp_path, config("eks", user={"exec": plugin})).target("eks").user
    assert user.exec is not None
    assert (user.exec.command, user.exec.args) == ("aws", ("eks", "get-token"))
    assert (user.exec.env, user.exec.interactive_mode) == ((("AWS_PROFILE", "team"),), "IfAvailable")
    assert user.exec.provide_cluster_info


@pytest.mark.parametrize(
    ("server", "cluster", "url"),
    [
        ("https://a.example:6443/", {}, "https://a.example:6443"),
        ("https://a.example/k8s/clusters/c-1/", {}, "https://a.example/k8s/clusters/c-1"),
        ("a.example:8080", {}, "http://a.example:8080"),
        ("a.example", {"certificate-authority-data": CA}, "https://a.example"),
        ("a.example", {"insecure-skip-tls-verify": True}, "https://a.example"),
    ],
)
def test_a_server_without_a_scheme_gets_the_one_kubectl_would_give_it(
    tmp_path: Path, server: str, cluster: dict[str, Any], url: str
) -> None:
    assert loaded(tmp_path, config("s", cluster={"server": server, **cluster})).target("s").server == url


def test_a_login_in_the_address_is_who_we_are_where_nothing_else_says_it(tmp_path: Path) -> None:
    target = loaded(tmp_path, config("s", cluster={"server": "https://u:p%40@s.example:1/x"}, user={})).target("s")
    assert target.server == "https://s.example:1/x"
    assert (target.user.username, target.user.password) == ("u", "p@")


def test_a_line_break_in_whom_a_flag_impersonates_is_refused(tmp_path: Path) -> None:
    found = loaded(tmp_path, config("s"))
    for whom in (("a\nb", []), ("a", ["b\r"])):
        with pytest.raises(KubeconfigError, match="--as or --as-group holds a line break"):
            found.target("s", *whom)


def test_a_context_without_a_user_is_anonymous(tmp_path: Path) -> None:
    content = config("anon")
    del content["contexts"][0]["context"]["user"], content["users"]
    user = loaded(tmp_path, content).target("anon").user
    assert not (user.name or user.token or user.exec)


def test_impersonation_comes_from_the_kubeconfig_or_from_the_command_line(tmp_path: Path) -> None:
    user = {"token": "t", "as": "robot", "as-groups": ["g1", "g2"], "as-uid": "7", "as-user-extra": {"why": ["x"]}}
    found = loaded(tmp_path, config("imp", user=user))
    own = found.target("imp").impersonation
    assert own is not None
    assert (own.user, own.groups, own.uid, own.extra) == ("robot", ("g1", "g2"), "7", (("why", "x"),))
    other = found.target("imp", "somebody", ["g3"]).impersonation
    assert other is not None
    assert (other.user, other.groups, other.uid) == ("somebody", ("g3",), "")
    with pytest.raises(KubeconfigError, match="--as"):
        loaded(tmp_path, config("no", user={})).target("no", "", ["g3"])


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda c: c["contexts"][0]["context"].update(user="nobody"), 'names the user "nobody", which doesn\'t exist'),
        (lambda c: c["contexts"][0]["context"].update(cluster="gone"), 'names the cluster "gone"'),
        (lambda c: c["contexts"][0]["context"].pop("cluster"), "names no cluster"),
        (lambda c: c["clusters"][0]["cluster"].pop("server"), "has no server"),
        (lambda c: c["clusters"][0]["cluster"].update(server="https://[bad"), "isn't the address of anything"),
        (lambda c: c["clusters"][0]["cluster"].update(server="https://a:port"), "isn't the address of anything"),
        (lambda c: c["clusters"][0]["cluster"].update(server="http://a..b"), "isn't the address of anything"),
        (lambda c: c["clusters"][0]["cluster"].update(server="a" * 300), "isn't the address of anything"),
        (lambda c: c["clusters"][0]["cluster"].update(server="http://h\\@evil"), "isn't the address of anything"),
        (lambda c: c["clusters"][0]["cluster"].update(server="https://u:p@h"), "another stands in the address"),
        (lambda c: c["clusters"][0]["cluster"].update({"proxy-url": "http://a..b"}), 'a "proxy-url" that'),
        (lambda c: c["clusters"][0]["cluster"].update({"tls-server-name": "a..b"}), '"tls-server-name" that'),
        (lambda c: c["users"][0]["user"].update({"as": "a\r\nX: y"}), "can't be sent"),
        (lambda c: c["users"][0]["user"].update({"as": "a", "as-groups": ["b\n"]}), "can't be sent"),
        (lambda c: c["users"][0]["user"].update({"as": "a", "as-uid": "\0"}), "can't be sent"),
        (lambda c: c["users"][0]["user"].update({"as": "a", "as-user-extra": {"k": ["\n"]}}), "can't be sent"),
        (lambda c: c["clusters"][0]["cluster"].update({"proxy-url": "http://"}), 'a "proxy-url" that'),
        (lambda c: c["clusters"][0]["cluster"].update({"certificate-authority-data": "%%%"}), "isn't base64"),
        (lambda c: c["users"][0]["user"].update({"client-key-data": "a"}), "isn't base64"),
        (lambda c: c["users"][0]["user"].update({"client-key-data": CA}), "only one of client-certificate"),
        (lambda c: c["users"][0]["user"].update(token=12), '"token" isn\'t text'),
        (lambda c: c["users"][0]["user"].update(username="u"), "both a token and a password"),
        (lambda c: c["users"][0]["user"].update(exec={"apiVersion": "x"}), "without a command"),
        (lambda c: c["users"][0]["user"].update(exec={"command": "x"}), "v1 or v1beta1 is needed"),
        (lambda c: c["users"][0]["user"].update(exec="x"), '"exec" isn\'t a mapping'),
        (
            lambda c: c["clusters"][0]["cluster"].update(
                {"certificate-authority-data": CA, "insecure-skip-tls-verify": True}
            ),
            "remove one of them",
        ),
        (
            lambda c: c["users"][0]["user"].update(
                {
                    "exec": {"command": "x", "apiVersion": "client.authentication.k8s.io/v1"},
                    "auth-provider": {"name": "oidc"},
                }
            ),
            "both an exec plugin and an auth-provider",
        ),
    ],
)
def test_what_is_wrong_with_a_context_is_said_in_one_sentence_with_its_place(
    tmp_path: Path, break_it: Any, words: str
) -> None:
    content = config("it", user={"token": "planted-secret"})
    break_it(content)
    found = loaded(tmp_path, content)
    with pytest.raises(KubeconfigError) as caught:
        found.target("it")
    assert words in str(caught.value)
    assert str(tmp_path / "config") in str(caught.value)
    assert "planted-secret" not in str(caught.value)


def test_one_broken_context_doesnt_spoil_the_others(tmp_path: Path) -> None:
    content = config("good")
    content["contexts"].append({"name": "bad", "context": {"cluster": "gone", "user": 7}})
    found = loaded(tmp_path, content)
    assert found.contexts == ("good", "bad")
    assert found.target("good").server


_FIELDS = {
    "cluster": ["server", "proxy-url", "tls-server-name", "certificate-authority", "certificate-authority-data"],
    "user": ["token", "tokenFile", "username", "password", "as", "as-groups", "as-uid", "as-user-extra", "exec"],
}
_PLACES = st.sampled_from([(kind, name) for kind, names in _FIELDS.items() for name in names])
_TEXTS = st.text(alphabet=st.characters(), max_size=300) | st.sampled_from(["http://a..b", "\0", "\ud800", "a\nb"])


_MAPS = st.dictionaries(_TEXTS, st.lists(_TEXTS, max_size=2), max_size=2)


@given(_PLACES, _TEXTS | st.lists(_TEXTS, max_size=3) | _MAPS | anything)
@example(("user", "as-user-extra"), {"\ud800": ["x"]})
def test_no_value_in_a_kubeconfig_is_a_crash(place: tuple[str, str], value: Any) -> None:
    kind, name = place
    fields = {"cluster": {"server": "https://it.example"}, "user": {"as": "anna"}}
    fields[kind][name] = value
    context, cluster, user = (
        KubeconfigFields(body, "it") for body in ({"cluster": "it", "user": "it"}, fields["cluster"], fields["user"])
    )
    found = Kubeconfig(("it",), "it", _contexts={"it": context}, _clusters={"it": cluster}, _users={"it": user})
    try:
        target = found.target("it")
        headers = Connection(target, environ={})._headers
        proxy_for(target, {})
    except KubeconfigError:
        return
    assert target.server.isascii()
    for header, text in headers:
        assert header.isascii() and header.isprintable() and " " not in header
        text.encode()
        assert "\n" not in text and "\r" not in text and "\0" not in text


# In a pod


def test_in_a_pod_without_a_kubeconfig_the_service_account_is_used(tmp_path: Path) -> None:
    account = tmp_path / "account"
    write(account / "token", "t")
    write(account / "ca.crt", "c")
    write(account / "namespace", "argocd\n")
    environ = {"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    found = load(None, environ, account)
    assert found.choose([], False) == ["in-cluster"]
    target = found.target("in-cluster", "somebody")
    assert (target.server, target.namespace, target.ca) == ("https://[fd00::1]:6443", "argocd", account / "ca.crt")
    assert target.user.token_file == account / "token"
    assert target.impersonation is not None


def test_a_kubeconfig_comes_before_the_service_account(tmp_path: Path) -> None:
    write(tmp_path / "account" / "token", "t")
    write(tmp_path / ".kube" / "config", config("mine"))
    environ = {"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    assert load(None, environ, tmp_path / "account").contexts == ("mine",)


# Secrets


def test_no_secret_is_in_the_repr_of_anything(tmp_path: Path) -> None:
    secret = base64.b64encode(b"hunter2").decode()
    user = {
        "token": "hunter2",
        "client-certificate-data": secret,
        "client-key-data": secret,
        "auth-provider": {"name": "oidc", "config": {"refresh-token": "hunter2", "id-token": "hunter2"}},
    }
    found = loaded(
        tmp_path,
        config("s", user=user, cluster={"proxy-url": "http://u:hunter2@p"}),
    )
    target = found.target("s")
    plugin = {
        "command": "x",
        "apiVersion": "client.authentication.k8s.io/v1",
        "args": ["hunter2"],
        "env": [{"name": "K", "value": "hunter2"}],
    }
    other = loaded(tmp_path, config("o", user={"exec": plugin})).target("o")
    password = loaded(tmp_path, config("p", user={}, cluster={"server": "https://hunter2:hunter2@p"})).target("p")
    for thing in (found, target, target.user, other, other.user.exec, password, target.user.auth_provider):
        assert "hunter2" not in repr(thing)
        assert secret not in repr(thing)
        assert "hunter2" not in str(thing)
