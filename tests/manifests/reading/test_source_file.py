"""What a text is as YAML: documents, lists, anchors, templates, and what breaks it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.reading.source_file import SourceFile, parse_source


def parsed(text: str) -> SourceFile:
    return parse_source("a.yaml", text)


def test_several_documents_and_lists_are_documents_with_their_own_lines() -> None:
    source = parsed(
        "---\n# nothing\n---\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n"
        "- kind: B\n  metadata:\n    name: b\n- 3\n- kind: C\n---\n- no\n- object\n---\ntext\n...\n"
    )
    assert source.broken is None
    assert [(each.kind, each.name, each.index) for each in source.documents] == [
        ("A", "a", 1),
        ("B", "b", 2),
        ("C", "", 2),
    ]
    assert [each.position(("kind",)) for each in source.documents] == [(4, 1), (10, 3), (14, 3)]
    assert source.documents[1].position(("metadata", "name")) == (12, 5)


def test_json_is_read_with_tabs_and_places() -> None:
    source = parsed('{\n\t"apiVersion": "v1",\n\t"kind": "A",\n\t"metadata": {\n\t\t"name": "a"\n\t}\n}\n')
    assert source.broken is None
    assert source.documents[0].name == "a"
    assert source.documents[0].position(("metadata", "name")) == (5, 3)


def test_a_tab_is_broken_where_it_stands() -> None:
    source = parsed("kind: A\nmetadata:\n\tname: a\n")
    assert source.broken is not None
    assert source.broken[0] == (3, 1)
    assert "cannot start any token" in source.broken[1]


def test_a_character_that_yaml_cant_have_is_named_with_its_place() -> None:
    source = parsed("kind: A\nü: x\x07\n")
    assert source.broken == ((2, 5), "unacceptable character #x0007: control characters are not allowed")


def test_the_documents_before_a_broken_one_are_there() -> None:
    source = parsed("kind: A\n---\nkind: B\n  x: [\n")
    assert [each.kind for each in source.documents] == ["A"]
    assert source.broken is not None
    assert source.broken[0].line == 4


def test_anchors_and_merge_keys_have_their_values_and_places() -> None:
    source = parsed("base: &base\n  a: 1\n  b: 2\nkind: A\nspec:\n  <<: *base\n  b: 3\nother: *base\n")
    document = source.documents[0]
    assert document.mapping("spec") == {"a": 1, "b": 3}
    assert document.position(("spec", "a")) == (2, 3)
    assert document.position(("spec", "b")) == (7, 3)
    assert source.duplicates == []


def test_a_key_that_stands_twice_is_named_at_any_depth() -> None:
    source = parsed("kind: A\nspec:\n- x: 1\n  x: 2\nkind: B\n'on': 1\non: 2\n<<: {a: 1}\n<<: {b: 1}\n")
    assert sorted((path, tuple(position)) for _, path, position in source.duplicates) == [
        (("kind",), (1, 1)),
        (("on",), (6, 1)),
        (("spec", 0, "x"), (3, 3)),
    ]


def test_aliases_of_aliases_end_soon() -> None:
    bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(12)
    )
    started = time.process_time()
    source = parsed(f"apiVersion: v1\nkind: A\n{bomb}")
    assert source.broken is not None
    assert "aliasing" in source.broken[1]
    assert time.process_time() - started < 10


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: *a}", "[" * 5000, "[" * 5000 + "]" * 5000, "{a: " * 3000])
def test_what_is_nested_into_itself_or_too_deeply_is_broken(text: str) -> None:
    source = parsed(f"apiVersion: v1\nkind: A\nx: {text}\n")
    assert source.documents == []
    assert source.broken is not None


def test_yaml_that_json_cant_hold_is_broken_for_kubernetes_and_fine_elsewhere() -> None:
    assert parsed("? [a, b]\n: 1\n").broken is None
    assert parsed("~: 1\n").broken is None
    assert parsed("!include x\n").broken is None
    broken = parsed("apiVersion: v1\nkind: A\n~: 1\n").broken
    assert broken is not None
    assert "key" in broken[1]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("kind: A\nmetadata:\n  name: {{ .Release.Name }}\n", (3, 9)),
        ("{{- if .Values.on }}\nkind: A\n{{- end }}\n", (1, 1)),
        ("kind: A\n{{- include \"labels\" . | nindent 4 }}\n", (2, 1)),
        ("kind: A # {{ no }}\ntext: |\n  {{ no }}\n\n  {{ no }}\nx: '{{ no }}'\ny: {{ yes }}\n", (7, 4)),
        ("kind: A\nx: {% if y %}\n", (2, 4)),
        ("kind: A\nx: @NAME@\n", (2, 4)),
        ("kind: A\nx: [%NAME%]\n", (2, 5)),
        ("kind: A\nx: {{\n", (2, 4)),
        ("kind: A\nvolumes:\n  - a: 1\n__MORE__\n  - b: 2\n", (4, 1)),
        ("apiVersion: v1\nkind: A\nmetadata:\n  name: ${NAME}\n", (4, 9)),
        ("apiVersion: v1\nkind: A\nmetadata:\n  name: web\n  namespace: '{{ .Release.Namespace }}'\n", (5, 14)),
        ("apiVersion: v1\nkind: A\nmetadata: {name: <NAME>}\n", (3, 18)),
        ("apiVersion: v1\nkind: A\nmetadata: {name: web-$(ENV)}\n", (3, 18)),
    ],
)  # fmt: skip
def test_a_text_that_has_to_be_filled_in_is_a_template(text: str, place: tuple[int, int]) -> None:
    source = parsed(text)
    assert source.template == place
    assert source.broken is None
    assert source.documents == []


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata:\n  template.x: |\n    message: {{.app.metadata.name}}\n  y: '{{.a}}'\n  z: at {{.b}}\n",
        "kind: ApplicationSet\nspec:\n  template:\n    metadata:\n      name: '{{path.basename}}'\n",
        "kind: ApplicationSet\nspec:\n  template:\n    spec:\n      path: apps/{{path}}\n",
        "kind: Program\nmetadata: {name: x}\nprogram:\n  outputs:\n    url: ${site.url}\n",
        "kind: A\nmetadata:\n  name: web\n  annotations: {a: '{{ x }}', b: $X}\n",
    ],
)
def test_a_text_that_only_holds_what_looks_like_a_template_is_none(text: str) -> None:
    source = parsed(text)
    assert (source.template, source.broken) == (None, None)
    assert len(source.documents) == 1


def test_a_broken_text_with_a_template_in_quotes_alone_is_broken() -> None:
    source = parsed("kind: ConfigMap\ndata:\n  a: '{{ .x }}'\n  b: |\n    {{ .y }}\n c: 1\n")
    assert source.template is None
    assert source.broken is not None
    assert source.broken[0].line == 6


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_reading(text: str) -> None:
    parse_source("a.yaml", text)
    parse_source("a.yaml", text, chart=True)


@given(st.text(alphabet="ab:- \n{}[]&*<>|'\"#\t?!~%@", max_size=60))
def test_no_text_of_yamls_own_signs_breaks_reading(text: str) -> None:
    parse_source("a.yaml", f"apiVersion: v1\nkind: A\n{text}")
