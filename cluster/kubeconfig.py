"""Which clusters there are: kubeconfig files, found and merged as kubectl does it.

It differs from kubectl in this:

| case                                       | kubectl                          | here                              |
|--------------------------------------------|----------------------------------|-----------------------------------|
| ``$KUBECONFIG`` with none that exists      | goes on with localhost:8080      | an error that names them          |
| one name in two files                      | the whole of the first one wins  | the same, and a problem is listed |
| one name twice in one file                 | an error                         | the first, a problem is listed    |
| one file of several is broken              | an error                         | the others, a problem is listed   |
| ``X-data`` next to ``X``                   | an error                         | the data are used                 |
| a context whose user doesn't exist         | anonymous                        | an error: no one means that       |
| a number where text is expected            | an error                         | an error once it is used          |
| ``proxy-url``                              | http, https and socks5           | http                              |
| no kubeconfig, inside a pod                | the service account              | the same: context ``in-cluster``  |
| a renewed OIDC token                       | written into the kubeconfig      | kept in memory only               |
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from cluster.addresses import fits_header, in_ascii, is_address, is_host, split_login
from cluster.errors import KubeconfigError, presentable
from cluster.files import read_file
from cluster.kubeconfig_fields import KubeconfigFields
from cluster.target import AuthProvider, ExecPlugin, Impersonation, KubeconfigUser, Target

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
IN_CLUSTER = "in-cluster"
PLUGIN_API = "client.authentication.k8s.io"


@dataclass(frozen=True)
class Kubeconfig:
    """All contexts that can be chosen from, each resolved only when it is asked for."""

    contexts: tuple[str, ...]
    current: str = ""
    problems: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    _contexts: Mapping[str, KubeconfigFields] = field(default_factory=dict, repr=False)
    _clusters: Mapping[str, KubeconfigFields] = field(default_factory=dict, repr=False)
    _users: Mapping[str, KubeconfigFields] = field(default_factory=dict, repr=False)
    _in_cluster: Target | None = field(default=None, repr=False)

    def choose(self, patterns: Sequence[str] = (), everything: bool = False) -> list[str]:
        """The contexts that are meant: all, those named (globs allowed), or else the current one."""
        if not self.contexts:
            raise KubeconfigError(f"there is no context in {_listed(self.files)}; name another file with --kubeconfig")
        if everything:
            return list(self.contexts)
        if patterns:
            return list(dict.fromkeys(name for pattern in patterns for name in self._matching(pattern)))
        if not self.current:
            raise KubeconfigError(f"no current context is set; choose with --context one of {_listed(self.contexts)}")
        if self.current not in self.contexts:
            raise KubeconfigError(
                f'the current context "{self.current}" doesn\'t exist; {_suggestion(self.current, self.contexts)}'
            )
        return [self.current]

    def target(self, name: str, as_user: str = "", as_groups: Sequence[str] = ()) -> Target:
        """Where the context leads; `as_user` and `as_groups` replace what the kubeconfig impersonates."""
        if self._in_cluster is not None and name == IN_CLUSTER:
            return replace(self._in_cluster, impersonation=_impersonation(KubeconfigFields({}, ""), as_user, as_groups))
        context = self._contexts.get(name)
        if context is None:
            raise KubeconfigError(f'no context is called "{name}"; {_suggestion(name, self.contexts)}')
        cluster_name, cluster = self._referred(context, "cluster", self._clusters)
        if cluster is None:
            raise context.refuse("names no cluster; add one with kubectl config set-context --cluster")
        user_name, user = self._referred(context, "user", self._users)
        user = user or KubeconfigFields({}, context.where)
        server, login = _server(cluster, user)
        return Target(
            context=name,
            server=server,
            namespace=context.text("namespace") or "default",
            cluster=cluster_name,
            ca=_authority(cluster),
            insecure_skip_tls_verify=cluster.flag("insecure-skip-tls-verify"),
            tls_server_name=_tls_server_name(cluster),
            proxy_url=_proxy(cluster),
            user=_user(user_name, user, login),
            impersonation=_impersonation(user, as_user, as_groups),
            exec_config=_exec_config(cluster),
        )

    def _referred(
        self, context: KubeconfigFields, kind: str, entries: Mapping[str, KubeconfigFields]
    ) -> tuple[str, KubeconfigFields | None]:
        name = context.text(kind)
        if name and name not in entries:
            raise context.refuse(f'names the {kind} "{name}", which doesn\'t exist; {_suggestion(name, entries)}')
        return name, entries.get(name)

    def _matching(self, pattern: str) -> list[str]:
        if pattern in self.contexts:
            return [pattern]
        from fnmatch import fnmatchcase

        names = [name for name in self.contexts if fnmatchcase(name, pattern)]
        if not names:
            raise KubeconfigError(f'no context is called "{pattern}"; {_suggestion(pattern, self.contexts)}')
        return names


def load(explicit: str | None, environ: Mapping[str, str], service_account: Path = SERVICE_ACCOUNT) -> Kubeconfig:
    """Read what kubectl would read. `explicit` is the value of ``--kubeconfig``."""
    paths = _paths(explicit, environ)
    merged = _Merged()
    for path in paths:
        merged.add(path)
    if not merged.contexts and not explicit:
        inside = _service_account(environ, service_account)
        if inside is not None:
            return Kubeconfig((IN_CLUSTER,), IN_CLUSTER, _in_cluster=inside)
    if not merged.files:
        raise merged.failures[0] if merged.failures else _nothing_found(paths, explicit, environ)
    return Kubeconfig(
        tuple(merged.contexts),
        merged.current,
        tuple(merged.problems),
        tuple(merged.files),
        merged.contexts,
        merged.clusters,
        merged.users,
    )


def _paths(explicit: str | None, environ: Mapping[str, str]) -> list[Path]:
    if explicit:
        return [Path(explicit)]
    listed = [Path(name) for name in environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return list(dict.fromkeys(listed)) or [Path(environ.get("HOME") or Path.home()) / ".kube" / "config"]


def _nothing_found(paths: Sequence[Path], explicit: str | None, environ: Mapping[str, str]) -> KubeconfigError:
    if explicit:
        return KubeconfigError(f"the kubeconfig {explicit} doesn't exist; check --kubeconfig")
    origin = "named by $KUBECONFIG" if environ.get("KUBECONFIG") else "kubectl's default"
    return KubeconfigError(f"there is no kubeconfig: {_listed(paths)} ({origin}) not found; name one with --kubeconfig")


class _Merged:
    """The contexts, clusters and users of several files. Of two entries of one name the first is taken."""

    def __init__(self) -> None:
        self.contexts: dict[str, KubeconfigFields] = {}
        self.clusters: dict[str, KubeconfigFields] = {}
        self.users: dict[str, KubeconfigFields] = {}
        self.current = ""
        self.files: list[Path] = []
        self.failures: list[KubeconfigError] = []
        self.problems: list[str] = []

    def add(self, path: Path) -> None:
        try:
            content = _read(path)
        except KubeconfigError as error:
            self.failures.append(error)
            self.problems.append(f"left out: {error}")
            return
        if content is None:
            return
        self.files.append(path)
        current = content.get("current-context")
        if isinstance(current, str) and not self.current:
            self.current = current
        for kind, entries in (("context", self.contexts), ("cluster", self.clusters), ("user", self.users)):
            self._add_entries(kind, content.get(f"{kind}s"), path, entries)

    def _add_entries(self, kind: str, listed: object, path: Path, entries: dict[str, KubeconfigFields]) -> None:
        if not isinstance(listed, list):
            if listed is not None:
                self._note(f'"{kind}s" in {path} isn\'t a list')
            return
        for item in listed:
            name, body = (item.get("name"), item.get(kind)) if isinstance(item, Mapping) else (None, None)
            if not isinstance(name, str) or not name:
                self._note(f"a {kind} in {path} has no name, or one that should be in quotes")
            elif name in entries:
                self._note(f'{kind} "{name}" of {path} is ignored, because {entries[name].where} came first')
            elif not isinstance(body, Mapping | None):
                self._note(f'{kind} "{name}" in {path} isn\'t a mapping')
            else:
                entries[name] = KubeconfigFields(body or {}, f'{kind} "{name}" in {path}', path.absolute().parent)

    def _note(self, problem: str) -> None:
        self.problems.append(presentable(problem))


def _read(path: Path) -> Mapping[object, object] | None:
    """The mapping in a file, None if there is no such file."""
    import yaml

    # A value that isn't what its tag says, such as ``!!int ""``, ends in whatever went wrong in the middle.
    unreadable = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
    try:
        text = read_file(path).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't text"
        raise KubeconfigError(f"the kubeconfig {path} can't be read: {why}") from None
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (it is a safe one)
    except unreadable as error:
        # Only the problem and its line: the text around it may well be a token.
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or "a value can't be understood"
        raise KubeconfigError(f"the kubeconfig {path}{place} isn't valid YAML: {what}") from None
    if not isinstance(content, Mapping | None):
        raise KubeconfigError(f"{path} isn't a kubeconfig: it should be a mapping with clusters, users and contexts")
    return content or {}


def _server(cluster: KubeconfigFields, user: KubeconfigFields) -> tuple[str, tuple[str, str]]:
    """The server's address, and the name and password that stand in it (empty where none do)."""
    server = cluster.text("server").strip().rstrip("/")
    if not server:
        raise cluster.refuse("has no server; add its address with kubectl config set-cluster --server")
    if "://" not in server:
        secured = cluster.flag("insecure-skip-tls-verify") or any(
            fields.file_or_data(key)
            for fields, key in ((cluster, "certificate-authority"), (user, "client-certificate"))
        )
        server = f"{'https' if secured else 'http'}://{server}"
    if not is_address(server):
        raise cluster.refuse(
            'has a "server" that isn\'t the address of anything; it should be like https://10.0.0.1:6443'
        )
    address, name, password = split_login(in_ascii(server))
    return address, (name, password)


def _proxy(cluster: KubeconfigFields) -> str:
    proxy = cluster.text("proxy-url")
    if proxy and not is_address(proxy.rstrip("/"), ("http", "https", "socks5", "socks5h")):
        raise cluster.refuse(
            'has a "proxy-url" that isn\'t the address of anything; it should be like http://10.0.0.1:3128'
        )
    return in_ascii(proxy) if proxy else ""


def _tls_server_name(cluster: KubeconfigFields) -> str:
    name = cluster.text("tls-server-name")
    if name and not is_host(name):
        raise cluster.refuse('has a "tls-server-name" that can\'t be the name of a host')
    return name


def _authority(cluster: KubeconfigFields) -> Path | bytes | None:
    authority = cluster.file_or_data("certificate-authority")
    if authority and cluster.flag("insecure-skip-tls-verify"):
        raise cluster.refuse("names a certificate authority and says insecure-skip-tls-verify; remove one of them")
    return authority


def _user(name: str, fields: KubeconfigFields, login: tuple[str, str]) -> KubeconfigUser:
    """Who we are; `login` is the one in the server's address, which holds where the user has none."""
    user = KubeconfigUser(
        name=name,
        token=fields.text("token").strip(),
        token_file=fields.path("tokenFile"),
        certificate=fields.file_or_data("client-certificate"),
        key=fields.file_or_data("client-key"),
        username=fields.text("username"),
        password=fields.text("password"),
        exec=_exec(fields),
        auth_provider=_auth_provider(fields),
    )
    if (user.token or user.token_file) and (user.username or user.password):
        raise fields.refuse("has both a token and a password; remove one of them")
    if user.exec and user.auth_provider:
        raise fields.refuse("has both an exec plugin and an auth-provider; remove one of them")
    if bool(user.certificate) != bool(user.key):
        raise fields.refuse("has only one of client-certificate and client-key; add the other")
    if not any(login):
        return user
    if user.token or user.token_file or user.username or user.password or user.exec or user.auth_provider:
        raise fields.refuse("has a login, and another stands in the address of the server; remove one of them")
    return replace(user, username=login[0], password=login[1])


def _exec(user: KubeconfigFields) -> ExecPlugin | None:
    plugin = user.inner("exec")
    if plugin is None:
        return None
    command, api_version = plugin.text("command"), plugin.text("apiVersion")
    if not command:
        raise user.refuse("has an exec plugin without a command")
    if api_version not in (f"{PLUGIN_API}/v1", f"{PLUGIN_API}/v1beta1"):
        raise user.refuse(
            f'has an exec plugin of apiVersion "{api_version}", and {PLUGIN_API}/v1 or v1beta1 is needed; '
            f"update {command} and let it write the kubeconfig again"
        )
    mode = plugin.text("interactiveMode") or "IfAvailable"
    if mode not in ("Never", "IfAvailable", "Always"):
        raise user.refuse(f'has the interactiveMode "{mode}"; it can be Never, IfAvailable or Always')
    return ExecPlugin(
        command=str(plugin.folder / command) if os.sep in command else command,
        api_version=api_version,
        args=plugin.texts("args"),
        env=tuple((pair.text("name"), pair.text("value")) for pair in plugin.each("env") if pair.text("name")),
        interactive_mode=mode,
        provide_cluster_info=plugin.flag("provideClusterInfo"),
        install_hint=plugin.text("installHint"),
    )


def _exec_config(cluster: KubeconfigFields) -> object:
    extensions = {item.text("name"): item.body.get("extension") for item in cluster.each("extensions")}
    return extensions.get(f"{PLUGIN_API}/exec")


def _auth_provider(user: KubeconfigFields) -> AuthProvider | None:
    provider = user.inner("auth-provider")
    if provider is None:
        return None
    config = provider.inner("config")
    return AuthProvider(provider.text("name"), config.scalars() if config else {})


def _impersonation(user: KubeconfigFields, as_user: str, as_groups: Sequence[str]) -> Impersonation | None:
    whom = Impersonation(as_user, tuple(as_groups)) if as_user else _own_impersonation(user, as_groups)
    if whom is not None:
        sent = (whom.user, *whom.groups, whom.uid, *chain.from_iterable(whom.extra))
        if not all(map(fits_header, sent)):
            origin = "--as or --as-group" if as_user or as_groups else f"{user.where}: who is impersonated (as:)"
            raise KubeconfigError(f"{origin} holds a line break or another character that can't be sent")
    return whom


def _own_impersonation(user: KubeconfigFields, as_groups: Sequence[str]) -> Impersonation | None:
    """Whom the kubeconfig itself says; `as_groups` replace its groups."""
    name, groups = user.text("as"), tuple(as_groups) or user.texts("as-groups")
    if not name:
        if groups:
            raise KubeconfigError("groups can be impersonated only together with a user; add --as")
        return None
    extra = user.inner("as-user-extra") or KubeconfigFields({}, user.where)
    pairs = ((str(key), value) for key in extra.body for value in extra.texts(str(key)))
    return Impersonation(name, groups, user.text("as-uid"), tuple(pairs))


def _service_account(environ: Mapping[str, str], folder: Path) -> Target | None:
    host, token = environ.get("KUBERNETES_SERVICE_HOST", ""), folder / "token"
    if not host or not token.exists():
        return None
    server = f"https://{f'[{host}]' if ':' in host else host}:{environ.get('KUBERNETES_SERVICE_PORT') or '443'}"
    if not is_address(server):
        raise KubeconfigError("$KUBERNETES_SERVICE_HOST and $KUBERNETES_SERVICE_PORT aren't the address of anything")
    namespace, authority = folder / "namespace", folder / "ca.crt"
    return Target(
        context=IN_CLUSTER,
        server=server,
        namespace=_text_of(namespace) if namespace.exists() else "default",
        cluster=IN_CLUSTER,
        ca=authority if authority.exists() else None,
        user=KubeconfigUser(name="service account", token_file=token),
    )


def _text_of(path: Path) -> str:
    try:
        return read_file(path).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't text"
        raise KubeconfigError(f"{path} can't be read: {why}") from None


def _suggestion(name: str, names: Sequence[str] | Mapping[str, KubeconfigFields]) -> str:
    from difflib import get_close_matches

    known = list(names)
    near = get_close_matches(name, known, n=3, cutoff=0.5) or [each for each in known if name.lower() in each.lower()]
    if name and near:
        return "did you mean " + " or ".join(f'"{each}"' for each in near[:3]) + "?"
    return f"there is {_listed(known)}" if known else "there is none"


def _listed(things: Sequence[object]) -> str:
    shown = ", ".join(str(thing) for thing in things[:5])
    return f"{shown} and {len(things) - 5} more" if len(things) > 5 else shown
