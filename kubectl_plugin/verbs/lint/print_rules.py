"""``lint --rules``: every rule that there is."""

from __future__ import annotations

import sys

from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.output.printers import as_text, may_colour, table
from manifests.catalogue import RULES
from manifests.rule import Rule


def print_rules(form: str) -> ExitCode:
    if form == "json":
        sys.stdout.write(as_text([_rule_object(rule) for rule in RULES], "json"))
    else:
        rows = [[rule.id, rule.severity.value, rule.title] for rule in RULES]
        sys.stdout.write(table(["RULE", "SEVERITY", "WHAT IS WRONG"], rows, colour=may_colour(sys.stdout)))
    return ExitCode.FINE


def _rule_object(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "title": rule.title,
        "effect": rule.effect,
        "remedy": rule.remedy,
        "wrong": rule.wrong,
        "right": rule.right,
    }
