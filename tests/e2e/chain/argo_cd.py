"""Argo CD's own controllers on loopback, beside a real control plane: what decides about syncs and health is theirs.

One binary is all of its programs, chosen by the environment. Nothing else of an installation is needed: no
argocd-server, no pods; what a manifest would bring (a few ConfigMaps, a Secret, a project) is created here.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from e2e.control_plane import STARTS_WITHIN, ControlPlane, end, end_with_parent, free_port, program

Obj = dict[str, Any]

NAMESPACE = "argocd"
PART_OF = "app.kubernetes.io/part-of"
CONFIG_MAPS = ("argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm", "argocd-tls-certs-cm", "argocd-gpg-keys-cm")
OWN_DATA = {"application.instanceLabelKey": "argocd.argoproj.io/instance", "statusbadge.enabled": "true"}
"""what somebody else has in argocd-cm"""
_CONTROLLER = "argocd-application-controller"
_PROJECT: Obj = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "default"},
    "spec": {
        "sourceRepos": ["*"],
        "destinations": [{"namespace": "*", "server": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    },
}


def missing() -> str:
    """Why Argo CD can't be started here; empty if it can."""
    if program("argocd-controllers") is None:
        return "argocd-controllers not built (tests/e2e/argocd/controllers/build.sh)"
    for name, package in (("redis-server", "redis-server"), ("git", "git")):
        if shutil.which(name) is None:
            return f"{name} is not installed (Debian's package {package})"
    return ""


def version() -> str:
    """Of the Argo CD that was built."""
    path = program("argocd-controllers")
    return path.name.removeprefix("argocd-controllers-") if path else ""


@dataclass
class ArgoCD:
    """`with ArgoCD(plane):` and Applications in its namespace are compared, synced and judged."""

    plane: ControlPlane
    directory: Path = field(default_factory=Path)
    settings: Obj = field(default_factory=dict)
    """argocd-cm as it was at the beginning"""
    _redis: str = ""
    _repo_server: str = ""
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.directory = self.plane.directory / "argo-cd"
        for name in ("bin", "home", "tmp"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "kubeconfig").write_text(yaml.safe_dump(self.plane.kubeconfig()))
        self._allow_unsigned_commits()
        self._create_what_a_manifest_brings()
        try:
            self._start_redis()
            self._start_repo_server()
            self._start_application_controller()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._running:
            end(self._running.pop())

    def log(self, name: str = _CONTROLLER) -> str:
        """What a program has said."""
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def _allow_unsigned_commits(self) -> None:
        """The repo-server asks this script about signatures; its images bring a real one."""
        script = self.directory / "bin" / "git-verify-wrapper.sh"
        script.write_text("#!/bin/sh\nexit 0\n")
        script.chmod(0o755)

    def _create_what_a_manifest_brings(self) -> None:
        core = f"/api/v1/namespaces/{NAMESPACE}"
        self.plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        for name in CONFIG_MAPS:
            data = OWN_DATA if name == "argocd-cm" else {}
            made = self.plane.request("POST", f"{core}/configmaps", {"metadata": _labelled(name), "data": data})
            if name == "argocd-cm":
                self.settings = made
        secret = {"metadata": _labelled("argocd-secret"), "stringData": {"server.secretkey": "a-key-of-a-test"}}
        self.plane.request("POST", f"{core}/secrets", secret)
        self.plane.request("POST", f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/appprojects", _PROJECT)
        workloads = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets"
        self.plane.request("POST", workloads, _stateful_set(version()))

    def _start_redis(self) -> None:
        port = free_port()
        self._redis = f"127.0.0.1:{port}"
        where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.directory))
        process = self._start("redis-server", "redis-server", *where, "--save", "", "--appendonly", "no")
        self._wait("redis-server", process, lambda: _listens(port))

    def _start_repo_server(self) -> None:
        port = free_port()
        self._repo_server = f"127.0.0.1:{port}"
        process = self._start_argo_cd(
            "argocd-repo-server",
            "--port", str(port), "--address", "127.0.0.1",
            "--metrics-port", str(free_port()), "--metrics-address", "127.0.0.1",
            "--redis", self._redis, "--disable-tls", "--client-ca-path", "",
        )  # fmt: skip
        self._wait("argocd-repo-server", process, lambda: _listens(port))

    def _start_application_controller(self) -> None:
        metrics = free_port()
        process = self._start_argo_cd(
            _CONTROLLER,
            "--kubeconfig", str(self.directory / "kubeconfig"), "--namespace", NAMESPACE,
            "--repo-server", self._repo_server, "--repo-server-plaintext",
            "--redis", self._redis, "--metrics-port", str(metrics),
        )  # fmt: skip
        self._wait(_CONTROLLER, process, lambda: _listens(metrics))

    def _start_argo_cd(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        path = program("argocd-controllers")
        if path is None:
            raise RuntimeError(missing())
        return self._start(name, str(path), *arguments, ARGOCD_BINARY_NAME=name)

    def _start(self, name: str, *command: str, **more: str) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": f"{self.directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "KUBECONFIG": str(self.directory / "kubeconfig"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment | more, stdout=log, stderr=log, preexec_fn=end_with_parent
            )
        self._running.append(process)
        return process

    def _wait(self, name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while not ready():
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"{name} did not get ready:\n{self.log(name)[-3000:]}")
            time.sleep(0.1)


def _labelled(name: str) -> Obj:
    return {"name": name, "labels": {PART_OF: NAMESPACE, "app.kubernetes.io/name": name}}


def _stateful_set(tag: str) -> Obj:
    """What tells a reader of the cluster which Argo CD this is; nothing runs it here."""
    labels = {"app.kubernetes.io/name": _CONTROLLER}
    container = {"name": _CONTROLLER, "image": f"quay.io/argoproj/argocd:{tag}"}
    return {
        "metadata": {
            "name": _CONTROLLER,
            "labels": labels | {PART_OF: NAMESPACE, "app.kubernetes.io/component": "application-controller"},
        },
        "spec": {
            "serviceName": _CONTROLLER,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
