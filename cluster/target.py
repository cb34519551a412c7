"""One context, resolved: where its API server is, whom to trust, who we are there. No `repr` holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cluster.errors import ClusterError, presentable
from cluster.files import read_file


def read_source(source: Path | bytes | None, what: str, error: type[ClusterError]) -> bytes:
    """The bytes themselves, or those in the file; raises `error` where the file of `what` can't be read."""
    if not isinstance(source, Path):
        return source or b""
    try:
        return read_file(source)
    except OSError as failure:
        raise error(f"{what} {source} can't be read: {failure.strerror}") from None


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A program that prints credentials (``users[].user.exec``)."""

    command: str
    api_version: str
    args: tuple[str, ...] = field(default=(), repr=False)
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    interactive_mode: str = "IfAvailable"
    provide_cluster_info: bool = False
    install_hint: str = field(default="", repr=False)


@dataclass(frozen=True)
class AuthProvider:
    """The older way to renew tokens (``users[].user.auth-provider``)."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class KubeconfigUser:
    """Who we are. A file and its data never stand side by side: data wins, as in kubectl."""

    name: str = ""
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    certificate: Path | bytes | None = field(default=None, repr=False)
    key: Path | bytes | None = field(default=None, repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    exec: ExecPlugin | None = None
    auth_provider: AuthProvider | None = None


@dataclass(frozen=True, slots=True)
class Impersonation:
    """Whom we act as (``--as``, ``--as-group``, or ``as`` and ``as-groups`` in the kubeconfig)."""

    user: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Target:
    """Everything that a connection needs to know of a context."""

    context: str
    server: str
    namespace: str = "default"
    cluster: str = ""
    ca: Path | bytes | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    user: KubeconfigUser = field(default_factory=KubeconfigUser)
    impersonation: Impersonation | None = None
    exec_config: object = None
    """What the cluster wants its users' plugins to know (the extension ``client.authentication.k8s.io/exec``)."""

    def __repr__(self) -> str:
        # A server's or proxy's address may carry a login.
        return (
            f"Target({self.context!r}, {presentable(self.server)!r}, namespace={self.namespace!r}, user={self.user!r})"
        )
