"""The tables of installations in docs/health.md are made from what the tests expect of each.

To write them anew: python tests/kubectl_plugin/verbs/health/test_install_document.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[4]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.installs import OWNERS, RIGHTS, STATES, expected, matrix  # noqa: E402

DOCUMENT = ROOT / "docs" / "health.md"
START, END = "<!-- installations -->\n", "<!-- end of installations -->\n"


def test_the_document_has_what_becomes_of_each_installation() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert START in text
    assert text == with_table(text), f"write it anew: python {Path(__file__).relative_to(ROOT)}"


def test_each_pair_of_owner_state_and_rights_is_tried() -> None:
    tried = set(matrix())
    assert {(owner, state) for owner, state, _ in tried} == {(owner, state) for owner in OWNERS for state in STATES}
    assert {(owner, rights) for owner, _, rights in tried} == {(owner, rights) for owner in OWNERS for rights in RIGHTS}
    assert {(state, rights) for _, state, rights in tried} == {(state, rights) for state in STATES for rights in RIGHTS}


def with_table(text: str) -> str:
    """The document with the table in its place."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + "".join(table()) + END + after


def table() -> Iterator[str]:
    yield "\n| argocd-cm is kept by | it is | with the right to patch | exit | without it | exit |\n"
    yield "|---|---|---|---|---|---|\n"
    for owner in OWNERS:
        for state in STATES:
            may, may_not = (expected(owner, state, rights) for rights in RIGHTS[:2])
            yield f"| {owner} | {state} | {may.words} | {may.code} | {may_not.words} | {may_not.code} |\n"
    yield "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
