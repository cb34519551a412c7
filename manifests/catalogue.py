"""Every rule that there is, in the order of the documentation.

To add one, put it into the module of `manifests/rules` that it belongs to, or into a new one with its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from manifests.problem import Problem
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.rules import ignores, yaml_syntax

_MODULES = (yaml_syntax, ignores)

RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)
RULES_BY_ID = {rule.id: rule for rule in RULES}
CHECKS: tuple[Callable[[Repository], Iterator[Problem]], ...] = tuple(module.check for module in _MODULES)
