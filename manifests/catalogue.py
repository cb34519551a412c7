"""Every rule that there is, in the order of the documentation.

To add one, put it into the module of `manifests/rules` that it belongs to, or into a new one with its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from manifests.problem import Problem
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.rules import (
    application_sources,
    backend_stacks,
    cross_namespace,
    dead_fields,
    delivery_gaps,
    health_keys,
    ignores,
    links,
    live_memory,
    live_resyncs,
    live_waves,
    missing_objects,
    prerequisite_chains,
    stack_deletion,
    stack_fields,
    stack_references,
    stack_secrets,
    stack_settings,
    stack_sources,
    stack_values,
    sync_options,
    sync_waves,
    wave_values,
    workspace_accounts,
    yaml_syntax,
)

_MODULES = (
    yaml_syntax,
    stack_fields,
    stack_values,
    stack_references,
    dead_fields,
    cross_namespace,
    stack_sources,
    stack_secrets,
    stack_settings,
    backend_stacks,
    workspace_accounts,
    prerequisite_chains,
    missing_objects,
    wave_values,
    sync_waves,
    sync_options,
    stack_deletion,
    application_sources,
    delivery_gaps,
    links,
    health_keys,
    ignores,
    live_resyncs,
    live_memory,
    live_waves,
)

RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)
RULES_BY_ID = {rule.id: rule for rule in RULES}
CHECKS: tuple[Callable[[Repository], Iterator[Problem]], ...] = tuple(module.check for module in _MODULES)
