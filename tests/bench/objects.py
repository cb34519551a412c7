"""Stacks in the sizes that clusters have: 2.2 KB of JSON each, most of them ready."""

from __future__ import annotations

from typing import Any

NAMESPACES = 50


def stack(number: int, *, message: str = "", at: str = "2026-11-25T10:00:00Z") -> dict[str, Any]:
    """Stack `number`, in one of fifty namespaces; stalled with this message, or ready."""
    name, namespace = f"stack-{number:05}", f"team-{number % NAMESPACES:02}"
    commit = f"{number:040x}"
    ready = [
        {"type": "Ready", "status": "True", "reason": "ProcessingCompleted", "lastTransitionTime": at,
         "message": "the stack has been processed and is up to date"},
    ]  # fmt: skip
    stalled = [
        {"type": "Ready", "status": "False", "reason": "NotReadyStalled", "lastTransitionTime": at,
         "message": "reconciliation is stalled"},
        {"type": "Stalled", "status": "True", "reason": "SpecInvalid", "lastTransitionTime": at, "message": message},
    ]  # fmt: skip
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/part-of": f"team-{number % NAMESPACES}", "tier": "backend"},
            "annotations": {
                "argocd.argoproj.io/tracking-id": f"team-{number % NAMESPACES}:pulumi.com/Stack:{namespace}/{name}",
                "kubectl.kubernetes.io/last-applied-configuration": '{"apiVersion":"pulumi.com/v1"}' + " " * 400 + "\n",
            },
            "finalizers": ["finalizer.stack.pulumi.com"],
        },
        "spec": {
            "stack": f"acme/{namespace}/{name}",
            "projectRepo": "https://git.acme.example/platform/infrastructure.git",
            "branch": "main",
            "repoDir": f"stacks/{name}",
            "refresh": True,
            "continueResyncOnCommitMatch": True,
            "resyncFrequencySeconds": 3600,
            "envRefs": {
                variable: {"type": "Secret", "secret": {"name": "cloud-credentials", "key": variable.lower()}}
                for variable in ("CLOUD_KEY", "CLOUD_SECRET", "PULUMI_CONFIG_PASSPHRASE")
            },
        },
        "status": {
            "observedGeneration": 1,
            "conditions": stalled if message else ready,
            "lastUpdate": {
                "generation": 1,
                "name": f"{name}-19b4d0f0000",
                "type": "up",
                "state": "succeeded",
                "lastAttemptedCommit": commit,
                "lastSuccessfulCommit": commit,
                "lastResyncTime": at,
                "permalink": f"https://app.pulumi.com/acme/{namespace}/{name}/updates/{number}",
            },
            "outputs": {"endpoint": f"https://{name}.acme.example", "arn": "a" * 200},
        },
    }
