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
    delivery_gaps,
    health_keys,
    links,
    stack_deletion,
    sync_options,
    sync_waves,
    wave_values,
    yaml_syntax,
)  # fmt: skip

_MODULES = (
    yaml_syntax,
    wave_values,
    sync_waves,
    sync_options,
    stack_deletion,
    application_sources,
    delivery_gaps,
    links,
    health_keys,
)

RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)
RULES_BY_ID = {rule.id: rule for rule in RULES}
CHECKS: tuple[Callable[[Repository], Iterator[Problem]], ...] = tuple(module.check for module in _MODULES)
