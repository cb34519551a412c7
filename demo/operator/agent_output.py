"""What the workspace pod writes: the agent's lines, and pulumi's own output inside of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from demo.server.objects import stamp, stamp_fraction

_OPERATOR = "system:serviceaccount:pulumi-kubernetes-operator:pulumi-kubernetes-operator"
_TITLES = {"up": "Updating", "preview": "Previewing update", "destroy": "Destroying", "refresh": "Refreshing"}
_METHODS = {"up": "Up", "preview": "Preview", "destroy": "Destroy", "refresh": "Refresh"}


@dataclass(frozen=True, slots=True)
class Program:
    """A stack's resources, and what a run does to them. A step is `+ type name` with +, ~, - or blank."""

    project: str
    stack: str
    steps: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...] = ()


def line(at: float, level: str, logger: str, message: str, /, **fields: object) -> str:
    text = f"{stamp_fraction(at, 3)}\t{level}\t{logger}\t{message}"
    return f"{text}\t{json.dumps(fields, ensure_ascii=False)}" if fields else text


def fetched(at: float, url: str) -> list[str]:
    return [
        line(at, "INFO", "cmd.init", "about to clone into", TargetDir="/share/source", fluxURL=url),
        line(at + 0.9, "INFO", "cmd.init", "git artifact fetched", dir="/share/source"),
    ]


def served(at: float, version: str, workspace: str, namespace: str, directory: str, program: Program) -> list[str]:
    """From the agent's start until it listens."""
    what = {"project": program.project, "runtime": "yaml"}
    where = f"/share/source/{directory}".rstrip("/")
    return [
        line(at, "INFO", "cmd.serve", "Pulumi Kubernetes Agent", version=version),
        line(
            at + 0.01, "INFO", "cmd.serve", "activated the Kubernetes authorization mode",
            audiences=[f"{workspace}.{namespace}"],
            **{"workspace.namespace": namespace, "workspace.name": workspace},
        ),
        line(at + 0.2, "INFO", "cmd.serve", "opened a local workspace", workspace=where, **what),
        line(at + 0.2, "INFO", "cmd.serve", "installation skipped", **what),
        line(at + 0.2, "INFO", "server", "project serving", **what),
        line(at + 0.21, "INFO", "cmd.serve", "starting the RPC server", address="[::]:50051"),
        line(at + 0.21, "INFO", "cmd.serve", "server listening", address="[::]:50051", workspace=where),
    ]  # fmt: skip


def call(at: float, method: str, took_ms: float, code: str = "OK", error: str = "", stream: bool = False) -> str:
    kind = "streaming" if stream else "unary"
    fields: dict[str, object] = {
        "grpc.start_time": stamp(at - took_ms / 1000),
        "system": "grpc",
        "span.kind": "server",
        "grpc.service": "agent.AutomationService",
        "grpc.method": method,
        "peer.address": "10.244.0.10:44098",
        "auth.mode": "kubernetes",
        "user.name": _OPERATOR,
    }
    if error:
        fields["error"] = error if error.startswith("rpc error: ") else f"rpc error: code = {code} desc = {error}"
    fields |= {"grpc.code": code, "grpc.time_ms": round(took_ms, 3)}
    level = {"OK": "INFO", "Unknown": "ERROR"}.get(code, "WARN")
    return line(at, level, "cmd.serve.grpc", f"finished {kind} call with code {code}", **fields)


def call_error(code: str, what: str, stderr: str) -> str:
    """The error of a call in which a command of pulumi failed, as the operator saves it."""
    return f"rpc error: code = {code} desc = {what}: exit status 1\ncode: 1\nstdout: \nstderr: {stderr}\n"


def installing(at: float) -> list[str]:
    return [call(at, "PulumiVersion", 9.1), line(at, "INFO", "server", "installing the project dependencies")]


def installed(at: float) -> list[str]:
    return [line(at, "INFO", "server", "installation completed"), call(at, "Install", 2225.8)]


def not_installed(at: float, stderr: str) -> list[str]:
    error = f"could not install dependencies: exit status 1\ncode: 1\nstdout: \nstderr: {stderr}\n\n"
    return [
        line(at, "WARN", "pulumi", stderr),
        line(at, "ERROR", "server", "install completed with an error", error=error),
        call(at, "Install", 431.0, "Aborted", error),
    ]


def selected(at: float, stack: str) -> list[str]:
    return [line(at, "INFO", "server", "selected a stack", name=stack), call(at, "SelectStack", 559.3)]


def output(program: Program, operation: str, steps: tuple[str, ...], seconds: int) -> list[str]:
    """pulumi's stdout of a run that got as far as `steps`."""
    short = program.stack.rpartition("/")[2]
    urns = f"urn:pulumi:{short}::{program.project}"
    lines = [
        f"{_TITLES[operation]} ({short}):",
        "  pulumi:pulumi:Stack: (same)",
        f"    [urn={urns}::pulumi:pulumi:Stack::{program.project}-{short}]",
    ]
    for step in steps:
        mark, kind, name = step.split(" ", 2) if step[0] != " " else (" ", *step.strip().split(" ", 1))
        verb = {"+": "create", "~": "update", "-": "delete", " ": "same"}[mark]
        lines += [f"  {mark} {kind}: ({verb})", f"        [urn={urns}::{kind}::{name}]"]
    if program.outputs and operation != "destroy":
        width = max(len(name) for name, _ in program.outputs)
        lines += ["    --outputs:--", *(f"    {name:<{width}}: {value}" for name, value in program.outputs)]
    return [*lines, "Resources:", *_summary(steps, operation), "", f"Duration: {seconds}s"]


def _summary(steps: tuple[str, ...], operation: str) -> list[str]:
    words = {"+": ("created", "to create"), "~": ("updated", "to update"), "-": ("deleted", "to delete")}
    counts = Counter(step[0] for step in steps)
    lines = [
        f"    {mark} {counts[mark]} {future if operation == 'preview' else past}"
        for mark, (past, future) in words.items()
        if counts[mark]
    ]
    return [*lines, f"    {1 + counts[' ']} unchanged"]


def said(at: float, text: str, level: str = "INFO") -> str:
    return line(at, level, "pulumi", text)


def succeeded(at: float, operation: str, message: str, took: float) -> list[str]:
    fields = {} if operation == "preview" else {"result": "succeeded", "message": f'"{message}"'}
    return [
        line(at, "INFO", "server", f"{operation} completed", **fields),
        call(at, _METHODS[operation], took * 1000, stream=True),
    ]


def failed(at: float, operation: str, error: str, took: float) -> list[str]:
    inner = error.partition(f"{operation} failed: ")[2] or error
    return [
        line(at, "ERROR", "server", f"{operation} completed with an error", error=inner),
        call(at, _METHODS[operation], took * 1000, "Unknown", error, stream=True),
    ]


def failure(operation: str, stdout: list[str], stderr: str) -> str:
    """The text of a failure, as the agent reports it and `lastUpdate.message` has it."""
    verb = "failed to destroy stack" if operation == "destroy" else "failed to run update"
    out = "\n".join(stdout) + "\n" if stdout else ""
    return f"{operation} failed: {verb}: exit status 1\ncode: 1\nstdout: {out}\nstderr: {stderr}\n\n"
