"""A real etcd and a real kube-apiserver on loopback, started for a test and gone after it.

The programs come from a cache that `go/build.sh` fills; nothing is downloaded here. The server can be
killed and started again on its port, to see what a client makes of it.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

Obj = dict[str, Any]

_HOME = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
CACHE = Path(os.environ.get("PKO_ARGO_E2E_CACHE") or _HOME / "pko-argo-e2e")
CRDS = Path(__file__).parents[3] / "shared" / "crds"
ADMIN, VIEWER = "admin-token-of-a-test", "viewer-token-of-a-test"
STARTS_WITHIN = 60.0


def program(name: str) -> Path | None:
    """The newest build of a program in the cache; None if there is none."""
    found = sorted(path for path in CACHE.glob(f"{name}-v*") if path.suffix != ".part")
    return found[-1] if found else None


def missing() -> str:
    """Why no control plane can be started here; empty if one can."""
    absent = [name for name in ("etcd", "kube-apiserver") if program(name) is None]
    if absent:
        return f"{' and '.join(absent)} not built (tests/e2e/go/build.sh)"
    if shutil.which("openssl") is None:
        return "openssl is not installed"
    return "" if CRDS.is_dir() else "the operators' CRDs are not beside this project"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ControlPlane:
    """`with ControlPlane() as plane:` then `plane.url`, `plane.ca_file` and the two tokens."""

    directory: Path = field(default_factory=Path)
    port: int = 0
    _etcd_port: int = 0
    _etcd: subprocess.Popen[bytes] | None = None
    _server: subprocess.Popen[bytes] | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        return self.directory / "certs" / "apiserver.crt"

    def __enter__(self) -> Self:
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="pko-argo-e2e-")))
        self.port, self._etcd_port = free_port(), free_port()
        self._write_files()
        try:
            self._start_etcd()
            self.start()
            self.install(CRDS)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        end(self._etcd)
        self._stack.close()

    def _write_files(self) -> None:
        tokens = f'{ADMIN},admin,admin,"system:masters"\n{VIEWER},viewer,viewer\n'
        (self.directory / "tokens.csv").write_text(tokens)
        key = ["openssl", "genrsa", "-out", str(self.directory / "sa.key"), "2048"]
        subprocess.run(key, check=True, capture_output=True)

    def _start_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{free_port()}"
        self._etcd = self._run(
            "etcd",
            "--data-dir", str(self.directory / "etcd"), "--unsafe-no-fsync",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        )  # fmt: skip

    def start(self) -> None:
        """Start the API server (again), and wait until it is ready."""
        server = self.launch()
        ends = time.monotonic() + STARTS_WITHIN
        while not self.ready():
            if server.poll() is not None or time.monotonic() > ends:
                log = (self.directory / "kube-apiserver.log").read_text(errors="replace")
                raise RuntimeError(f"kube-apiserver did not get ready:\n{log[-3000:]}")
            time.sleep(0.2)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the API server without waiting, for those who want to see it refuse them."""
        key = str(self.directory / "sa.key")
        self._server = self._run(
            "kube-apiserver",
            "--etcd-servers", f"http://127.0.0.1:{self._etcd_port}",
            "--secure-port", str(self.port), "--bind-address", "127.0.0.1", "--endpoint-reconciler-type", "none",
            "--cert-dir", str(self.directory / "certs"),
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", key, "--service-account-signing-key-file", key,
            "--token-auth-file", str(self.directory / "tokens.csv"), "--authorization-mode", "RBAC",
            "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
            "--allow-privileged",
        )  # fmt: skip
        return self._server

    def stop(self, *, at_once: bool = False) -> None:
        """End the API server: politely, or by SIGKILL."""
        server, self._server = self._server, None
        end(server, signal.SIGKILL if at_once else signal.SIGTERM)

    def _run(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        path = program(name)
        if path is None:
            raise RuntimeError(missing())
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen([str(path), *arguments], stdout=log, stderr=log, preexec_fn=end_with_parent)

    def ready(self) -> bool:
        """Whether the API server answers, and says that it is ready."""
        try:
            return self.request("GET", "/readyz", raw=True) == b"ok"
        except (OSError, urllib.error.URLError):
            return False

    def request(self, method: str, path: str, body: Obj | None = None, *, raw: bool = False) -> Any:
        """One request as admin, a PATCH as a merge patch; HTTPError for refusals."""
        form = "application/merge-patch+json" if method == "PATCH" else "application/json"
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": form},
        )
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            content = answer.read()
        return content if raw else json.loads(content)

    def install(self, crds: Path) -> None:
        """Create the CustomResourceDefinitions and wait until they are served."""
        root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        names = []
        for path in sorted(crds.glob("*.yaml")):
            crd = yaml.load(path.read_text(), yaml.CSafeLoader)
            self.request("POST", root, crd)
            names.append(crd["metadata"]["name"])
        ends = time.monotonic() + STARTS_WITHIN
        while not all(self._served(f"{root}/{name}") for name in names):
            if time.monotonic() > ends:
                raise RuntimeError("the CRDs are not served")
            time.sleep(0.2)

    def _served(self, path: str) -> bool:
        crd = self.request("GET", path)
        conditions = {c["type"]: c["status"] for c in (crd.get("status") or {}).get("conditions") or ()}
        if conditions.get("Established") != "True":
            return False
        spec = crd["spec"]
        try:
            self.request(
                "GET", f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}?limit=1"
            )
        except urllib.error.HTTPError:
            return False
        return True

    def kubeconfig(self, context: str = "real", token: str = ADMIN) -> Obj:
        cluster = {"server": self.url, "certificate-authority": str(self.ca_file)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": context, "user": {"token": token}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            "current-context": context,
        }


def end_with_parent() -> None:
    """Whatever ends the tests, SIGKILL even, ends what they started: Linux can be asked for that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def end(process: subprocess.Popen[bytes] | None, how: signal.Signals = signal.SIGTERM) -> None:
    """End one process that was started here, and wait until it is gone."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=15)
