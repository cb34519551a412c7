"""`argocd/path`, `argocd/covered-twice`, `argocd/duplicate-application`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from manifests.linting import lint
from manifests.repository import Repository
from support.lint_texts import problems_in, repository_of, told


def application(
    name: str, path: str, *, file: str = "", namespace: str = "argocd", source: str = "", more: str = ""
) -> str:
    return f"""\
# file: {file or f"apps/{name}.yaml"}
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: {namespace}
spec:
  source:
    path: {path}
    repoURL: https://github.com/acme/gitops
{source}  destination: {{server: "https://kubernetes.default.svc", namespace: shop}}
{more}"""


STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {name: web}\n"
FILE = f"# file: web/dev/stack.yaml\n{STACK}"


@pytest.mark.parametrize("path", ["web/dev", "./web/dev/", "web", ".", "web/../web/dev", "''", "3", "'{{path}}'"])
def test_a_folder_that_is_there_is_right(path: str) -> None:
    assert told(problems_in(application("web", path), FILE), about="argocd/path") == []


@pytest.mark.parametrize(
    ("path", "said", "fix"),
    [
        ("web/prod", "this repository has no folder web/prod at this revision", ""),
        ("web/deb", "this repository has no folder web/deb at this revision", "`path: web/dev`"),
        ("Web/dev", "this repository has no folder Web/dev at this revision", "`path: web/dev`"),
        ("web/dev/stack.yaml", "web/dev/stack.yaml is a file, and Argo CD reads folders", "`path: web/dev`"),
        ("/web/dev", "the path /web/dev begins with a slash, and Argo CD refuses it", "`path: web/dev`"),
        ("../gitops/web", "this repository has no folder ../gitops/web at this revision", ""),
    ],
)
def test_one_that_is_not_there_is_said_with_what_is_near(path: str, said: str, fix: str) -> None:
    [found] = [each for each in problems_in(application("web", path), FILE) if each.rule == "argocd/path"]
    assert (found.severity, found.position) == ("error", (8, 5))
    assert found.message.startswith(said)
    assert found.message.endswith("Argo CD syncs nothing of this Application")
    assert fix in found.fix


def test_each_source_has_its_path() -> None:
    text = application("web", "x").replace("  source:\n    path: x\n    repoURL: https://github.com/acme/gitops\n", "")
    sources = (
        "  sources:\n    - {repoURL: https://github.com/acme/gitops, path: web/dev}\n"
        "    - repoURL: https://github.com/acme/gitops\n      path: gone\n    - {repoURL: x, ref: values}\n"
    )
    found = problems_in(text.replace("spec:\n", f"spec:\n{sources}"), FILE)
    assert told(found, about="argocd/path") == ["apps/web.yaml:10:7 argocd/path"]


@pytest.mark.parametrize(
    "source",
    [
        "    targetRevision: prod\n",
        "    targetRevision: 4f2e\n",
        "    chart: web\n",
        "    repoURL: https://example.com/x\n",
    ],
)
def test_of_other_repositories_and_revisions_nothing_is_said(source: str) -> None:
    text = application("web", "gone", source=source)
    assert told(problems_in(text, FILE), about="argocd/path") == []


def test_without_a_checkout_nothing_is_said() -> None:
    read = repository_of(application("web", "gone"), FILE)
    assert told(lint(Repository(read.files)), about="argocd/path") == []
    assert told(lint(read), about="argocd/path") != []


def test_a_template_is_said_once() -> None:
    text = """\
    # file: sets/all.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators: [{list: {elements: [{a: web}, {a: one}, {a: two}]}}]
      template:
        metadata: {name: '{{a}}'}
        spec:
          source: {repoURL: 'https://github.com/acme/gitops', path: '{{a}}'}
    """
    [found] = [each for each in problems_in(text, FILE) if each.rule == "argocd/path"]
    assert found.position == (9, 59)
    assert (
        "no folder one at this revision (app path does not exist), nor the paths of 1 more Applications"
        in found.message
    )


# Covered twice

EVERYTHING = application("all", ".", source="    directory: {recurse: true}\n")


def test_a_file_that_two_applications_deliver() -> None:
    found = problems_in(application("web", "web/dev"), EVERYTHING, FILE, "# file: web/dev/more.yaml\n" + STACK)
    [one] = [each for each in found if each.rule == "argocd/covered-twice"]
    assert (one.file, one.position, one.severity) == ("apps/all.yaml", (8, 5), "error")
    assert one.message.startswith(
        "this Application delivers Stack web of web/dev/stack.yaml and 1 more, which Application argocd/web delivers "
        "too: they take it from each other at every sync"
    )


OVERLAYS = (
    """\
# file: base/kustomization.yaml
resources: [stack.yaml]
# file: dev/kustomization.yaml
resources: [../base]
# file: prod/kustomization.yaml
resources: [../base]
# file: base/stack.yaml
"""
    + STACK
)


@pytest.mark.parametrize(
    ("texts", "twice"),
    [
        ((application("web", "web/dev"), application("web2", "web/dev"), FILE), True),
        ((application("web", "web/dev"), application("web2", "web"), FILE), False),
        (
            (application("web", "web/dev"), application("web2", "web/dev", source="    targetRevision: x\n"), FILE),
            False,
        ),
        ((application("web", "web/dev"), EVERYTHING, FILE.replace("Stack", "Program")), False),
        ((application("dev", "dev"), application("prod", "prod"), OVERLAYS), False),
        ((application("dev", "dev"), application("dev2", "dev"), OVERLAYS), True),
        (
            (
                application("dev", "dev"),
                application("dev2", "dev", source="    kustomize: {namePrefix: a-}\n"),
                OVERLAYS,
            ),
            False,
        ),
        ((application("base", "base"), application("dev", "dev"), OVERLAYS), False),
        ((application("dev", "dev"), EVERYTHING, OVERLAYS), True),
        ((application("dev", "dev"), EVERYTHING, OVERLAYS.replace("[../base]", "[../base]\nnamePrefix: x-", 1)), False),
    ],
)
def test_overlays_of_one_base_are_two_stacks(texts: tuple[str, ...], twice: bool) -> None:
    assert bool(told(problems_in(*texts), about="argocd/covered-twice")) is twice


def test_one_application_with_two_sources_is_one() -> None:
    text = application("web", "x").replace(
        "  source:\n    path: x\n    repoURL: https://github.com/acme/gitops\n",
        "  sources: [{repoURL: https://github.com/acme/gitops, path: web/dev}, "
        "{repoURL: https://github.com/acme/gitops, path: web, directory: {recurse: true}}]\n",
    )
    assert told(problems_in(text, FILE), about="argocd/covered-twice") == []


def test_a_set_for_two_clusters_runs_the_stack_twice() -> None:
    text = """\
    # file: sets/all.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all}
    spec:
      generators: [{list: {elements: [{a: one}, {a: two}]}}]
      template:
        metadata: {name: '{{a}}'}
        spec:
          source: {repoURL: 'https://github.com/acme/gitops', path: web/dev}
          destination: {name: '{{a}}'}
    """
    [found] = [each for each in problems_in(text, FILE) if each.rule == "argocd/covered-twice"]
    assert found.position == (9, 59)
    assert found.message.endswith("both operators run the same backend stack, and lock each other out")


# The same name


def names(*texts: str) -> list[str]:
    return told(problems_in(*texts), about="argocd/duplicate")


def test_the_same_name_twice() -> None:
    two = (application("web", "web", file="apps/a.yaml"), application("web", "web/dev", file="apps/b.yaml"))
    assert names(*two, FILE) == ["apps/b.yaml:4:3 argocd/duplicate-application"]
    [found] = [each for each in problems_in(*two, FILE) if each.rule == "argocd/duplicate-application"]
    assert found.message.startswith("an Application is called web, as another one is (apps/a.yaml:4)")


@pytest.mark.parametrize(
    "texts",
    [
        (application("web", "web", file="a.yaml"), application("web", "web", file="b.yaml", namespace="team")),
        (
            application("web", "web", file="clusters/dev/web.yaml"),
            application("web", "web/dev", file="clusters/prod/web.yaml"),
        ),
        (
            application("web", "web", file="dev/web.yaml"),
            application("web", "web/dev", file="prod/app.yaml"),
            "# file: dev/kustomization.yaml\nresources: [web.yaml]\n",
            "# file: prod/kustomization.yaml\nresources: [app.yaml]\n",
        ),
        (
            application("web", "web", file="one/web.yaml"),
            application("web", "web/dev", file="two/app.yaml"),
            application("first", "one").replace("https://kubernetes.default.svc", "https://one.example.com"),
            application("second", "two").replace("https://kubernetes.default.svc", "https://two.example.com"),
        ),
        (application("'{{name}}'", "web", file="a.yaml"), application("'{{name}}'", "web", file="b.yaml")),
    ],
)
def test_applications_of_two_argo_cds_may_share_one(texts: tuple[str, ...]) -> None:
    assert names(*texts, FILE) == []


def test_copies_for_two_clusters_of_one_argo_cd_may_not() -> None:
    hub = [
        application("web", "web", file=f"clusters/{each}/web.yaml").replace(
            "kubernetes.default.svc", f"{each}.example.com"
        )
        for each in ("dev", "prod")
    ]
    assert names(*hub, FILE) == ["clusters/prod/web.yaml:4:3 argocd/duplicate-application"]


def test_of_twins_of_one_name_only_the_name_is_said() -> None:
    twin = application("web", "web/dev")
    problems = problems_in(twin, twin.replace("apps/web.yaml", "apps/twin.yaml"), FILE)
    assert [
        each.rule for each in problems if each.rule in ("argocd/covered-twice", "argocd/duplicate-application")
    ] == ["argocd/duplicate-application"]


def test_a_set_may_make_a_name_that_is_there() -> None:
    text = """\
    # file: sets/all.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: all, namespace: argocd}
    spec:
      generators: [{list: {elements: [{a: web}, {a: web}, {a: data}]}}]
      template:
        metadata: {name: '{{a}}'}
    """
    assert names(text) == ["sets/all.yaml:7:16 argocd/duplicate-application"]
    assert names(text.replace("{a: web}, {a: web}", "{a: web}"), application("web", "web"), FILE) == [
        "sets/all.yaml:7:16 argocd/duplicate-application"
    ]


@pytest.mark.parametrize("path", ["teams/shop/web", "team/shop/prod", "teams/shopp/prod", "teams/shop/prd"])
def test_the_folder_that_is_nearly_called_so_is_named(path: str) -> None:
    stack = "# file: teams/shop/prod/stack.yaml\napiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {name: web}\n"
    application = (
        "# file: apps/web.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\n"
        f"spec:\n  source: {{repoURL: 'https://github.com/acme/gitops.git', path: {path}}}\n"
    )
    (found,) = [each for each in problems_in(application, stack) if each.rule == "argocd/path"]
    assert found.fix == "Write `path: teams/shop/prod`."


def test_of_a_submodule_nothing_is_said() -> None:
    repository = repository_of(application("web", "sub/web"), application("other", "subweb"))
    assert repository.checkout is not None
    repository.checkout = replace(repository.checkout, submodules=frozenset({"sub"}))
    assert told(lint(repository), about="argocd/path") == ["apps/other.yaml:8:5 argocd/path"]
