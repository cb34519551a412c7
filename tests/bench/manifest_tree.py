"""A Git checkout with many manifests: folders of teams with Stacks and what they need, and the Applications of both."""

from __future__ import annotations

import subprocess
from pathlib import Path

ADDRESS = "https://github.com/acme/gitops.git"
TEAMS, FILES_OF_A_TEAM, APPLICATION_FILES, IN_A_FILE = 50, 19, 50, 5
SIZE = 1500
"""of a manifest, in bytes"""
_FILLER = "# what a team writes about its own manifests, so that who comes next need not ask\n"


def write_tree(root: Path) -> int:
    """A thousand files with five manifests of 1.5 KB each; how many manifests there are. Each team has a fault."""
    for team in range(TEAMS):
        folder = root / "teams" / f"team-{team}"
        folder.mkdir(parents=True)
        for number in range(FILES_OF_A_TEAM):
            manifests = [*_first(team)] if not number else [*_others(team, number)]
            (folder / f"app-{number}.yaml").write_text("---\n".join(map(_filled, manifests)), encoding="utf-8")
    applications = root / "argocd"
    applications.mkdir()
    for number in range(APPLICATION_FILES):
        names = [f"team-{number}", *(f"other-{number}-{each}" for each in range(1, IN_A_FILE))]
        text = "---\n".join(_filled(_application(name)) for name in names)
        (applications / f"apps-{number}.yaml").write_text(text, encoding="utf-8")
    for command in (["init", "-q", "-b", "main"], ["remote", "add", "origin", ADDRESS], ["add", "."]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return IN_A_FILE * (TEAMS * FILES_OF_A_TEAM + APPLICATION_FILES)


def _filled(text: str) -> str:
    return text + _FILLER * round((SIZE - len(text)) / len(_FILLER))


def _first(team: int) -> tuple[str, ...]:
    return (
        f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: pulumi\n  namespace: team-{team}\n",
        _binding(team),
        _external_secret(team),
        _stack(team, "base", ""),
        _stack(team, "missing", f"    - name: nowhere-{team}\n"),
    )


def _others(team: int, number: int) -> tuple[str, ...]:
    return (
        _stack(team, f"web-{number}", "    - name: base\n"),
        _stack(
            team, f"data-{number}", f"    - name: web-{number}\n      requirement: {{succeededWithinDuration: 1h}}\n"
        ),
        _program_stack(team, number),
        _program(team, number),
        _settings(team, number),
    )


def _binding(team: int) -> str:
    return f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: team-{team}-auth-delegator
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:auth-delegator
subjects:
  - kind: ServiceAccount
    name: pulumi
    namespace: team-{team}
"""


def _external_secret(team: int) -> str:
    return f"""\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: pulumi-access-token
  namespace: team-{team}
spec:
  refreshInterval: 1h
  secretStoreRef: {{kind: ClusterSecretStore, name: vault}}
  target:
    name: pulumi-access-token
  data:
    - secretKey: accessToken
      remoteRef: {{key: pulumi/token}}
"""


def _stack(team: int, name: str, prerequisites: str) -> str:
    return f"""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {name}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: team-{team}
  annotations:
    link.argocd.argoproj.io/pulumi: https://app.pulumi.com/acme/{name}/team-{team}
    argocd.argoproj.io/sync-wave: "1"
spec:
  serviceAccountName: pulumi
  stack: acme/{name}/team-{team}
  projectRepo: https://github.com/acme/infrastructure.git
  repoDir: {name}
  branch: refs/heads/main
  refresh: true
  shallow: true
  continueResyncOnCommitMatch: true
  resyncFrequencySeconds: 3600
{f"  prerequisites:{chr(10)}{prerequisites}" if prerequisites else ""}\
  config:
    aws:region: eu-central-1
    {name}:replicas: "2"
    {name}:domain: {name}.example.com
  envRefs:
    PULUMI_ACCESS_TOKEN:
      type: Secret
      secret:
        name: pulumi-access-token
        key: accessToken
    AWS_REGION:
      type: Literal
      literal:
        value: eu-central-1
  workspaceTemplate:
    spec:
      image: pulumi/pulumi:3.230.0-nonroot
      resources:
        requests: {{cpu: 200m, memory: 512Mi}}
        limits: {{memory: 1Gi}}
"""


def _program_stack(team: int, number: int) -> str:
    text = _stack(team, f"bucket-{number}", "")
    source = text[text.index("  projectRepo") : text.index("  continueResync")]
    return text.replace(source, f"  programRef:\n    name: bucket-{number}\n")


def _program(team: int, number: int) -> str:
    resources = "".join(
        f"    bucket{each}:\n      type: aws:s3:Bucket\n      properties:\n        tags: {{team: team-{team}}}\n"
        for each in range(10)
    )
    return f"""\
apiVersion: pulumi.com/v1
kind: Program
metadata:
  name: bucket-{number}
  namespace: team-{team}
program:
  resources:
{resources}"""


def _settings(team: int, number: int) -> str:
    data = "".join(f"  KEY_{each}: value of {each}\n" for each in range(40))
    name = f"settings-{number}"
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: team-{team}\ndata:\n{data}"


def _application(name: str) -> str:
    of_a_team = name.startswith("team-")
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
  finalizers:
    - resources-finalizer.argocd.argoproj.io
spec:
  project: default
  source:
    repoURL: {ADDRESS if of_a_team else "https://github.com/acme/other.git"}
    targetRevision: main
    path: {f"teams/{name}" if of_a_team else name}
  destination:
    server: https://kubernetes.default.svc
    namespace: {name}
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
    syncOptions:
      - CreateNamespace=true
"""
