"""A simulated Argo CD: Applications that hold Stacks, their health, and what it reacts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from demo.argocd.deliveries import NAMESPACE, Delivery, Held
from demo.argocd.sync import Health, Syncs
from demo.manifests import deployment, manifest
from demo.server.field_ownership import note_update
from demo.server.objects import Obj, dig, stamp
from demo.server.served_kinds import APPPROJECTS, CONFIGMAPS, SECRETS
from demo.simulated_context import SimulatedContext

REFRESH = "argocd.argoproj.io/refresh"
REFRESH_TIMESTAMP = "argocd.argoproj.io/refresh-timestamp"
CHECK = "resource.customizations.health.pulumi.com_Stack"
LAB = "lab-argocd"
TIMED_REFRESH = 120.0  # seconds
FAILED_SINCE = 24 * 60.0  # seconds from a failed sync to the beginning of the play
_HEALTHS = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")


class ArgoCD:
    """`version` such as v3.6.1 says whether there is a built-in check for Stacks (3.6 and later)."""

    def __init__(self, stage: SimulatedContext, version: str, contexts: Mapping[str, SimulatedContext]) -> None:
        self.stage = stage
        self.version = version
        self._contexts = contexts
        self._deliveries: dict[str, Delivery] = {}
        self._seen = stage.store.collection("Application").version
        self._seen_stacks: dict[str, int] = {}
        self._syncs = Syncs(stage, self._healths, self._applied, self._refresh)
        self._shown: dict[str, tuple[str, int]] = {}
        """of each Application its health as last written, and of how many Stacks"""

    @property
    def _built_in(self) -> bool:
        major, minor = self.version.lstrip("v").split(".")[:2]
        return (int(major), int(minor)) >= (3, 6)

    def install(self, since: float, helm: bool) -> None:
        """The controller's workloads, argocd-cm and the project, as upstream's manifests or Helm's chart leave them."""
        stage = self.stage
        common = {"app.kubernetes.io/part-of": "argocd"}
        managed = {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "argo-cd-9.1.4"} if helm else {}
        image = f"quay.io/argoproj/argocd:{self.version}"
        for name, part, kind in (
            ("argocd-application-controller", "application-controller", "StatefulSet"),
            ("argocd-server", "server", "Deployment"),
            ("argocd-repo-server", "repo-server", "Deployment"),
        ):
            labels = common | managed | {"app.kubernetes.io/name": name, "app.kubernetes.io/component": part}
            stage.store.put(deployment(NAMESPACE, name, part, image, labels, since, kind))
        release = {"meta.helm.sh/release-name": "argocd", "meta.helm.sh/release-namespace": NAMESPACE}
        applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}
        writer = "helm" if helm else "kubectl-client-side-apply"
        _put_argocd_cm(
            stage, NAMESPACE, _settings(helm), writer, since, common | managed, annotations=release if helm else applied
        )
        secret = manifest(SECRETS, NAMESPACE, "argocd-secret", labels=common)
        stage.store.put(secret | {"type": "Opaque", "data": {"server.secretkey": "bm90LWEtcmVhbC1rZXk="}})
        project: Obj = {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}]}
        stage.store.put(manifest(APPPROJECTS, NAMESPACE, "default", since) | {"spec": project})

    def deliver(self, delivery: Delivery, created: float) -> None:
        """Begin to hold an Application; its Stacks should be there already."""
        self._deliveries[delivery.name] = delivery
        self.stage.store.put(delivery.application(created))
        self._refresh(delivery.name, self.stage.commit(f"app/{delivery.name}/{created}"))

    def start_refreshing(self) -> None:
        """From now on every Application is compared every two minutes or so, as without any reason to."""
        for delivery in self._deliveries.values():
            first = self.stage.random.uniform(5, TIMED_REFRESH)
            refresh = partial(self._refresh, delivery.name)
            refresh()
            self.stage.schedule.every(TIMED_REFRESH + first / 4, refresh, after=first)
            if delivery.syncing_since:
                self._syncs.begin(delivery, {"sync": {}}, since=self.stage.now() - delivery.syncing_since)
            if delivery.failure:
                self._syncs.has_failed(delivery, self.stage.now() - FAILED_SINCE)

    def _applied(self, name: str, stacks: list[Held]) -> None:
        """What was synced is as it should be: of an Application that is out of sync that is its last Stack."""
        delivery = self._deliveries.get(name)
        if delivery is not None and delivery.stacks[-1] in stacks:
            self._deliveries[name] = replace(delivery, out_of_sync=False)

    def _held(self, delivery: Delivery) -> list[Held]:
        """The Stacks that the Application holds: all that are in Git, and one that isn't as long as it exists."""
        store = self._contexts[delivery.target(self.stage.context)].store
        return [held for held in delivery.stacks if held[1] != delivery.pruned or store.get("Stack", *held[:2])]

    def _healths(self, delivery: Delivery) -> list[Health]:
        """(namespace, name, health) of each Stack the Application holds."""
        store = self._contexts[delivery.target(self.stage.context)].store
        installed = bool(dig(self.stage.store.get("ConfigMap", NAMESPACE, "argocd-cm"), "data", CHECK))
        return [
            (ns, name, judge_stack(store.get("Stack", ns, name), built_in=self._built_in, installed=installed))
            for ns, name, _ in self._held(delivery)
        ]

    def _refresh(self, name: str, revision: str = "") -> None:
        """Compare and judge, and write what came of it."""
        app, delivery = self.stage.store.get("Application", NAMESPACE, name), self._deliveries.get(name)
        now = self.stage.now()
        if app is None or delivery is None:
            return
        old: Obj = app.get("status") or {}
        healths = self._healths(delivery)
        word = worst_health([health for _, _, health in healths if health])
        revision = revision or (old.get("sync") or {}).get("revision", "")
        resources = [
            self._resource(delivery, held, health)
            for held, (_, _, health) in zip(self._held(delivery), healths, strict=True)
        ]
        sync = "OutOfSync" if any(each["status"] == "OutOfSync" for each in resources) else "Synced"
        health: Obj = old.get("health") or {}
        if health.get("status") != word:
            health = {"status": word, "lastTransitionTime": stamp(now)}
            causes = [f"pulumi.com/Stack:{ns}/{n}" for ns, n, h in healths if h == word]
            if word != "Healthy" and self._built_in:
                more = f" and {len(causes) - 3} more" if len(causes) > 3 else ""
                health["message"] = f"Caused by {', '.join(causes[:3])}{more}"
        self._shown[name] = (word, len(healths))
        source = app["spec"]["source"]
        deployed = {"id": 0, "deployStartedAt": stamp(now - 2), "deployedAt": stamp(now), "revision": revision}
        deployed |= {"initiatedBy": {"automated": True}, "source": source}
        app["status"] = old | {
            "controllerNamespace": NAMESPACE,
            "health": health,
            "history": old.get("history") or [deployed],
            "reconciledAt": stamp(now),
            "resourceHealthSource": "appTree",
            "resources": resources,
            "sourceType": "Directory",
            "summary": {},
            "sync": {
                "comparedTo": {"destination": app["spec"]["destination"], "source": source},
                "revision": revision,
                "status": sync,
            },
        }
        app["status"].pop("conditions", None)
        if given_up := self._given_up(delivery, app["status"], old):
            app["status"]["conditions"] = [given_up]
        annotations = app["metadata"].get("annotations") or {}
        annotations.pop(REFRESH, None)
        if self._built_in:  # the versions that know one also know the other
            annotations.pop(REFRESH_TIMESTAMP, None)
        self.stage.store.put(app)

    def _given_up(self, delivery: Delivery, status: Obj, old: Obj) -> Obj | None:
        """The condition that says that auto-sync leaves this revision alone, since its last sync failed."""
        state = status.get("operationState") or {}
        failed = state.get("phase") in ("Failed", "Error") and status["sync"]["status"] == "OutOfSync"
        if not (delivery.heals and failed):
            return None
        revision = dig(state, "syncResult", "revision") or status["sync"]["revision"]
        message = f"Failed last sync attempt to [{revision}]: {state.get('message', '')}"
        before = next((each for each in old.get("conditions") or [] if each["message"] == message), None)
        return before or {
            "type": "SyncError",
            "message": message,
            "lastTransitionTime": state.get("finishedAt") or stamp(self.stage.now()),
        }

    def _resource(self, delivery: Delivery, held: Held, health: str) -> Obj:
        namespace, name, wave = held
        prunes, changed = name == delivery.pruned, delivery.out_of_sync and held == delivery.stacks[-1]
        status = "OutOfSync" if prunes or changed or health == "Missing" else "Synced"
        found: Obj = {"group": "pulumi.com", "kind": "Stack", "name": name, "namespace": namespace}
        found |= {"status": status, "version": "v1"}
        return found | ({"syncWave": wave} if wave else {}) | ({"requiresPruning": True} if prunes else {})

    def handle_events(self) -> bool:
        """Look at Applications that were written to, and at Stacks whose health may have changed."""
        collection, handled = self.stage.store.collection("Application"), False
        for change in collection.after(self._seen) or []:
            self._seen, handled = change.version, True
            if change.type != "DELETED":
                self._application_changed(change.entry.obj())
        for context, stage in self._contexts.items():
            version = stage.store.collection("Stack").version
            if self._seen_stacks.get(context) != version:
                self._seen_stacks[context], handled = version, True
                self._stacks_changed(context)
        return handled

    def _stacks_changed(self, context: str) -> None:
        for name, delivery in self._deliveries.items():
            if delivery.target(self.stage.context) == context:
                healths = self._healths(delivery)
                seen = (worst_health([health for _, _, health in healths if health]), len(healths))
                if self._shown.get(name) != seen:
                    self._shown[name] = seen
                    self.stage.schedule.call(partial(self._refresh, name), after=0.3)

    def _application_changed(self, app: Obj) -> None:
        name = app["metadata"]["name"]
        if app["metadata"].get("deletionTimestamp"):  # what it tracked stays where it is
            self._deliveries.pop(name, None)
            self.stage.store.delete("Application", NAMESPACE, name)
        elif (app["metadata"].get("annotations") or {}).get(REFRESH):
            self.stage.schedule.call(partial(self._refresh, name), after=0.6)
        if name in self._deliveries:
            self._syncs.application_changed(self._deliveries[name])


def worst_health(words: list[str]) -> str:
    return max(words, key=_HEALTHS.index, default="Healthy")


def judge_stack(stack: Obj | None, *, built_in: bool, installed: bool) -> str:
    """The health of a Stack; "" where this Argo CD has no opinion."""
    if stack is None:
        return "Missing"
    if not built_in and not installed:
        return ""
    metadata, status = stack["metadata"], stack.get("status") or {}
    found = {c["type"]: c for c in status.get("conditions") or []}
    first_run = installed and metadata.get("generation") == 1 and status.get("observedGeneration") == 0
    if metadata.get("deletionTimestamp") and not (installed and "Stalled" in found):
        return "Progressing"
    if not found or (status.get("observedGeneration") != metadata.get("generation") and not first_run):
        return "Progressing"
    if "Stalled" in found:
        return "Degraded"
    last = status.get("lastUpdate") or {}
    if installed and last.get("state") == "failed" and last.get("failures", 0) >= 3:
        return "Degraded"
    return "Healthy" if found.get("Ready", {}).get("status") == "True" else "Progressing"


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


def _settings(helm: bool) -> dict[str, str]:
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


def install_lab(stage: SimulatedContext, since: float) -> None:
    """A second Argo CD, without a server and without Applications, that a mistyped key has stopped from working."""
    part_of = {"app.kubernetes.io/part-of": "argocd"}
    name, part = "argocd-application-controller", "application-controller"
    labels = part_of | {"app.kubernetes.io/name": name, "app.kubernetes.io/component": part}
    image = "quay.io/argoproj/argocd:v3.4.4"
    stage.store.put(deployment(LAB, name, part, image, labels, since, "StatefulSet"))
    tried = {
        CHECK: _TRIED,
        "resource.customizations.health.pulumi.com_program": _TRIED,
        "resource.customizations.useOpenLibs.pulumi.com_Stack": "yes",
    }
    _put_argocd_cm(stage, LAB, tried, "kubectl-edit", since, part_of)


def _put_argocd_cm(
    stage: SimulatedContext, namespace: str, data: Obj, writer: str, since: float, labels: Obj, **metadata: object
) -> None:
    labels = labels | {"app.kubernetes.io/name": "argocd-cm"}
    written = manifest(CONFIGMAPS, namespace, "argocd-cm", since, labels=labels, **metadata) | {"data": data}
    note_update(None, written, writer, "", since)
    stage.store.put(written)
