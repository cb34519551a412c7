"""What helps a Stack, as commands that a reader can copy: in kubectl's words, and in argocd's for Applications."""

from __future__ import annotations

import json
from shlex import quote

from diagnosis.finding import Finding
from fleet.board.rows import Key, StackRow, run_name
from stacks.records.base import REQUEST
from stacks.records.workspace import workspace_of, workspace_pod_of


def commands(finding: Finding, row: StackRow) -> list[str]:
    """The commands for what helps against a finding, in their order."""
    holder = row.holder.key if row.holder is not None else None
    verbs = [each for action in finding.actions for each in (_IN_TWO_STEPS.get(action, (action,)))]
    return [line for verb in verbs if (line := _command(verb, row, holder))]


_IN_TWO_STEPS = {"unwedge": ("unwedge", "reconcile")}
"""verbs that are more than one request"""


def _command(action: str, row: StackRow, holder: Key | None) -> str:
    """The command for a verb of a finding, empty for one that no single command does.

    It changes the cluster: it is shown here, and never run. A request has a new value each time that a shell runs it.
    """
    stack, name = row.stack, quote(row.key.name)
    where = f"-n {quote(row.key.namespace)} --context {quote(row.key.context)}"
    pod = quote(workspace_pod_of(workspace_of(stack)))
    match action:
        case "reconcile":
            return f'kubectl annotate stack {name} {where} --overwrite {REQUEST}="$(date -u +%FT%TZ)"'
        case "restart-workspace":
            return f"kubectl delete pod {pod} {where}"
        case "cancel":
            return f"kubectl exec {pod} -c pulumi {where} -- pulumi cancel --yes --stack {quote(stack.spec.stack)}"
        case "unwedge":
            place = "/status/currentUpdate"
            patch = [{"op": "test", "path": f"{place}/name", "value": run_name(stack)}, {"op": "remove", "path": place}]
            text = quote(json.dumps(patch, separators=(",", ":")))
            return f"kubectl patch stack {name} {where} --subresource=status --type=json -p {text}"
    return _of_application(action, holder) if holder is not None else ""


def _of_application(action: str, holder: Key) -> str:
    name = quote(f"{holder.namespace}/{holder.name}")
    words = {"app refresh": "get --refresh", "app sync": "sync", "app terminate": "terminate-op"}
    return f"argocd app {words[action]} {name}" if action in words else ""
