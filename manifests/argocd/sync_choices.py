"""The sync options that Argo CD knows, and which of them hold for a document."""

from __future__ import annotations

from manifests.document import Document
from manifests.product_versions import ProductVersion

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_FLAG = ("true", "false")
OPTIONS: dict[str, tuple[str, ...]] = {
    "CreateNamespace": _FLAG,
    "Prune": ("false", "confirm", "true"),
    "Delete": ("false", "confirm", "true"),
    "PruneLast": _FLAG,
    "PrunePropagationPolicy": ("foreground", "background", "orphan"),
    "ApplyOutOfSyncOnly": _FLAG,
    "ServerSideApply": _FLAG,
    "ClientSideApplyMigration": _FLAG,
    "RespectIgnoreDifferences": _FLAG,
    "FailOnSharedResource": _FLAG,
    "SkipDryRunOnMissingResource": _FLAG,
    "Validate": _FLAG,
    "Replace": _FLAG,
    "Force": _FLAG,
}
"""with the values that each can have"""
FOR_APPLICATIONS = ("CreateNamespace", "ApplyOutOfSyncOnly", "RespectIgnoreDifferences", "FailOnSharedResource")
CONFIRM_SINCE: ProductVersion = (2, 14, 0)


def options_of(document: Document) -> frozenset[str]:
    """The options in the annotation of a resource."""
    value = document.annotations.get(SYNC_OPTIONS)
    return frozenset(each.strip() for each in value.split(",")) if isinstance(value, str) else frozenset()


def app_options(application: Document) -> frozenset[str]:
    """The options of an Application, which hold for all that it delivers."""
    options = application.items("spec", "syncPolicy", "syncOptions")
    return frozenset(each for each in options if isinstance(each, str))


def keeps_on_prune(document: Document, application: Document, version: ProductVersion) -> bool:
    """Whether a resource whose file is gone isn't deleted, or not before somebody has confirmed it."""
    keeping = {"Prune=false"} | ({"Prune=confirm"} if version >= CONFIRM_SINCE else set())
    own = {each for each in options_of(document) if each.startswith("Prune=")}
    return bool((own or app_options(application)) & keeping)
