"""What the rules offer to mend is mended by their edits, and nothing new comes of it."""

from __future__ import annotations

import pytest

from manifests.catalogue import RULES
from manifests.editing.file_edits import edit_text
from manifests.rule import Rule, example_files
from support.lint_texts import problems_in


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_edits_mend_the_examples_that_have_them(rule: Rule) -> None:
    for example in (rule.wrong, rule.right, rule.alike):
        files = example_files(example)
        found = problems_in(example)
        for name, text in files.items():
            edited = edit_text(text, [each for each in found if each.edits and each.file == name])
            assert edited.refused == []
            files[name] = edited.text
        left = problems_in("".join(f"# file: {name}\n{text}" for name, text in files.items()))
        assert [each for each in left if each.edits] == []


STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: %s, namespace: shop}
spec:
  stack: acme/%s/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""
WEB = STACK % ("web", "web")
DATABASE = STACK % ("db", "data")


@pytest.mark.parametrize(
    ("spec", "right"),
    [
        (
            "  continueResyncOnCommitMatch: true\n  resyncFrequencySeconds: '30'\n",
            "  continueResyncOnCommitMatch: true\n  resyncFrequencySeconds: 60\n",
        ),
        (
            "  continueResyncOnCommitMatch: 'true'\n  resyncFrequencySeconds: '30'\n",
            "  continueResyncOnCommitMatch: true\n  resyncFrequencySeconds: 60\n",
        ),
        ("  resyncFrequencySeconds: '30'\n", "  resyncFrequencySeconds: 30\n"),
        ("  prerequisites:\n  - requirement: acme/data/dev\n", "  prerequisites:\n  - name: db\n"),
        (
            "  prerequisites:\n  - type: Stack\n    requirement: acme/data/dev\n    succeededWithinDuration: 1w2d\n",
            "  prerequisites:\n  - name: db\n    requirement:\n      succeededWithinDuration: 216h\n",
        ),
        ("  prerequisites:\n  - requirement: acme/other/dev\n", "  prerequisites:\n  - requirement: acme/other/dev\n"),
        # A comment on a line of its own stays, above what is written anew and behind it; with one within it has to be
        # mended by hand.
        (
            "  # all\n  config: # some\n  # first\n  - a: b\n  - c: d # last\n",
            "  # all\n  config: # some\n  # first\n    a: b\n    c: d # last\n",
        ),
        ("  config:\n  - a: b # first\n  - c: d\n", "  config:\n  - a: b # first\n  - c: d\n"),
        (
            "  prerequisites: # some\n  # first\n  - requirement: db\n    type: Stack # last\n",
            "  prerequisites: # some\n  # first\n  - name: db # last\n",
        ),
        (
            "  prerequisites:\n  - requirement: db # first\n    type: Stack\n",
            "  prerequisites:\n  - requirement: db # first\n    type: Stack\n",
        ),
        (
            "  # why\n  retryOnUpdateConflict: true # once\n  refresh: true\n",
            "  # why\n  refresh: true\n",
        ),
        (
            "  # each\n  prerequisites:\n  # this one\n  - {requirement: db} # soon\n",
            "  # each\n  prerequisites:\n  # this one\n  - name: db # soon\n",
        ),
    ],
)
def test_once_is_enough(spec: str, right: str) -> None:
    once = mended(WEB + spec + "---\n" + DATABASE)
    assert once == WEB + right + "---\n" + DATABASE
    assert mended(once) == once


def mended(text: str) -> str:
    return edit_text(text, [each for each in problems_in(text) if each.edits]).text
