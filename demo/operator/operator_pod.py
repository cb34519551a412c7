"""The simulated operator's own workloads: its Deployment, pod and Lease, and what it writes into its log."""

from __future__ import annotations

import json
import uuid

from demo.manifests import deployment, lease
from demo.operator.known_stack import KnownStack
from demo.operator.pod_manifests import plain_pod
from demo.server.objects import stamp_fraction
from demo.simulated_context import SimulatedContext

NAMESPACE = NAME = "pulumi-kubernetes-operator"
DEPLOYMENT = f"{NAME}-controller-manager"
RENEW = 10.0  # seconds between two renewals of the Lease


class OperatorPod:
    """The operator's Deployment, pod and Lease, and the pod's log."""

    def __init__(self, stage: SimulatedContext) -> None:
        self._stage = stage
        self._pod = f"{DEPLOYMENT}-{stage.random.getrandbits(40):010x}-{stage.store.suffix()}"

    def install(self, since: float) -> None:
        """Create Deployment, pod and Lease, as they are when all is well."""
        stage = self._stage
        labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}
        image = f"docker.io/pulumi/pulumi-kubernetes-operator:{stage.pko}"
        stage.store.put(deployment(NAMESPACE, DEPLOYMENT, "manager", image, labels, since))
        stage.store.put(plain_pod(NAMESPACE, self._pod, "manager", image, labels, since))
        holder = f"{self._pod}_{uuid.UUID(int=stage.random.getrandbits(128), version=4)}"
        stage.store.put(lease(holder, NAMESPACE, stamp_fraction(since, 6)))

    def start_renewing(self) -> None:
        self._renew()
        self._stage.schedule.every(RENEW, self._renew, after=self._stage.random.uniform(1, RENEW))

    def _renew(self) -> None:
        patch = {"spec": {"renewTime": stamp_fraction(self._stage.now(), 6)}}
        self._stage.store.patch("Lease", NAMESPACE, "operator.pulumi.com", patch)

    def update_complete(self, known: KnownStack, name: str, operation: str, error: str | None) -> None:
        """The real operator writes secret outputs in clear text here; so does this one, with made-up ones."""
        if error is not None:
            self.log("ERROR", f"{operation} failed", known, update=name, error=error)
            return
        values = " ".join(
            f'outputs:{{key:"{key}" value:{{value:"not-a-real-{key}-0000" secret:true}}}}'
            for key, value in known.outputs.items()
            if value == "[secret]"
        )
        self.log("INFO", "Update complete", known, update=name, result=f'stdout:"…" {values}'.strip())

    def log(self, level: str, message: str, known: KnownStack, **fields: object) -> None:
        stage = self._stage
        about = {
            "controller": "stack-controller",
            "namespace": known.key[0],
            "name": known.key[1],
            "reconcileID": str(uuid.UUID(int=stage.random.getrandbits(128), version=4)),
        }
        text = f"{stamp_fraction(stage.now(), 3)}\t{level}\t{message}\t{json.dumps(about | fields, ensure_ascii=False)}"
        stage.server.logs.append(NAMESPACE, self._pod, "manager", text)
