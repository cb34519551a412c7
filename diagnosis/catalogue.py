"""Every cause for which a Stack or an Application can be stuck, in one table.

The order is that in which causes of one depth are said. What there is to say of each in general makes
docs/troubleshooting.md, too.
"""

from __future__ import annotations

from diagnosis.cause import AnyCause, Cause
from diagnosis.causes import (
    aborted_runs,
    agent,
    agent_start,
    argocd_comparisons,
    argocd_pauses,
    argocd_self_heal,
    argocd_syncs,
    argocd_waves,
    deletion,
    failed_runs,
    fetching,
    initialisation,
    locks,
    lost_runs,
    missing_references,
    operators,
    pko_1,
    pods,
    prerequisites,
    refused,
    running,
    sources,
    spec,
    stateful_sets,
    wedge,
)
from diagnosis.facts.application_facts import ApplicationFacts
from diagnosis.facts.stack_facts import StackFacts

_BY_IDEA: tuple[Cause[StackFacts], ...] = (
    *operators.CAUSES,
    *refused.CAUSES,
    *spec.CAUSES,
    *sources.CAUSES,
    *prerequisites.CAUSES,
    *pko_1.CAUSES,
    *pods.CAUSES,
    *missing_references.CAUSES,
    *fetching.CAUSES,
    *agent_start.CAUSES,
    *stateful_sets.CAUSES,
    *agent.CAUSES,
    *initialisation.CAUSES,
    *locks.CAUSES,
    *lost_runs.CAUSES,
    *aborted_runs.CAUSES,
    *failed_runs.CAUSES,
    *running.CAUSES,
    *wedge.CAUSES,
    *deletion.CAUSES,
)
STACK_CAUSES: tuple[Cause[StackFacts], ...] = tuple(sorted(_BY_IDEA, key=lambda cause: cause.depth))

APPLICATION_CAUSES: tuple[Cause[ApplicationFacts], ...] = (
    *argocd_comparisons.CAUSES,
    *argocd_pauses.CAUSES,
    *argocd_waves.CAUSES,
    *argocd_syncs.CAUSES,
    *argocd_self_heal.CAUSES,
)

CATALOGUE: tuple[AnyCause, ...] = (*STACK_CAUSES, *APPLICATION_CAUSES)
