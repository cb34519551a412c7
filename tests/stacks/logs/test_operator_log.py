"""Of the operator's log a Stack's own lines are found, and never the result of a run in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.logs.operator_log import OperatorLogFilter, object_of, operator_line, redacted, short, stack_of_update
from support.podlogs import operator_logs

SECRET = "hunter2"
TIME = "2026-11-23T18:24:14.180Z"


def excerpt(lines: list[str], *stacks: tuple[str, str]) -> list[str]:
    found = OperatorLogFilter(stacks, {})
    return [taken[1] for line in lines if (taken := found.filter(line)) is not None]


def line(said: str, level: str = "INFO", /, **fields: object) -> str:
    return f"{TIME}\t{level}\t{said}\t{json.dumps(fields)}"


@pytest.mark.parametrize("situation", sorted(operator_logs()))
def test_planted_secrets_of_real_logs_are_never_shown(situation: str) -> None:
    for text in operator_logs()[situation]:
        said = operator_line(text)
        if said is not None:
            for form in (redacted(said), short(said)):
                assert SECRET not in form
                assert 'acme.example\\"' not in form
                assert "replicas" not in form


def test_the_recorded_secrets_are_really_there() -> None:
    assert sum(SECRET in text for text in operator_logs()["17-secret-outputs"]) == 1


def test_all_lines_of_one_stack_are_found() -> None:
    lines = operator_logs()["17-secret-outputs"]
    found = excerpt(lines, ("first", "shop"))
    assert len(found) == len([text for text in lines if text])
    assert any("\tUpdate complete\t" in text and '"result": "(not shown)"' in text for text in found)
    assert excerpt(lines, ("first", "shop2")) == []
    assert excerpt(lines, ("second", "shop")) == []


def test_lines_stay_as_they_were_where_nothing_is_hidden() -> None:
    text = operator_logs()["17-secret-outputs"][0]
    said = operator_line(text)
    assert said is not None
    assert redacted(said).split("\t")[:3] == text.split("\t")[:3]
    assert json.loads(redacted(said).split("\t")[3])["controller"] == "workspace-controller"


SUBJECTS = [
    ({"controller": "stack-controller", "namespace": "a", "name": "shop"}, ("a", "stack", "shop")),
    (
        {"controller": "update-controller", "namespace": "a", "name": "shop-1a209a6aa5a"},
        ("a", "update", "shop-1a209a6aa5a"),
    ),
    ({"Request.Namespace": "a", "Request.Name": "shop"}, ("a", "stack", "shop")),
    ({"namespace": 1, "name": []}, ("", "", "")),
    ({}, ("", "", "")),
]


@pytest.mark.parametrize(("fields", "about"), SUBJECTS)
def test_a_line_says_what_it_is_about(fields: dict[str, object], about: tuple[str, str, str]) -> None:
    said = operator_line(line("x", **fields))
    assert said is not None
    assert object_of(said) == about


def test_an_update_belongs_to_the_stack_of_its_name_and_to_no_other() -> None:
    assert stack_of_update("shop-1a209a6aa5a") == "shop"
    assert stack_of_update("shop-eu-1a209a6aa5a") == "shop-eu"
    assert stack_of_update("shop-eu") == ""
    lines = [line("Reconciling Update", controller="update-controller", namespace="a", name="shop-eu-1a209a6aa5a")]
    assert excerpt(lines, ("a", "shop")) == []
    assert len(excerpt(lines, ("a", "shop-eu"))) == 1


def test_a_workspace_with_a_name_of_its_own_is_the_stacks() -> None:
    lines = [line("Ready", controller="workspace-controller", namespace="a", name="special")]
    found = OperatorLogFilter([("a", "shop")], {("a", "special"): "shop"})
    assert [found.filter(text) is not None for text in lines] == [True]


def test_a_stack_trace_belongs_to_its_line() -> None:
    lines = [
        line("Reconciler error", "ERROR", controller="stack-controller", namespace="a", name="shop", error="no"),
        "sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Start.func2.2",
        "\t/go/pkg/mod/sigs.k8s.io/controller.go:255",
        line("Reconciler error", "ERROR", controller="stack-controller", namespace="a", name="other", error="no"),
        "sigs.k8s.io/controller-runtime/another",
    ]
    assert len(excerpt(lines, ("a", "shop"))) == 3


def test_that_no_stack_can_be_listed_concerns_every_stack() -> None:
    assert len(excerpt([line("Failed to watch", "ERROR", type="*v1.Stack", error="unknown unit")], ("a", "shop"))) == 1


HIDDEN = [
    line(
        "Update complete",
        controller="update-controller",
        namespace="a",
        name="shop-1a209a6aa5a",
        result=f"outputs:{SECRET}",
    ),
    f'{TIME}\tINFO\tUpdate complete\t{{"controller": "update-controller", "namespace": "a", "result": {SECRET}',
    line("x", controller="stack-controller", namespace="a", name="shop", deep={"result": SECRET, "Stdout": SECRET}),
    line("x", controller="stack-controller", namespace="a", name="shop", said=f"outputs:{{key:k value:{SECRET}}}"),
    line("x", controller="stack-controller", namespace="a", name="shop", message=f"Outputs:\n    password: {SECRET}"),
    f'{{"level":"debug","msg":"Pulumi Update","Request.Namespace":"a","Request.Name":"shop","Stdout":"{SECRET}"}}',
    f'outputs:{{key:"token" value:{{value:"{SECRET}" secret:true}}}}',
]


@pytest.mark.parametrize("text", HIDDEN)
def test_results_are_hidden_in_whatever_form(text: str) -> None:
    ours = line("Reconciling Stack", controller="stack-controller", namespace="a", name="shop")
    assert SECRET not in "".join(excerpt([ours, text], ("a", "shop")))
    said = operator_line(text)
    if said is not None:
        assert SECRET not in short(said)


def test_json_logs_are_read_as_well() -> None:
    text = (
        '{"level":"error","ts":"2024-10-16T02:01:45.212Z","logger":"controller_stack","msg":"Failed to update Stack",'
        '"Request.Namespace":"ns","Request.Name":"n","Stack.Name":"org/proj/stack","error":"exit status 255"}'
    )
    (found,) = excerpt([text], ("ns", "n"))
    assert json.loads(found)["msg"] == "Failed to update Stack"
    said = operator_line(text)
    assert said is not None
    assert short(said) == "Failed to update Stack (Stack.Name=org/proj/stack): exit status 255"


def test_a_line_with_one_key_twice_is_still_read() -> None:
    text = f'{TIME}\tINFO\tx\t{{"controller": "stack-controller", "namespace": "a", "name": "n", "r": "1", "r": "2"}}'
    assert len(excerpt([text], ("a", "n"))) == 1


@given(
    st.text(max_size=60), st.dictionaries(st.text(max_size=8), st.recursive(st.text(max_size=8), st.lists), max_size=4)
)
def test_no_operators_line_whatever_it_holds_raises(text: str, fields: dict[str, object]) -> None:
    for each in (text, line(text, x=fields), "{" + text, json.dumps(fields)):
        said = operator_line(each)
        if said is not None:
            redacted(said)
            short(said)
        excerpt([each], ("a", "b"))
