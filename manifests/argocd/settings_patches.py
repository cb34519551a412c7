"""Keys that the patches of a kustomization put into argocd-cm, be they written into it or in files of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from health.go.yaml import YamlError, nodes, value_of
from manifests.argocd.settings_keys import looks_like_customization
from manifests.delivery.kustomize import below, folder_of
from manifests.delivery.kustomize_patches import target_of
from manifests.document import Document
from manifests.problem import FieldPath
from manifests.repository import Repository

_DEEPEST = 8
_CONFIG_MAP = Document("", 0, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}})


class PatchedKey(NamedTuple):
    """A key, the path in the ConfigMap of what has it, and where that is written down."""

    document: Document
    path: FieldPath
    above: FieldPath
    key: str
    value: Any
    in_file: bool
    """whether the patch is a file, in which the key stands as such"""


def patched_keys(repository: Repository, kustomization: Document) -> Iterator[PatchedKey]:
    for path, target, file, text in _patches(kustomization):
        if target is not None and not target_of(target).may_be(_CONFIG_MAP):
            continue
        if text:
            for patch in _documents("", text):
                for each in _of_patch(patch, targeted=target is not None):
                    yield each._replace(document=kustomization, path=path, in_file=False)
        elif file:
            place = below(folder_of(repository.deliveries.place(kustomization)), file)
            source = repository.files_by_place.get(place)
            for patch in _documents(source.name, source.text) if source is not None else ():
                yield from _of_patch(patch, targeted=target is not None)


def _patches(kustomization: Document) -> Iterator[tuple[FieldPath, Mapping[str, Any] | None, str, str]]:
    """Of each patch its path, its target if it has one, its file, and the text that is written here."""
    for word in ("patches", "patchesJson6902"):
        for path, entry in kustomization.mappings(word):
            target, file, text = entry.get("target"), entry.get("path"), entry.get("patch")
            wanted = target if isinstance(target, Mapping) else None
            if isinstance(text, str):
                yield (*path, "patch"), wanted, "", text
            elif isinstance(file, str):
                yield (*path, "path"), wanted, file, ""
    for place, item in enumerate(kustomization.items("patchesStrategicMerge")):
        if isinstance(item, str):
            inline = "\n" in item or ":" in item
            yield ("patchesStrategicMerge", place), None, "" if inline else item, item if inline else ""


def _documents(name: str, text: str) -> Iterator[tuple[Document, Any]]:
    """The documents of a patch with their values: lists of operations as well."""
    if "customi" not in text.lower():
        return
    try:
        for index, node in enumerate(nodes(text)):
            value = value_of(node, [])
            yield Document(name, index, value if isinstance(value, Mapping) else {}, node, (), text), value
    except YamlError:
        return


def _of_patch(patch: tuple[Document, Any], *, targeted: bool) -> Iterator[PatchedKey]:
    document, value = patch
    if isinstance(value, list):
        yield from _of_operations(document, value)
    elif document.kind in ("", "ConfigMap") and (targeted or document.name in ("", "argocd-cm")):
        for above, key, found in walk_customizations(document.value, ()):
            yield PatchedKey(document, (*above, key), above, key, found, in_file=True)


def _of_operations(document: Document, operations: list[Any]) -> Iterator[PatchedKey]:
    """Of a JSON patch."""
    for place, operation in enumerate(operations):
        if not isinstance(operation, Mapping) or operation.get("op") not in ("add", "replace"):
            continue
        pointer, value = operation.get("path"), operation.get("value")
        if not isinstance(pointer, str):
            continue
        steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
        if steps and looks_like_customization(steps[-1]):
            yield PatchedKey(document, (place, "path"), steps[:-1], steps[-1], value, in_file=False)
        else:
            for above, key, found in walk_customizations(value, steps):
                inside = above[len(steps) :]
                yield PatchedKey(document, (place, "value", *inside, key), above, key, found, in_file=False)


def walk_customizations(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str, Any]]:
    """Each key of that kind below a value, with the path of the mapping that has it."""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            if looks_like_customization(key):
                yield path, key, each
            else:
                yield from walk_customizations(each, (*path, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from walk_customizations(each, (*path, place))
