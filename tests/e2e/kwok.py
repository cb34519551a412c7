"""A kubelet without containers beside a real control plane: KWOK serves logs out of files that tests write.

The files are in the form of the container runtime interface, and read by the kubelet's own code, so what
comes through the API server is what a node would send: windows, times, half lines, a follower's wake-up.
Commands run on this machine, each pod's in a folder of its own, and find the programs that tests put there; a
command that fails is told as KWOK's own failure, with the exit code in its words alone.
Pods' statuses are the test's own; nothing here starts, restarts or ends by itself, and a
deleted pod stays until a test lets it go.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from e2e.control_plane import STARTS_WITHIN, ControlPlane, end, end_with_parent, free_port, program

Obj = dict[str, Any]

NODE = "node-1"
PART = 16_384  # bytes after which a runtime breaks a line into parts
_GROUP = "kwok.x-k8s.io"
_KINDS = {"Logs": "logs", "Exec": "execs"}
"""what tells KWOK of one pod: kind -> plural"""
_IDLE: Obj = {
    "apiVersion": f"{_GROUP}/v1alpha1",
    "kind": "Stage",
    "metadata": {"name": "idle"},
    "spec": {
        "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
        "selector": {"matchExpressions": [{"key": ".metadata.deletionTimestamp", "operator": "Exists"}]},
        "next": {"delete": True},
    },
}
"""without any stage KWOK would have its own; without one for nodes it plays this one for no pod"""


def _crd(kind: str, plural: str) -> Obj:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {
        "name": "v1alpha1", "served": True, "storage": True, "schema": schema, "subresources": {"status": {}},
    }  # fmt: skip
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{_GROUP}"},
        "spec": {"group": _GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def missing() -> str:
    """Why there can't be a kubelet; empty if there can."""
    return "" if program("kwok") is not None else "kwok not built (tests/e2e/go/build.sh)"


@dataclass
class LogFile:
    """What a container writes."""

    path: Path

    def append(self, *texts: str | bytes, at: float | None = None, stream: str = "stderr") -> None:
        """Whole lines; a long one goes in parts, as a runtime writes it."""
        with self.path.open("ab") as file:
            for text in texts:
                raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
                file.write(b"".join(self._parts(raw, time.time() if at is None else at, stream)))

    def begin(self, text: str, at: float | None = None) -> None:
        """A line that isn't ended yet."""
        with self.path.open("ab") as file:
            file.write(_line(text.encode(), time.time() if at is None else at, "stderr", "P"))

    @staticmethod
    def _parts(raw: bytes, at: float, stream: str) -> list[bytes]:
        pieces = [raw[start : start + PART] for start in range(0, len(raw), PART)] or [b""]
        parts = [_line(piece, at, stream, "P") for piece in pieces[:-1]]
        return [*parts, _line(pieces[-1], at, stream, "F")]


def _line(raw: bytes, at: float, stream: str, tag: str) -> bytes:
    whole, nanos = divmod(int(at * 1e6) * 1000, 1_000_000_000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{stamp}.{nanos:09}Z {stream} {tag} ".encode() + raw + b"\n"


@dataclass
class Kwok:
    """`with Kwok(plane) as kubelet:` then make pods with `spec.nodeName` NODE, and write their logs."""

    plane: ControlPlane
    directory: Path = field(default_factory=Path)
    _process: subprocess.Popen[bytes] | None = None
    _port: int = 0

    def __enter__(self) -> Self:
        self.directory = self.plane.directory / "kwok"
        (self.directory / "logs").mkdir(parents=True)
        (self.directory / "bin").mkdir()
        self._port = free_port()
        try:
            self._prepare()
            self.start()
            self._wait_until_it_serves()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        here = self.directory
        key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        key += [
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(here / "key.pem"),
            "-out",
            str(here / "crt.pem"),
        ]
        subprocess.run(key, check=True, capture_output=True, timeout=60)
        (here / "kubeconfig").write_text(yaml.safe_dump(self.plane.kubeconfig()))
        (here / "stages.yaml").write_text(yaml.safe_dump(_IDLE))
        (here / "crds").mkdir()
        for kind, plural in _KINDS.items():
            (here / "crds" / f"{plural}.yaml").write_text(yaml.safe_dump(_crd(kind, plural)))
        self.plane.install(here / "crds")
        self.plane.request("POST", "/api/v1/nodes", {"metadata": {"name": NODE}, "spec": {}})
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._port}},
        }
        self.plane.request("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": status})

    def start(self) -> None:
        """Start it (again)."""
        path = program("kwok")
        if path is None:
            raise RuntimeError(missing())
        here = self.directory
        with (here / "kwok.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(path),
                    "--config", str(here / "stages.yaml"), "--kubeconfig", str(here / "kubeconfig"),
                    "--enable-crds", ",".join(_KINDS), "--manage-all-nodes",
                    "--node-ip", "127.0.0.1", "--node-port", str(self._port),
                    "--server-address", f"127.0.0.1:{self._port}",
                    "--tls-cert-file", str(here / "crt.pem"), "--tls-private-key-file", str(here / "key.pem"),
                ],
                stdout=log,
                stderr=log,
                env=os.environ | {"PATH": f"{here / 'bin'}:{os.environ['PATH']}"},
                preexec_fn=end_with_parent,
            )  # fmt: skip

    def stop(self, *, at_once: bool = False) -> None:
        """End it: politely, or by SIGKILL."""
        process, self._process = self._process, None
        end(process, signal.SIGKILL if at_once else signal.SIGTERM)

    def _wait_until_it_serves(self) -> None:
        self.make_pod("default", "probe", "probe")
        self.log("default", "probe", "probe").append("ready")
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                if self.plane.request("GET", "/api/v1/namespaces/default/pods/probe/log", raw=True) == b"ready\n":
                    return
            except urllib.error.HTTPError:
                pass
            if time.monotonic() > ends:
                raise RuntimeError(f"kwok serves no logs:\n{(self.directory / 'kwok.log').read_text()[-3000:]}")
            time.sleep(0.1)

    def make_pod(self, namespace: str, name: str, *containers: str, **more: Any) -> Obj:
        """A pod that runs on the node, and a place for its containers' logs. `more` goes into the metadata."""
        pod = {
            "metadata": {"name": name, **more},
            "spec": {"nodeName": NODE, "containers": [{"name": each, "image": "x"} for each in containers]},
        }
        return self.run_pod(namespace, pod)

    def run_pod(self, namespace: str, pod: Obj) -> Obj:
        """Create this pod; its init containers are done, its containers run."""
        made: Obj = self.plane.request("POST", f"/api/v1/namespaces/{namespace}/pods", pod)
        name = made["metadata"]["name"]
        inits = [each["name"] for each in made["spec"].get("initContainers", [])]
        mains = [each["name"] for each in made["spec"]["containers"]]
        self._announce(namespace, name, [*inits, *mains])
        done = {"terminated": {"exitCode": 0, "reason": "Completed"}}
        status = {
            "phase": "Running",
            "initContainerStatuses": [life(each, done) for each in inits],
            "containerStatuses": [life(each, {"running": {"startedAt": "2026-11-23T18:24:00Z"}}) for each in mains],
        }
        self.set_status(namespace, name, status)
        return made

    def set_status(self, namespace: str, pod: str, status: Obj) -> None:
        self.plane.request("PATCH", f"/api/v1/namespaces/{namespace}/pods/{pod}/status", {"status": status})

    def delete_pod(self, namespace: str, name: str) -> None:
        """Gone at once, and its logs with it."""
        path = f"/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0"
        self.plane.request("DELETE", path)
        for plural in _KINDS.values():
            self.plane.request("DELETE", f"/apis/{_GROUP}/v1alpha1/namespaces/{namespace}/{plural}/{name}")
        for file in (self.directory / "logs" / namespace / name).rglob("*.log"):
            file.unlink()

    def log(self, namespace: str, pod: str, container: str) -> LogFile:
        return LogFile(self._file(namespace, pod, container, "present"))

    def previous(self, namespace: str, pod: str, container: str) -> LogFile:
        """The log of the life before: there is one as soon as it is written."""
        return LogFile(self._file(namespace, pod, container, "previous"))

    def restart(self, namespace: str, pod: str, container: str) -> None:
        """A new life begins: what was written until now is that of the one before."""
        present = self._file(namespace, pod, container, "present")
        present.rename(self._file(namespace, pod, container, "previous"))
        present.touch()

    def put_program(self, name: str, text: str) -> None:
        """A program that the commands of every container find first, such as a script that begins with its shell."""
        path = self.directory / "bin" / name
        unfinished = path.with_suffix(".part")
        unfinished.write_text(text)
        unfinished.chmod(0o755)
        unfinished.replace(path)

    def work_folder(self, namespace: str, pod: str) -> Path:
        """Where the commands of this pod run."""
        return self.directory / "work" / namespace / pod

    def _announce(self, namespace: str, pod: str, containers: list[str]) -> None:
        """Tell KWOK where the logs are, and where commands run."""
        logs = []
        for container in containers:
            present = self._file(namespace, pod, container, "present")
            present.parent.mkdir(parents=True, exist_ok=True)
            present.touch()
            previous = str(self._file(namespace, pod, container, "previous"))
            files = {"logsFile": str(present), "previousLogsFile": previous}
            logs.append({"containers": [container], "follow": True, **files})
        work = self.work_folder(namespace, pod)
        work.mkdir(parents=True, exist_ok=True)
        self._tell(namespace, pod, "Logs", {"logs": logs})
        self._tell(namespace, pod, "Exec", {"execs": [{"containers": containers, "local": {"workDir": str(work)}}]})

    def _tell(self, namespace: str, pod: str, kind: str, spec: Obj) -> None:
        body = {"apiVersion": f"{_GROUP}/v1alpha1", "kind": kind, "metadata": {"name": pod}, "spec": spec}
        self.plane.request("POST", f"/apis/{_GROUP}/v1alpha1/namespaces/{namespace}/{_KINDS[kind]}", body)

    def _file(self, namespace: str, pod: str, container: str, which: str) -> Path:
        return self.directory / "logs" / namespace / pod / f"{container}-{which}.log"


def life(name: str, state: Obj, restarts: int = 0, last: Obj | None = None) -> Obj:
    """A container's status."""
    return {
        "name": name, "image": "x", "imageID": "", "ready": "running" in state, "restartCount": restarts,
        "state": state, "lastState": last or {},
    }  # fmt: skip
