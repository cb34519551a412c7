"""The Stacks that a Stack waits for."""

from __future__ import annotations

from itertools import pairwise

from manifests.problem import Problem, SetValue
from support.lint_texts import problems_in, told

MISSING, CYCLE, OTHER = "ref/prerequisite-missing", "ref/prerequisite-cycle", "ref/prerequisite-other-namespace"


def stack(name: str, *needs: str, namespace: str = "shop") -> str:
    text = f"apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"
    text += f"spec:\n  stack: acme/{name}/dev\n"
    return text + ("  prerequisites:\n" + "".join(f"  - name: {each}\n" for each in needs) if needs else "")


def files(**texts: str) -> str:
    return "".join(f"# file: {name.replace('_', '/')}.yaml\n{text}" for name, text in texts.items())


def found(*texts: str) -> list[Problem]:
    return [each for each in problems_in(*texts) if each.rule.startswith("ref/prerequisite")]


def test_a_prerequisite_that_is_there_is_right_across_files() -> None:
    assert found(files(a=stack("web", "data"), b=stack("data"))) == []
    assert found(files(a=stack("web", "data"), b=stack("data", namespace=""))) == []


def test_a_prerequisite_that_is_nowhere() -> None:
    (problem,) = found(files(a=stack("web", "database"), b=stack("databases")))
    assert told([problem]) == [f"a.yaml:7:5 {MISSING}"]
    assert "there is no Stack database" in problem.message
    assert "There is databases: perhaps that was meant" in problem.message
    assert problem.edits == ()


def test_the_name_of_a_backend_stack_gets_the_name_of_its_stack() -> None:
    (problem,) = found(files(a=stack("web", "data", "acme/queue/dev"), b=stack("data") + "---\n" + stack("queue")))
    assert told([problem]) == [f"a.yaml:8:5 {MISSING}"]
    assert "acme/queue/dev is the spec.stack of the Stack queue (b.yaml:7)" in problem.message
    assert problem.fix == "Write\n  - name: queue"
    assert problem.edits == (SetValue(("spec", "prerequisites", 1, "name"), "queue"),)


def test_of_two_stacks_with_that_backend_stack_nobody_chooses() -> None:
    one, other = stack("one"), stack("other").replace("acme/other/dev", "acme/one/dev")
    (problem,) = [each for each in found(files(a=stack("web", "acme/one/dev"), b=one, c=other)) if each.rule == MISSING]
    assert problem.edits == ()


def test_a_prerequisite_in_another_namespace() -> None:
    (problem,) = found(files(a=stack("web", "data"), b=stack("data", namespace="data")))
    assert told([problem]) == [f"a.yaml:7:5 {OTHER}"]
    assert "the Stack data is in the namespace data (b.yaml:1), and this one in shop" in problem.message
    assert found(files(a=stack("web", "data"), b=stack("data", namespace="data"), c=stack("data"))) == []


def test_the_name_of_a_backend_stack_in_another_namespace() -> None:
    (problem,) = found(files(a=stack("web", "acme/data/dev"), b=stack("data", namespace="data")))
    assert told([problem]) == [f"a.yaml:7:5 {OTHER}"]
    assert "is the spec.stack of the Stack data, which is in the namespace data" in problem.message


def test_two_stacks_that_wait_for_each_other_over_files() -> None:
    problems = found(files(a=stack("web", "data"), b=stack("data", "web")))
    assert told(problems) == [f"a.yaml:7:5 {CYCLE}"]
    assert "web waits for data waits for web" in problems[0].message


def test_a_long_cycle_is_told_once_at_its_first_stack() -> None:
    text = files(a=stack("a", "b"), b=stack("b", "x", "c"), c=stack("c", "a"), x=stack("x"), y=stack("y", "a"))
    assert told(found(text)) == [f"a.yaml:7:5 {CYCLE}"]
    assert "a waits for b waits for c waits for a" in found(text)[0].message
    later = files(c=stack("a", "b"), a=stack("b", "c"), b=stack("c", "a"))
    assert told(found(later)) == [f"a.yaml:7:5 {CYCLE}"]


def test_a_place_in_several_cycles_is_named_once() -> None:
    text = files(a=stack("a", "b"), b=stack("b", "a", "c"), c=stack("c", "a"))
    assert told(found(text)) == [f"a.yaml:7:5 {CYCLE}"]
    text = files(a=stack("a", "b", "c"), b=stack("b", "a"), c=stack("c", "a"))
    assert told(found(text)) == [f"a.yaml:7:5 {CYCLE}", f"a.yaml:8:5 {CYCLE}"]


def test_a_stack_that_waits_for_itself() -> None:
    (problem,) = found(stack("web", "web"))
    assert "a prerequisite of itself" in problem.message


def test_a_diamond_is_no_cycle() -> None:
    assert found(files(a=stack("a", "b", "c"), b=stack("b", "d"), c=stack("c", "d"), d=stack("d"))) == []


def test_a_chain_of_thousands_is_followed() -> None:
    names = [f"s{number}" for number in range(3000)]
    chain = [stack(name, after) for name, after in pairwise(names)]
    assert found("---\n".join([*chain, stack(names[-1])])) == []


def test_copies_for_several_clusters_are_not_mixed() -> None:
    dev = {"dev_web": stack("web", "data", namespace=""), "dev_data": stack("data", namespace="")}
    prod = {"prod_web": stack("web", namespace=""), "prod_data": stack("data", "web", namespace="")}
    assert found(files(**dev, **prod)) == []
    prod["prod_web"] = stack("web", "data", namespace="")
    assert told(found(files(**dev, **prod))) == [f"prod/data.yaml:7:5 {CYCLE}"]


def test_a_stack_behind_a_template_may_be_the_one() -> None:
    template = "# file: chart/templates/stack.yaml\nkind: Stack\nmetadata: {{ include meta }}\n"
    assert found(files(a=stack("web", "data")) + template) == []


def test_the_form_of_the_guide_has_no_name_to_look_for() -> None:
    text = stack("web") + "  prerequisites:\n  - {type: Stack, requirement: data}\n"
    assert found(text) == []
