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
