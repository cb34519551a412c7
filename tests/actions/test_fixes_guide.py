"""docs/fixes.md is what the registry says, and says something of every verb that a cause names.

To write the page anew: python tests/actions/test_fixes_guide.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from actions.fixes_guide import fixes_guide  # noqa: E402
from actions.registry import CHANGES  # noqa: E402
from diagnosis.catalogue import CATALOGUE  # noqa: E402

PAGE = ROOT / "docs" / "fixes.md"


def test_the_page_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == fixes_guide(), "write it anew: python tests/actions/test_fixes_guide.py"


def test_every_verb_that_helps_against_a_cause_is_a_fix() -> None:
    named = {verb for cause in CATALOGUE for verb in cause.helps}
    assert named - CHANGES.keys() == set()


def test_every_fix_has_its_part_of_the_page() -> None:
    for change in CHANGES.values():
        if change.guide is not None:
            assert change.guide.command.startswith(f"{change.id} ")
            assert f"\n## {change.id}\n" in fixes_guide()


if __name__ == "__main__":
    PAGE.write_text(fixes_guide(), encoding="utf-8")
