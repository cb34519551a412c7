"""docs/troubleshooting.md, made from the catalogue: what there is to say of each cause for any Stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnosis.catalogue import CATALOGUE
from diagnosis.cause import AGENT, ARGOCD, INITIALISATION, OPERATOR, POD, PREREQUISITE, RUN, SPEC, WEDGE, AnyCause

_PARTS = {
    OPERATOR: "The operator",
    SPEC: "The spec and the source",
    PREREQUISITE: "Prerequisites",
    POD: "The workspace pod",
    AGENT: "Reaching the agent",
    INITIALISATION: "Preparing the workspace",
    RUN: "The run",
    WEDGE: "Wedges, leftovers, deletion, requests",
    ARGOCD: "Argo CD",
}
_HEAD = """# Troubleshooting

Every cause that `kubectl pko-argo diagnose` knows, in the order in which they are said: what lies deepest comes first.
This page is written from the program's own catalogue. `kubectl pko-argo diagnose NAME` says which of them holds, with
the objects and lines that prove it, when something happens by itself, and the next step.

## Where to begin

**A Stack fails.** `diagnose NAME` quotes the line of Pulumi's output that explains it. Nearly always it is one of
{failing}: the program or the cloud, a lock, the token, a run that was cut off, or the program's dependencies.

**Argo CD says Progressing or Unknown for ever.** Argo CD sees the Stack alone. What keeps it is mostly one of
{waiting}: the operator, the source, a prerequisite, the pod or the agent. Unknown comes from the health check itself
([A-4](#a-4), [`docs/health.md`](health.md)).

**It is stuck while it updates.** Either the run hangs or waits ({running}), or nothing runs any more and the operator
doesn't know ({absorbing}). `diagnose` tells them apart by the Update, its pod and the operator's Lease.
"""
_BEGINNINGS = {
    "failing": ("U-1", "U-3", "F-1", "F-2", "U-6", "F-3"),
    "waiting": ("B-1", "B-11", "B-4", "B-5", "B-9", "B-10", "P-3", "P-4", "C-1"),
    "running": ("U-11", "U-15", "U-10"),
    "absorbing": ("W-1", "W-2", "W-5"),
}


def troubleshooting(catalogue: Sequence[AnyCause] = CATALOGUE) -> str:
    """The page as Markdown."""
    links = {name: ", ".join(f"[{each}](#{each.lower()})" for each in ids) for name, ids in _BEGINNINGS.items()}
    parts = [_HEAD.format(**links)]
    for depth, title in _PARTS.items():
        parts.append(f"\n## {title}\n")
        parts += [part for cause in catalogue if cause.depth == depth for part in _section(cause)]
    return "".join(parts)


def _section(cause: AnyCause) -> Iterator[str]:
    yield f'\n<a id="{cause.id.lower()}"></a>\n\n### {cause.id} {cause.title}\n\n'
    yield f"- **Seen as**: {cause.symptom}\n"
    yield f"- **Cause**: {cause.explanation}\n"
    yield f"- **By itself**: {cause.by_itself}\n"
    yield f"- **Way out**: {cause.way_out}\n"
    if cause.helps:
        yield f"- **Verbs that help**: {', '.join(_verb(cause, verb) for verb in cause.helps)}\n"
    for each in cause.not_helpful:
        yield f"- **Doesn't help**: {each.action}: {each.why}.\n"
    yield f"- **Versions**: {cause.versions}\n"


def _verb(cause: AnyCause, verb: str) -> str:
    return f"`{verb}`{' once that is repaired' if verb in cause.after_repair else ''}"
