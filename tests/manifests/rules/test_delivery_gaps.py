"""`argocd/orphan`."""

from __future__ import annotations

import pytest

from manifests.linting import lint
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from support.lint_texts import problems_in, repository_of, told

STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {name: web}\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: pulumi}\n"


def application(path: str, source: str = "", name: str = "web") -> str:
    return f"""\
# file: apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, finalizers: [resources-finalizer.argocd.argoproj.io/background]}}
spec: {{source: {{repoURL: 'https://github.com/acme/gitops', path: '{path}'{source}}}}}
"""


OTHER = f"# file: data/a.yaml\n{STACK}"
DELIVERED = f"# file: web/stack.yaml\n{STACK}"


def orphans(*texts: str) -> list[str]:
    return told(problems_in(*texts), about="argocd/orphan")


@pytest.mark.parametrize(
    ("more", "said", "fix"),
    [
        (
            f"# file: data/stack.yaml\n{STACK}",
            "none of their paths is data or a folder above it",
            "Add an Application with `path: data`.",
        ),
        (
            f"# file: web/deep/stack.yaml\n{STACK}",
            "Application web delivers web, and a plain directory takes only what lies right in it",
            "Write `directory: {recurse: true}` in the source of that Application.",
        ),
        (
            f"# file: data/stack.yaml\n{STACK}# file: data/kustomization.yaml\nresources: [stack.yaml]\n",
            "no Application builds the kustomization that lists it",
            "Add an Application with `path: data`.",
        ),
    ],
)
def test_a_stack_that_nobody_applies(more: str, said: str, fix: str) -> None:
    [found] = [each for each in problems_in(application("web"), DELIVERED, more) if each.rule == "argocd/orphan"]
    assert (found.severity, found.position) == ("warning", (2, 1))
    assert found.message.startswith("no Application delivers this Stack, so nobody applies it: ")
    assert said in found.message
    assert found.fix == fix


def test_what_a_kustomization_does_not_list() -> None:
    kustomization = "# file: web/kustomization.yaml\nresources: [stack.yaml]\n"
    more = f"# file: web/more.yaml\n{STACK}# file: web/account.yaml\n{ACCOUNT}"
    assert orphans(application("web"), DELIVERED, kustomization, more) == [
        "web/account.yaml:2:1 argocd/orphan",
        "web/more.yaml:2:1 argocd/orphan",
    ]


def test_what_a_directory_leaves_out() -> None:
    excluding = application("web", ", directory: {exclude: more.yaml}")
    problems = problems_in(excluding, DELIVERED, DELIVERED.replace("stack", "more"))
    [found] = [each for each in problems if each.rule == "argocd/orphan"]
    assert "Application web delivers web without this file" in found.message
    assert "`directory.exclude`" in found.fix


def test_what_is_often_applied_by_hand_is_only_missed_below_a_folder_that_is_delivered() -> None:
    assert orphans(application("web"), DELIVERED, f"# file: web/deep/a.yaml\n{ACCOUNT}") == [
        "web/deep/a.yaml:2:1 argocd/orphan"
    ]
    assert orphans(application("web"), DELIVERED, f"# file: bootstrap/a.yaml\n{ACCOUNT}") == []


@pytest.mark.parametrize(
    "texts",
    [
        (DELIVERED,),
        (DELIVERED, application("web", ", targetRevision: prod")),
        (DELIVERED, application("web").replace("acme/gitops", "acme/other")),
        (DELIVERED, application("web"), "# file: data/x.yaml\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n"),
        (DELIVERED, application("web"),
         application("data", ", targetRevision: prod", "data"), OTHER),
        (DELIVERED, application("web"), application("data", ", plugin: {}", "data"), f"# file: data/b/a.yaml\n{STACK}"),
        (DELIVERED, application("web"),
         "# file: data/Chart.yaml\nname: a\n", application("data", "", "data"), OTHER),
        (DELIVERED, application("web"), "# file: x/templates/app.yaml\nkind: Application\n{{ .x }}\n", OTHER),
        (DELIVERED, application("web"), f"# file: data/a.yaml\n# +argocd:skip-file-rendering\n{STACK}"),
        (DELIVERED, application("web"), "# file: more/app.yaml\n" + application("web", "", "x").split("\n", 1)[1]),
    ],
)  # fmt: skip
def test_where_it_is_not_known_nothing_is_said(texts: tuple[str, ...]) -> None:
    assert orphans(*texts) == []


BASE = f"# file: base/kustomization.yaml\nresources: [stack.yaml]\n# file: base/stack.yaml\n{STACK}"
OVERLAY = "# file: overlays/prod/kustomization.yaml\nresources: [../../base]\n"


def test_the_base_of_what_may_be_delivered_may_be_delivered() -> None:
    somewhere = application("overlays/prod", ", targetRevision: prod", "prod")
    assert orphans(application("web"), DELIVERED, BASE, OVERLAY, somewhere) == []
    clusters = """\
    # file: sets/all.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators: [{clusters: {}}]
      template:
        metadata: {name: '{{name}}'}
        spec: {source: {repoURL: https://github.com/acme/gitops, path: 'overlays/{{name}}'}}
    """
    assert orphans(application("web"), DELIVERED, BASE, OVERLAY, clusters) == []
    assert orphans(application("web"), DELIVERED, BASE, OVERLAY) == ["base/stack.yaml:2:1 argocd/orphan"]


def test_where_not_all_was_read_an_application_may_be_anywhere() -> None:
    whole = repository_of(
        DELIVERED, application("web"), OTHER, "# file: .github/a.yml\na: b\n# file: vendor/b.yaml\na: b\n"
    )

    def told_of(*names: str) -> list[str]:
        files = [file for file in whole.files if file.name in names]
        return told(lint(Repository(files, checkout=whole.checkout)), about="argocd/orphan")

    assert told_of("web/stack.yaml", "apps/web.yaml", "data/a.yaml") == ["data/a.yaml:2:1 argocd/orphan"]
    assert told_of("apps/web.yaml", "data/a.yaml") == []


def test_what_comes_through_a_pipe_is_in_no_folder() -> None:
    whole = repository_of(DELIVERED, application("web"))
    piped = Repository([*whole.files, parse_source("-", STACK)], checkout=whole.checkout)
    assert told(lint(piped), about="argocd/orphan") == []


def test_what_a_chart_depends_on_is_delivered() -> None:
    chart = "apiVersion: v2\nname: {}\nversion: 1.0.0\n"
    files = (
        f"# file: charts/p/Chart.yaml\n{chart.format('p')}"
        + "dependencies: [{name: s, repository: 'file://../s'}, 3]\n"
    )
    files += f"# file: charts/s/Chart.yaml\n{chart.format('s')}# file: charts/s/templates/a.yaml\n{STACK}"
    assert orphans(application("charts/p"), files, DELIVERED, application("web", name="other")) == []


def test_of_a_template_the_folder_of_its_chart_is_named() -> None:
    files = f"# file: charts/s/Chart.yaml\nname: s\n# file: charts/s/templates/sub/a.yaml\n{STACK}"
    (found,) = [each for each in problems_in(application("web"), DELIVERED, files) if each.rule == "argocd/orphan"]
    assert "`path: charts/s`" in found.fix
    assert "is charts/s or" in found.message


def test_components_that_an_application_names_are_delivered() -> None:
    files = f"# file: k/kustomization.yaml\nresources: [s.yaml]\n# file: k/s.yaml\n{STACK}"
    files += "# file: comp/kustomization.yaml\nkind: Component\nresources: [s.yaml]\n"
    files += f"# file: comp/s.yaml\n{STACK.replace('web', 'extra')}"
    assert orphans(application("k"), files) == ["comp/s.yaml:2:1 argocd/orphan"]
    assert orphans(application("k", ", kustomize: {components: [../comp, 3]}"), files) == []


def test_an_address_that_is_filled_in_later_may_be_this_repositorys() -> None:
    more = f"# file: data/stack.yaml\n{STACK}"
    for address in ("${REPO_URL}", "$(REPO_URL)", "<your-repository>"):
        filled = application("data", name="data").replace("https://github.com/acme/gitops", address)
        assert orphans(application("web"), DELIVERED, filled, more) == []
