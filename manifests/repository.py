"""Everything that rules look at: the documents of a tree or a cluster, found by kind, name and namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from manifests.delivery.application_deliveries import Deliveries
from manifests.delivery.application_sets import ApplicationSets, MadeApplication
from manifests.delivery.kustomize import Kustomizations, KustomizeChange, folder_of
from manifests.delivery.secret_generators import GeneratedSecret, generated_secrets
from manifests.document import Document
from manifests.live_facts import LiveFacts
from manifests.product_versions import ProductVersions
from manifests.reading.checkout import Checkout
from manifests.reading.source_file import SourceFile

PULUMI = "pulumi.com"
ARGO_CD = "argoproj.io"
RBAC = "rbac.authorization.k8s.io"


def is_stack(document: Document) -> bool:
    return (document.group, document.kind) == (PULUMI, "Stack")


@dataclass(frozen=True)
class OtherClusters:
    """What clusters have to do with each other."""

    stacks: Sequence[Document]
    deliveries: Deliveries


class Repository:
    """The files of a repository and their documents, as rules ask for them; or the objects of a cluster (`live`)."""

    def __init__(
        self,
        files: Sequence[SourceFile],
        versions: ProductVersions | None = None,
        checkout: Checkout | None = None,
        objects: Iterable[Document] = (),
        live: LiveFacts | None = None,
        others: OtherClusters | None = None,
    ) -> None:
        self.files = files
        self.live = live
        """what is known of the cluster that the objects are of; None for files"""
        self._others = others
        self.versions = versions or ProductVersions()
        self.checkout = checkout
        """None where the files lie in no Git repository"""
        self.kustomizations = Kustomizations(files)
        """which documents Kustomize takes in, and what it may change of them"""
        parts = self.kustomizations.parts  # patches and the like aren't manifests, so no rule sees them
        manifests = (file for file in files if not parts or file.place not in parts)
        self.documents = [*(document for each in manifests for document in each.documents), *objects]

    @property
    def other_stacks(self) -> Sequence[Document]:
        """The Stacks of other clusters that are looked at together with this one, and come before it."""
        return self._others.stacks if self._others is not None else ()

    @property
    def word(self) -> str:
        """What it is called in a sentence."""
        return "repository" if self.live is None else "cluster"

    def knows(self, group: str, kind: str, near: Document | None = None) -> bool:
        """Whether what isn't here isn't there: of a cluster, whether all objects of a kind could be read; with `near`,
        those of its namespace."""
        if self.live is None:
            return near is None or not near.is_live
        return self.live.knows(group, kind, near.namespace if near is not None else "")

    @cached_property
    def files_by_place(self) -> Mapping[str, SourceFile]:
        return {file.place: file for file in self.files}

    @cached_property
    def generated_secrets(self) -> Sequence[GeneratedSecret]:
        """The Secrets that Kustomize makes."""
        return generated_secrets(self.documents)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], list[Document]]:
        found: dict[tuple[str, str, str], list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.group, document.kind, document.name].append(document)
        return found

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Document]]:
        found: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.group, document.kind].append(document)
        return found

    def of_kind(self, group: str, kind: str) -> Sequence[Document]:
        """The documents of a kind, in every version of its API."""
        return self._by_kind.get((group, kind), ())

    @property
    def stacks(self) -> Sequence[Document]:
        return self.of_kind(PULUMI, "Stack")

    @cached_property
    def applications(self) -> Sequence[Document]:
        """Those that are written down, and those that ApplicationSets make."""
        return [*self.of_kind(ARGO_CD, "Application"), *(each.document for each in self.made_applications)]

    @cached_property
    def made_applications(self) -> Sequence[MadeApplication]:
        """The Applications that ApplicationSets make. What only a cluster tells stands in them as in the template."""
        sets = ApplicationSets(self.checkout, self.files_by_place)
        return [made for one in self._sets for made in sets.made_by(one)]

    @property
    def _sets(self) -> Sequence[Document]:
        """Those of files; what others made is in their cluster."""
        return [each for each in self.of_kind(ARGO_CD, "ApplicationSet") if not each.is_live]

    @cached_property
    def _made(self) -> dict[Document, MadeApplication]:
        return {each.document: each for each in self.made_applications}

    def made(self, application: Document) -> MadeApplication | None:
        """How an ApplicationSet comes to make this Application; None for one that is written down."""
        return self._made.get(application)

    @cached_property
    def charts(self) -> dict[str, list[Document]]:
        """By folder, the ``Chart.yaml`` of a Helm chart."""
        places = ((file.place, file) for file in self.files if file.name.endswith("Chart.yaml"))
        return {folder_of(place): file.documents for place, file in places if place.rpartition("/")[2] == "Chart.yaml"}

    @cached_property
    def deliveries(self) -> Deliveries:
        """Which Application delivers which documents; of clusters, wherever the Application is."""
        if self._others is not None:
            return self._others.deliveries
        applications = [(each, self._source_may_change(each)) for each in self.applications]
        live = [each for each in self.documents if each.is_live]
        return Deliveries(applications, self.files, self.kustomizations, self.checkout, live)

    def _source_may_change(self, application: Document) -> bool:
        made = self.made(application)
        if made is None:
            return KustomizeChange.FIELDS in self.kustomizations.changes(application)
        return made.patched or KustomizeChange.FIELDS in self.kustomizations.changes(made.maker)

    def named(self, group: str, kind: str, name: str, near: Document | None = None) -> Iterator[Document]:
        """The documents of a kind with a name; with `near` those that may be in the same namespace as that one."""
        known = self.namespaces(near) if near is not None else frozenset()
        if not known:
            yield from self._by_name.get((group, kind, name), ())
        else:
            places = self.by_namespace(group, kind, name)
            yield from dict.fromkeys(document for each in ("", *sorted(known)) for document in places.get(each, ()))

    def by_namespace(self, group: str, kind: str, name: str) -> Mapping[str, Sequence[Document]]:
        """The documents of a name by namespace; under the empty one those that may be in any."""
        if (group, kind, name) not in self._places:
            found = self._places[group, kind, name] = defaultdict(list)
            for document in self._by_name.get((group, kind, name), ()):
                for namespace in self.namespaces(document) or ("",):
                    found[namespace].append(document)
        return self._places[group, kind, name]

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], dict[str, list[Document]]]:
        return {}

    def namespaces(self, document: Document) -> frozenset[str]:
        """The namespaces in which a document may end; empty where nothing tells, which is any."""
        if document not in self._namespaces:
            self._namespaces[document] = self._find_namespaces(document)
        return self._namespaces[document]

    @cached_property
    def _namespaces(self) -> dict[Document, frozenset[str]]:
        return {}

    def _find_namespaces(self, document: Document) -> frozenset[str]:
        if document.is_live:
            return frozenset({document.namespace} - {""})
        found: set[str | None] = set()
        for delivery in self.deliveries.of(document):
            found.add(delivery.documents[document])
        if not found:
            for root in self.kustomizations.roots.get(document, ()):
                found.add(self.kustomizations.taken_in(root.folder)[document] or document.namespace or None)
        if not found:
            found.add(document.namespace or None)
        known = frozenset(each for each in found if each)
        return known if len(known) == len(found) else frozenset()

    def may_share_namespace(self, one: Document, other: Document) -> bool:
        """Whether nothing keeps two documents from being in the same namespace."""
        first, second = self.namespaces(one), self.namespaces(other)
        return not first or not second or bool(first & second)

    def may_be_called(self, group: str, kind: str, name: str) -> bool:
        """Whether Kustomize may give a document of this kind this name, with something before or behind its own."""
        return any(part in name for part in self._changeable_names.get((group, kind), ()))

    @cached_property
    def _changeable_names(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for document in self.documents:
            if document.name and self.may_be_patched(document):
                found[document.group, document.kind].add(document.name)
        return found

    def may_be_patched(self, document: Document) -> bool:
        """Whether Kustomize may add fields to it, or give it another name: then what isn't there says nothing."""
        return not document.is_live and bool(self._changes(document) & (KustomizeChange.FIELDS | KustomizeChange.NAME))

    def may_have_annotations(self, document: Document) -> bool:
        """Whether Kustomize may give it annotations that don't stand in it, or others in their place."""
        return not document.is_live and bool(
            self._changes(document) & (KustomizeChange.FIELDS | KustomizeChange.ANNOTATIONS)
        )

    def _changes(self, document: Document) -> KustomizeChange:
        if document not in self._changed:
            self._changed[document] = self._find_changes(document)
        return self._changed[document]

    @cached_property
    def _changed(self) -> dict[Document, KustomizeChange]:
        return {}

    def _find_changes(self, document: Document) -> KustomizeChange:
        made = self.made(document)
        if made is not None:
            patched = KustomizeChange.FIELDS if made.patched else KustomizeChange.NOTHING
            return patched | self.kustomizations.changes(made.maker)
        return self.kustomizations.changes(document) | self.deliveries.changes(document)
