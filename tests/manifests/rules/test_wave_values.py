"""`argocd/wave-value`."""

from __future__ import annotations

import pytest

from manifests.problem import SetValue
from support.lint_texts import problems_in, told

ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  annotations:
    argocd.argoproj.io/sync-wave: {}
"""


@pytest.mark.parametrize("value", ['"2"', "'-1'", '"+3"', '"007"', '"0"'])
def test_an_integer_in_quotes_is_right(value: str) -> None:
    assert told(problems_in(ACCOUNT.format(value)), about="argocd/wave") == []


@pytest.mark.parametrize(
    "value",
    ["2", "-1", "1.5", "true", "[1]", "{a: b}", "null", "", '""', '"1.0"', "first", '" 2"', '"2x"', '"١"', "1e3"],
)
def test_anything_else_is_not(value: str) -> None:
    assert told(problems_in(ACCOUNT.format(value))) == ["example.yaml:6:5 argocd/wave-value"]


def test_the_words_say_what_will_happen() -> None:
    [number] = problems_in(ACCOUNT.format("2"))
    assert number.message == (
        "the sync wave 2 isn't in quotes, and an annotation has to be a text: Argo CD can't generate the manifests of "
        "this Application, and syncs nothing of it"
    )
    assert number.fix == 'Write `argocd.argoproj.io/sync-wave: "2"`.'
    assert number.edits == (SetValue(("metadata", "annotations", "argocd.argoproj.io/sync-wave"), "2"),)
    [text] = problems_in(ACCOUNT.format("first"))
    assert text.message == "the sync wave 'first' isn't an integer; Argo CD takes it for wave 0 without a word"
    assert text.edits == ()


@pytest.mark.parametrize("value", ["010", "0x10", "1_000", "true"])
def test_what_is_another_number_in_yaml_is_left_to_a_human(value: str) -> None:
    [found] = problems_in(ACCOUNT.format(value))
    assert found.edits == ()
    assert value in found.message


def test_kinds_that_are_unknown_have_waves_too_and_what_is_no_object_has_none() -> None:
    assert told(problems_in(ACCOUNT.format("2").replace("ServiceAccount", "Widget"))) != []
    assert told(problems_in(ACCOUNT.format("2").replace("kind: ServiceAccount", ""))) == []


def test_the_applications_that_a_set_makes_have_waves() -> None:
    application_set = """\
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators: [{list: {elements: [{wave: "1"}, {wave: "2"}]}}]
      template:
        metadata:
          name: web
          annotations:
            argocd.argoproj.io/sync-wave: WAVE
    """
    for value, line in (("first", ["example.yaml:10:9 argocd/wave-value"]), ("'{{wave}}'", []), ("'{{x}}'", [])):
        assert told(problems_in(application_set.replace("WAVE", value)), about="argocd/wave") == line
