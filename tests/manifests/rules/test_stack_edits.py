"""An edit makes what it mends right, and breaks nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

from manifests.linting import lint
from manifests.problem import AddField, Edit, Problem, RemoveField, RenameKey, SetValue
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from support.generated_stacks import generated_stacks
from support.lint_texts_of_stacks import RULES_OF_FIELDS

Obj = dict[str, Any]

GAVE_WAY = "stack/dead-field"
"""what is silent beside an error in the same place, and speaks when that is mended"""


def problems_of(stack: Obj) -> list[Problem]:
    found = lint(Repository([parse_source("stack.json", json.dumps(stack))]))
    return [each for each in found if each.rule in RULES_OF_FIELDS]


def edited(stack: Obj, edits: tuple[Edit, ...]) -> Obj:
    result = copy.deepcopy(stack)
    for edit in edits:
        *above, last = edit.path if not isinstance(edit, AddField) else (*edit.path, edit.key)
        around: Any = result
        for step in above:
            around = around[step]
        match edit:
            case SetValue(value=value) | AddField(value=value):
                around[last] = value
            case RenameKey(name=name):
                around[name] = around.pop(last)
            case RemoveField():
                del around[last]
    return result


def test_an_edit_mends_its_problem_and_makes_no_new_one() -> None:
    mended = 0
    for stack in generated_stacks(7, 1500):
        problems = problems_of(stack)
        for problem in problems:
            if problem.edits:
                left = [each for each in problems_of(edited(stack, problem.edits)) if each.rule != GAVE_WAY]
                assert {(each.rule, each.path) for each in left} < {(each.rule, each.path) for each in problems}, (
                    problem
                )
                mended += 1
    assert mended > 100
