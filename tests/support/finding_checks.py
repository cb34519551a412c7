"""What every finding has to stand: its quotes are true, and it goes with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from diagnosis.facts.context_objects import QuotableLine, as_text
from diagnosis.facts.quotable_logs import operator_lines, workspace_lines
from diagnosis.finding import CERTAINTIES, Evidence, Finding
from stacks.fields import field
from stacks.masked_objects import shown
from support.scenes import CONTEXT, Scene, findings_of


def the_finding(scene: Scene, namespace: str, name: str, wanted: str) -> Finding:
    """The finding of this id with a Stack, held to what it quotes: each quote stands where it says, and without the
    first the finding goes or is less certain."""
    return true_finding(scene, wanted, lambda changed: findings_of(changed, namespace, name))


def true_finding(scene: Scene, wanted: str, explain: Callable[[Scene], list[Finding]]) -> Finding:
    """The finding of this id among those that `explain` has of a scene, held to what it quotes."""
    every = explain(scene)
    found = [finding for finding in every if finding.id == wanted]
    assert found, [finding.id for finding in every]
    finding = found[0]
    assert finding.evidence
    for evidence in finding.evidence:
        assert evidence.object.context == CONTEXT
        assert evidence.text in found_again(scene, evidence), evidence
    left = [other for other in explain(without(scene, finding.evidence[0])) if other.id == wanted]
    assert all(CERTAINTIES.index(other.certainty) > CERTAINTIES.index(finding.certainty) for other in left), left
    assert bool(finding.makes_certain) == (finding.certainty != CERTAINTIES[0])
    assert says_whether_it_heals(finding), finding.next
    return finding


_NOTHING = re.compile(
    "nothing|never|only on change|a new commit is synced"
    "|it is run again.*(, with the same text|, and its result is too big|finds the lock)"
)
BOTH = ("B-1", "S-1", "U-3", "F-4")
"""findings that end or stay for other reasons than what happens next: an operator that is away comes back or doesn't,
retries get through between another Stack's runs, a lock that nobody can date may be in use, an install may end"""


def says_whether_it_heals(finding: Finding) -> bool:
    """Whether the words of what happens next fit with whether that may end it."""
    if finding.next is None or finding.id in BOTH or finding.caused_by:
        return True
    return finding.next.heals != bool(_NOTHING.match(finding.next.what))


def found_again(scene: Scene, evidence: Evidence) -> str:
    """What stands at the place of a quote, in the object or the log, as it may be shown."""
    where = evidence.object
    if evidence.path.startswith("log:"):
        if where.kind == "Deployment":
            return "\n".join(line.text for line in operator_lines(scene.operator_log))
        logs = [log.lines for log in scene.logs if (log.pod, log.container) == (where.name, where.container)]
        return "\n".join(line.text for lines in logs for line in workspace_lines(lines))
    for each in scene.objects:
        metadata = each["metadata"]
        if (each["kind"], metadata.get("namespace", ""), metadata["name"]) == (where.kind, where.namespace, where.name):
            found = field(shown(each), *_steps(evidence.path))
            return found if isinstance(found, str) else as_text(found)
    return ""


def _shows(evidence: Evidence, lines: Sequence[QuotableLine]) -> bool:
    return any(evidence.text in line.text for line in lines)


def _steps(path: str) -> list[str | int]:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    return [int(step) if step.isdecimal() else step for step in steps]


def without(scene: Scene, evidence: Evidence) -> Scene:
    """The scene without what a finding rests on: the field is gone, the line of the log isn't there, and where the
    object as a whole is meant that."""
    changed = scene.copy()
    where = evidence.object
    if evidence.path.startswith("log:"):
        for log in changed.logs:
            log.lines = [line for line in log.lines if not _shows(evidence, workspace_lines([line]))]
        changed.operator_log = [line for line in changed.operator_log if not _shows(evidence, operator_lines([line]))]
        return changed
    for each in changed.objects:
        metadata = each["metadata"]
        if (each["kind"], metadata.get("namespace", ""), metadata["name"]) != (where.kind, where.namespace, where.name):
            continue
        steps = _steps(evidence.path)
        if not steps:
            changed.objects.remove(each)
            return changed
        parent: Any = each
        for step in steps[:-1]:
            parent = parent[step]
        del parent[steps[-1]]
        return changed
    raise AssertionError(f"{evidence} isn't there")
