"""What an Argo CD delivers: Applications, each with the Stacks it holds."""

from __future__ import annotations

from dataclasses import dataclass

from demo.manifests import GIT, TRACKING, manifest
from demo.server.objects import Obj
from demo.server.served_kinds import APPLICATIONS

Held = tuple[str, str, int]  # namespace, name, wave

NAMESPACE = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An Application: its name, where it delivers to, and the Stacks (namespace, name, wave) it holds."""

    name: str
    destination: str  # a context of the play; the own one is "in-cluster"
    stacks: tuple[Held, ...]
    out_of_sync: bool = False
    heals: bool = True
    syncing_since: float = 0.0  # seconds ago, when the play begins; 0: no sync is on
    pruned: str = ""  # one of its Stacks that is no longer in Git: gone, it isn't missed
    failure: str = ""  # why its last sync failed before the play begins; it wouldn't any more

    def target(self, home: str) -> str:
        """The context it delivers to, if its Argo CD runs in `home`."""
        return home if self.destination == "in-cluster" else self.destination

    def holds(self, namespace: str, name: str) -> bool:
        return any((ns, n) == (namespace, name) for ns, n, _ in self.stacks)

    def marks(self, namespace: str, name: str) -> dict[str, str]:
        """The annotations that Argo CD puts on a Stack: its tracking id, and its wave."""
        found = {TRACKING: f"{self.name}:pulumi.com/Stack:{namespace}/{name}"}
        wave = next((w for ns, n, w in self.stacks if (ns, n) == (namespace, name)), 0)
        return found | ({"argocd.argoproj.io/sync-wave": str(wave)} if wave else {})

    def application(self, created: float) -> Obj:
        home = self.destination == "in-cluster"
        place = {"server": IN_CLUSTER} if home else {"name": self.destination}
        automated = {"automated": {"prune": True, "selfHeal": True}} if self.heals else {}
        finalizers = ["resources-finalizer.argocd.argoproj.io"]
        return manifest(APPLICATIONS, NAMESPACE, self.name, created, finalizers=finalizers) | {
            "spec": {
                "destination": place | {"namespace": self.stacks[0][0]},
                "project": "default",
                "source": {"path": f"stacks/{self.name}", "repoURL": GIT, "targetRevision": "main"},
                "syncPolicy": automated | {"syncOptions": ["CreateNamespace=true"]},
            },
        }
