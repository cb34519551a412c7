"""Which Application delivers what: addresses, revisions, folders, kinds of sources, ApplicationSets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.delivery.git_sources import SourceOrigin, comparable_address, origin
from manifests.document import Document
from manifests.reading.checkout import Checkout
from manifests.repository import Repository
from support.lint_texts import ADDRESS, repository_of

STACK = "apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {name: NAME}\n"


def application(source: str, name: str = "web", more: str = "") -> str:
    return f"""\
# file: apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source: {source}
  destination: {{namespace: shop}}
{more}"""


def stacks(*places: str) -> str:
    return "".join(f"# file: {place}\n{STACK.replace('NAME', place.split('/')[-1][:-5])}" for place in places)


def delivered(*texts: str) -> dict[str, list[str]]:
    """By Application, the files that it delivers."""
    repository = repository_of(*texts)
    return {
        each.name: [document.file for document in repository.deliveries.of_application(each)]
        for each in repository.applications
    }


def source(path: str, more: str = "") -> str:
    return f"{{repoURL: '{ADDRESS}', path: '{path}'{more}}}"


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/gitops.git",
        "https://github.com/acme/gitops",
        "https://GitHub.com/acme/GitOps.git/",
        "https://bot@github.com/acme/gitops",
        "http://github.com:80/acme/gitops.git",
        "git@github.com:acme/gitops.git",
        "git@github.com:/acme/gitops",
        "ssh://git@github.com/acme/gitops.git",
        "ssh://git@ssh.github.com:443/acme/gitops.git",
        " https://github.com/acme/gitops.git ",
    ],
)
def test_a_repository_has_many_addresses(address: str) -> None:
    assert comparable_address(address) == "github.com/acme/gitops"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://github.com/acme/gitops", "https://gitlab.com/acme/gitops"),
        ("https://github.com/acme/gitops", "https://github.com/acme/gitops2"),
        ("/srv/git/gitops.git", "https://github.com/srv/git/gitops"),
    ],
)
def test_others_have_other_addresses(one: str, other: str) -> None:
    assert comparable_address(one) != comparable_address(other)


def test_azure_has_two_forms() -> None:
    assert comparable_address("git@ssh.dev.azure.com:v3/acme/shop/gitops") == comparable_address(
        "https://acme@dev.azure.com/acme/shop/_git/gitops"
    )


@given(st.text(max_size=60))
def test_no_address_is_too_strange(address: str) -> None:
    comparable_address(address)


@pytest.mark.parametrize(
    ("revision", "branch", "where"),
    [
        ("", "main", SourceOrigin.HERE),
        ("HEAD", "main", SourceOrigin.HERE),
        ("HEAD", "", SourceOrigin.HERE),
        ("main", "main", SourceOrigin.HERE),
        ("refs/heads/main", "main", SourceOrigin.HERE),
        ("main", "", SourceOrigin.OTHER_REVISION),
        ("prod", "main", SourceOrigin.OTHER_REVISION),
        ("v1.2.3", "main", SourceOrigin.OTHER_REVISION),
        ("{{branch}}", "main", SourceOrigin.OTHER_REVISION),
    ],
)
def test_only_what_is_checked_out_is_this_revision(revision: str, branch: str, where: SourceOrigin) -> None:
    assert origin(Checkout((ADDRESS,), branch), ADDRESS, revision) is where


def test_without_a_checkout_nothing_is_known() -> None:
    assert origin(None, ADDRESS, "") is SourceOrigin.UNKNOWN


@pytest.mark.parametrize(
    ("fields", "files"),
    [
        (source("web"), ["web/a.yaml"]),
        (source("./web/"), ["web/a.yaml"]),
        (source("x/../web"), ["web/a.yaml"]),
        (source("web", ", directory: {recurse: true}"), ["web/a.yaml", "web/deep/b.yaml", "web/deep/c.json"]),
        (source("web", ", directory: {recurse: 'true'}"), ["web/a.yaml"]),
        (source("web", ", directory: {recurse: true, include: '*.json'}"), ["web/deep/c.json"]),
        (source("web", ", directory: {recurse: true, exclude: 'deep/*'}"), ["web/a.yaml"]),
        (source("web", ", directory: {recurse: true, include: '{a,deep/b}.yaml'}"), ["web/a.yaml", "web/deep/b.yaml"]),
        (source("web", ", plugin: {}"), []),
        (source("web", ", targetRevision: prod"), []),
        (source("web", ", chart: web"), ["web/a.yaml"]),
        (source("we"), []),
        ("{repoURL: https://example.com/other.git, path: web}", []),
        ("{repoURL: 3, path: [web]}", []),
        ("null", []),
    ],
)
def test_a_plain_directory_takes_what_lies_right_in_it(fields: str, files: list[str]) -> None:
    text = stacks("web/a.yaml", "web/deep/b.yaml", "web/deep/c.json", "web2/d.yaml")
    assert delivered(application(fields), text) == {"web": files}


def test_the_root_is_a_folder_too() -> None:
    text = stacks("a.yaml", "web/b.yaml")
    assert delivered(application(source(".")), text) == {"web": ["a.yaml"]}
    assert delivered(application(source(".", ", directory: {recurse: true, exclude: 'apps/*'}")), text) == {
        "web": ["a.yaml", "web/b.yaml"]
    }


def test_a_file_can_say_that_it_is_skipped() -> None:
    text = stacks("web/a.yaml").replace("apiVersion", "# +argocd:skip-file-rendering\napiVersion")
    assert delivered(application(source("web")), text) == {"web": []}


def test_each_of_several_sources_delivers() -> None:
    text = application("null").replace("source: null", f"sources: [{source('a')}, {source('b')}, {{ref: values}}]")
    assert delivered(text, stacks("a/a.yaml", "b/b.yaml")) == {"web": ["a/a.yaml", "b/b.yaml"]}


def test_several_sources_win_over_one() -> None:
    text = application(source("a")).replace("  source", f"  sources: [{source('b')}]\n  source")
    assert delivered(text, stacks("a/a.yaml", "b/b.yaml")) == {"web": ["b/b.yaml"]}


def test_a_source_may_be_hydrated() -> None:
    text = application("null").replace("source: null", f"sourceHydrator: {{drySource: {source('a')}}}")
    assert delivered(text, stacks("a/a.yaml")) == {"web": ["a/a.yaml"]}


KUSTOMIZED = "# file: web/kustomization.yaml\nresources: [a.yaml]\nnamespace: other\n" + stacks(
    "web/a.yaml", "web/b.yaml"
)


def test_a_kustomize_folder_takes_what_it_lists() -> None:
    assert delivered(application(source("web")), KUSTOMIZED) == {"web": ["web/a.yaml"]}
    plain = delivered(application(source("web", ", directory: {}")), KUSTOMIZED)
    assert plain == {"web": ["web/a.yaml", "web/b.yaml", "web/kustomization.yaml"]}


def namespaces(*texts: str) -> dict[str, list[str]]:
    repository = repository_of(*texts)
    return {each.file: sorted(repository.namespaces(each)) for each in repository.stacks}


def test_the_namespace_is_the_nearest_to_the_cluster_that_is_known() -> None:
    assert namespaces(application(source("web")), stacks("web/a.yaml")) == {"web/a.yaml": ["shop"]}
    own = stacks("web/a.yaml").replace("{name", "{namespace: own, name")
    assert namespaces(application(source("web")), own) == {"web/a.yaml": ["own"]}
    assert namespaces(application(source("web")), KUSTOMIZED)["web/a.yaml"] == ["other"]
    given = source("web", ", kustomize: {namespace: given}")
    assert namespaces(application(given), KUSTOMIZED)["web/a.yaml"] == ["given"]
    assert namespaces(stacks("web/a.yaml"), application(source("web", ", targetRevision: x"))) == {"web/a.yaml": []}


def test_two_applications_give_two_namespaces_and_an_unknown_one_any() -> None:
    two = application(source("web"), "data").replace("shop", "data")
    assert namespaces(application(source("web")), two, stacks("web/a.yaml")) == {"web/a.yaml": ["data", "shop"]}
    none = application(source("web"), "data").replace("{namespace: shop}", "{}")
    assert namespaces(application(source("web")), none, stacks("web/a.yaml")) == {"web/a.yaml": []}


def test_an_applications_own_kustomize_fields_change_documents() -> None:
    for fields, patched, annotated in (
        ("{namePrefix: a-}", True, False),
        ("{patches: [{patch: x}]}", True, True),
        ("{commonAnnotations: {a: b}}", False, True),
        ("{images: [a:b]}", False, False),
    ):
        repository = repository_of(application(source("web", f", kustomize: {fields}")), KUSTOMIZED)
        [first, _] = repository.stacks
        assert repository.may_be_patched(first) is patched
        assert repository.may_have_annotations(first) is annotated


def test_what_kustomize_changes_of_an_application_leaves_open_what_it_delivers() -> None:
    patched = "# file: apps/kustomization.yaml\nresources: [web.yaml]\npatches: [{path: x.yaml}]\n"
    repository = repository_of(application(source("web")), patched, stacks("web/a.yaml", "other/b.yaml"))
    assert not repository.deliveries.found
    assert all(repository.deliveries.may_cover(each) for each in repository.stacks)


def test_a_chart_may_deliver_anything_of_its_folder() -> None:
    chart = "# file: web/Chart.yaml\nname: web\n# file: web/templates/other.txt\n"
    repository = repository_of(
        application(source("web")), chart, stacks("web/templates/a.yaml", "web/b.yaml", "c.yaml")
    )
    covered = {each.file: repository.deliveries.may_cover(each) for each in repository.stacks}
    assert covered == {"web/templates/a.yaml": True, "web/b.yaml": True, "c.yaml": False}
    assert [each.file for each in repository.stacks if repository.deliveries.of(each)] == ["web/templates/a.yaml"]


def test_documents_are_together_by_application_or_by_folder() -> None:
    def together(*texts: str) -> bool:
        repository = repository_of(*texts)
        one, other = repository.stacks
        return repository.deliveries.together(one, other)

    assert together(stacks("a/a.yaml", "a/b.yaml"))
    assert not together(stacks("a/a.yaml", "b/b.yaml"))
    everything = application(source(".", ", directory: {recurse: true}"))
    assert together(everything, stacks("a/a.yaml", "b/b.yaml"))
    assert not together(application(source("a", ", directory: {include: a.yaml}")), stacks("a/a.yaml", "a/b.yaml"))
    assert together(
        "# file: x/kustomization.yaml\nresources: [../a/a.yaml, ../b/b.yaml]\n", stacks("a/a.yaml", "b/b.yaml")
    )


def live(value: dict[str, object], context: str = "prod") -> Document:
    return Document(context, 0, value)


def test_in_a_cluster_the_application_and_the_object_say_it_themselves() -> None:
    tracking = {"argocd.argoproj.io/tracking-id": "web:pulumi.com/Stack:shop/a"}
    stack = {"apiVersion": "pulumi.com/v1", "kind": "Stack"}
    one = live({**stack, "metadata": {"name": "a", "namespace": "shop", "annotations": tracking}})
    copied = live({**stack, "metadata": {"name": "b", "namespace": "shop", "annotations": tracking}})
    listed = live({**stack, "metadata": {"name": "c", "namespace": "shop"}})
    resource = {"group": "pulumi.com", "kind": "Stack", "namespace": "shop", "name": "c"}
    spec = {"destination": {"name": "in-cluster"}}
    app = live({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec,
        "metadata": {"name": "web", "namespace": "argocd"}, "status": {"resources": [resource, 3, {"name": []}]},
    })  # fmt: skip
    repository = Repository([], objects=[one, copied, listed, app])
    assert list(repository.deliveries.of_application(app)) == [one, listed]
    assert repository.deliveries.together(one, listed)
    assert not repository.deliveries.together(copied, copied)
