"""What an ApplicationSet makes: lists, Git folders and files, matrices, and what only a cluster knows."""

from __future__ import annotations

import pytest

from manifests.repository import Repository
from support.lint_texts import ADDRESS, repository_of

STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {name: web}\n"
FILES = "".join(
    f"# file: {place}\n{text}"
    for place, text in {
        "teams/shop/stack.yaml": STACK,
        "teams/data/stack.yaml": STACK,
        "teams/data/deep/stack.yaml": STACK,
        ".hidden/x/stack.yaml": STACK,
        "env/dev/config.yaml": "cluster: {name: one, size: 3}\n",
        "env/prod/config.yaml": "- cluster: {name: two}\n- cluster: {name: three}\n",
        "env/prod/other.txt": "",
    }.items()
)
GIT = f"repoURL: '{ADDRESS}', revision: HEAD"


def made(generators: str, name: str, path: str = "teams/shop", *, go: bool = False, more: str = "") -> Repository:
    return repository_of(
        FILES,
        f"""\
# file: sets/all.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: all, namespace: argocd}}
spec:
  goTemplate: {str(go).lower()}
  generators: {generators}
  {more}
  template:
    metadata: {{name: '{name}'}}
    spec:
      source: {{repoURL: '{ADDRESS}', path: '{path}'}}
      destination: {{namespace: '{name}'}}
""",
    )


@pytest.mark.parametrize(
    ("generators", "name", "names"),
    [
        ("[{list: {elements: [{env: dev}, {env: prod}]}}]", "web-{{env}}", ["web-dev", "web-prod"]),
        ("[{list: {elements: [{env: dev, size: 3, up: true}, 4]}}]", "{{ env }}-{{size}}-{{up}}", ["dev-3-true"]),
        ("[{list: {elements: [{values: {env: dev}}]}}]", "{{values.env}}", ["dev"]),
        ("[{list: {elements: [{env: dev}]}}]", "{{other}}", ["{{other}}"]),
        ("[{list: {elementsYaml: '[{env: dev}]'}}]", "{{env}}", ["dev"]),
        ("[{list: {elementsYaml: '{{ .x | toJson }}'}}]", "{{env}}", ["{{env}}"]),
        ("[{list: {elements: [{env: dev}, {env: prod}]}, selector: {matchLabels: {env: prod}}}]", "{{env}}", ["prod"]),
        (
            "[{list: {elements: [{e: a}, {e: b}]}, "
            "selector: {matchExpressions: [{key: e, operator: NotIn, values: [a]}]}}]",
            "{{e}}",
            ["b"],
        ),
        (f"[{{git: {{{GIT}, directories: [{{path: teams/*}}]}}}}]", "{{path.basename}}", ["data", "shop"]),
        (f"[{{git: {{{GIT}, directories: [{{path: 'teams/**'}}]}}}}]", "{{path[1]}}", ["data", "shop"]),
        (
            f"[{{git: {{{GIT}, directories: [{{path: teams/*}}, {{path: teams/data, exclude: true}}]}}}}]",
            "{{path}}",
            ["teams/shop"],
        ),
        (f"[{{git: {{{GIT}, directories: [{{path: '*'}}]}}}}]", "{{path}}", ["apps", "env", "sets", "teams"][1:]),
        (
            f"[{{git: {{{GIT}, files: [{{path: env/*/config.yaml}}]}}}}]",
            "{{cluster.name}}-{{path.basename}}-{{path.filename}}",
            ["one-dev-config.yaml", "two-prod-config.yaml", "three-prod-config.yaml"],
        ),
        (f"[{{git: {{{GIT}, files: [{{path: '**/config.yaml'}}]}}}}]", "{{cluster.name}}", ["one", "two", "three"]),
        (f"[{{git: {{{GIT}, files: [{{path: env/prod/other.txt}}]}}}}]", "{{a}}", []),
        (
            f"[{{git: {{{GIT}, pathParamPrefix: p, directories: [{{path: teams/s*}}]}}}}]",
            "{{p.path.basename}}",
            ["shop"],
        ),
        (f"[{{git: {{{GIT}, values: {{a: b}}, directories: [{{path: teams/s*}}]}}}}]", "{{values.a}}", ["b"]),
        (
            "[{git: {repoURL: https://example.com/x, directories: [{path: teams/*}]}}]",
            "{{path.basename}}",
            ["{{path.basename}}"],
        ),
        (
            f"[{{matrix: {{generators: [{{git: {{{GIT}, directories: [{{path: teams/*}}]}}}}, "
            "{list: {elements: [{env: dev}, {env: prod}]}}]}}]",
            "{{path.basename}}-{{env}}",
            ["data-dev", "data-prod", "shop-dev", "shop-prod"],
        ),
        (
            "[{matrix: {generators: [{list: {elements: [{team: shop}]}}, "
            f"{{git: {{{GIT}, directories: [{{path: 'teams/{{{{team}}}}'}}]}}}}]}}}}]",
            "{{path}}",
            ["teams/shop"],
        ),
        (
            "[{matrix: {generators: [{list: {elements: [{env: dev}]}}, {clusters: {values: {a: b}}}]}}]",
            "{{env}}-{{name}}-{{values.a}}",
            ["dev-{{name}}-b"],
        ),
        ("[{clusters: {}}]", "{{name}}-web", ["{{name}}-web"]),
        ("[{merge: {generators: []}}, {matrix: {generators: []}}, {}, 3]", "{{x}}", ["{{x}}"] * 3),
        ("null", "x", []),
    ],
)
def test_generators_that_the_repository_can_answer_are_followed(generators: str, name: str, names: list[str]) -> None:
    assert [each.name for each in made(generators, name).applications] == names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{{.path.basename}}", "shop"),
        ("{{ .path.path }}", "teams/shop"),
        ("{{- .path.basename -}}", "shop"),
        ("{{index .path.segments 1}}", "shop"),
        ("{{ index .path.segments 9 }}", "{{ index .path.segments 9 }}"),
        ("{{.path.basename | upper | lower}}", "shop"),
        ("{{upper .path.basename}}", "SHOP"),
        ("{{.path.basename | slugify}}", "{{.path.basename | slugify}}"),
        ("{{if .x}}a{{end}}", "{{if .x}}a{{end}}"),
        ("{{.path}}", "{{.path}}"),
        ("{{.none.here}}", "{{.none.here}}"),
    ],
)
def test_go_templates_are_filled_in_as_far_as_they_are_plain(name: str, said: str) -> None:
    repository = made(f"[{{git: {{{GIT}, directories: [{{path: teams/s*}}]}}}}]", name, go=True)
    assert [each.name for each in repository.applications] == [said]


def test_what_is_made_delivers_and_has_its_lines_in_the_template() -> None:
    repository = made(f"[{{git: {{{GIT}, directories: [{{path: teams/*}}]}}}}]", "{{path.basename}}", "{{path}}")
    assert {each.file: sorted(repository.namespaces(each)) for each in repository.stacks if each.file[0] == "t"} == {
        "teams/shop/stack.yaml": ["shop"],
        "teams/data/stack.yaml": ["data"],
        "teams/data/deep/stack.yaml": [],
    }
    [first, _] = repository.applications
    assert (first.namespace, first.title) == ("argocd", "Application argocd/data")
    assert first.position(("spec", "source", "path")) == (11, 63)


def test_a_path_that_only_a_cluster_tells_may_be_any_of_its_form() -> None:
    repository = made("[{clusters: {}}]", "{{name}}", "teams/{{metadata.labels.team}}")
    covered = {each.file: repository.deliveries.may_cover(each) for each in repository.stacks}
    assert covered == {
        "teams/shop/stack.yaml": True,
        "teams/data/stack.yaml": True,
        "teams/data/deep/stack.yaml": True,
        ".hidden/x/stack.yaml": False,
    }


def test_a_patch_of_the_template_leaves_the_source_open() -> None:
    repository = made("[{list: {elements: [{a: b}]}}]", "{{a}}", more="templatePatch: 'spec: {}'")
    [application] = repository.applications
    assert repository.may_be_patched(application)
    assert not repository.deliveries.found


def test_a_generator_may_have_a_template_of_its_own() -> None:
    own = "template: {metadata: {}, spec: {source: {path: teams/data}}}"
    repository = made(f"[{{list: {{elements: [{{a: b}}], {own}}}}}]", "{{a}}")
    [application] = repository.applications
    assert application.word("spec", "source", "path") == "teams/data"
    assert application.word("spec", "source", "repoURL") == ADDRESS


def test_a_great_many_are_looked_at_and_no_more() -> None:
    elements = "[" + ",".join("{a: b}" for _ in range(200)) + "]"
    one = f"{{list: {{elements: {elements}}}}}"
    assert len(made(f"[{{matrix: {{generators: [{one}, {one}]}}}}]", "{{a}}").applications) == 5_000
