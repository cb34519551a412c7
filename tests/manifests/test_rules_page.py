"""docs/lint.md is what the catalogue says, and its examples of how lint is used work.

To write the page anew: python tests/manifests/test_rules_page.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from kubectl_plugin.cli.parser import command  # noqa: E402
from manifests.catalogue import RULES, RULES_BY_ID  # noqa: E402
from manifests.other_linters import ARGOCD_SOURCE_LINT, KUBECONFORM  # noqa: E402
from manifests.rules_page import rules_page  # noqa: E402

PAGE = ROOT / "docs" / "lint.md"


def test_the_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), "write it anew: python tests/manifests/test_rules_page.py"


def test_every_rule_has_its_row_and_its_section() -> None:
    page = rules_page()
    for rule in RULES:
        assert f"\n### {rule.id}\n" in page
        assert f"[`{rule.id}`](#{rule.id.replace('/', '')})" in page


def test_only_rules_that_there_are_stand_beside_those_of_other_linters() -> None:
    assert {*ARGOCD_SOURCE_LINT, *KUBECONFORM} <= RULES_BY_ID.keys()


def test_rules_give_way_to_rules_that_there_are() -> None:
    for rule in RULES:
        assert set(rule.gives_way_to) <= RULES_BY_ID.keys() - {rule.id}, rule.id


def test_every_flag_and_rule_that_is_named_exists() -> None:
    head = rules_page().partition("\n## Rules\n")[0]
    flags = {name for flag in command(("lint",)).flags for name in flag.names}
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", head)) <= flags
    pieces = re.findall(r"^(?:on|lint|repos|spec):.*?(?=^```)", head, re.MULTILINE | re.DOTALL)
    assert len(pieces) == 4
    assert all(isinstance(yaml.safe_load(piece), dict) for piece in pieces)


def test_the_hook_for_pre_commit_starts_the_verb_over_the_whole_repository() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"].split() == ["kubectl-pko_argo", "lint"]
    assert hook["pass_filenames"] is False
    assert f"id: {hook['id']}\n" in rules_page()


if __name__ == "__main__":
    PAGE.write_text(rules_page(), encoding="utf-8")
