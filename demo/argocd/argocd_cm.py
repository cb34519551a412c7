"""The simulated argocd-cm: as a manifest or a chart leaves it, and one in which people have tried things."""

from __future__ import annotations

from typing import Any

from demo.manifests import deployment
from demo.server.field_ownership import note_update
from demo.server.timestamps import stamp
from demo.stage import Stage

Obj = dict[str, Any]

LAB = "lab-argocd"
_TRIED = """\
-- Wait until Pulumi has run.
local update = obj.status ~= nil and obj.status.lastUpdate or nil
if update == nil then
  return {status = "Progressing", message = "waiting for Pulumi"}
end
if update.state == "failed" then
  return {status = "Degraded", message = string.format("%s failed", update.type)}
end
return {status = "Healthy", message = string.format("%s succeeded", update.type)}
"""
_EXCLUDED = """\
- apiGroups: [cilium.io]
  kinds: [CiliumIdentity]
  clusters: ["*"]
- apiGroups: ["", discovery.k8s.io]
  kinds: [Endpoints, EndpointSlice]
"""


def data(helm: bool) -> dict[str, str]:
    """The keys of an Argo CD that works."""
    found = {
        "application.resourceTrackingMethod": "annotation",
        "resource.customizations.ignoreResourceUpdates.all": "jsonPointers:\n- /status\n",
        "resource.exclusions": _EXCLUDED,
        "timeout.reconciliation": "120s",
        "url": "https://argocd.example.com",
    }
    chart = {"admin.enabled": "true", "exec.enabled": "false", "statusbadge.enabled": "false"}
    return found | (chart if helm else {})


def install_lab(stage: Stage, since: float) -> None:
    """A second Argo CD, without a server and without Applications, that a mistyped key has stopped from working."""
    part_of = {"app.kubernetes.io/part-of": "argocd"}
    name, part = "argocd-application-controller", "application-controller"
    labels = part_of | {"app.kubernetes.io/name": name, "app.kubernetes.io/component": part}
    image = "quay.io/argoproj/argocd:v3.4.4"
    stage.store.put(deployment(LAB, name, part, image, labels, since, "StatefulSet"))
    settings: Obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": LAB,
            "creationTimestamp": stamp(since),
            "labels": part_of | {"app.kubernetes.io/name": "argocd-cm"},
        },
        "data": {
            "resource.customizations.health.pulumi.com_Stack": _TRIED,
            "resource.customizations.health.pulumi.com_program": _TRIED,
            "resource.customizations.useOpenLibs.pulumi.com_Stack": "yes",
        },
    }
    note_update(None, settings, "kubectl-edit", "", since)
    stage.store.put(settings)
