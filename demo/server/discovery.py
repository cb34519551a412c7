"""What the server says of itself: versions, groups, kinds, and as much OpenAPI as kubectl needs to apply."""

from __future__ import annotations

from collections.abc import Iterable

from demo.server.objects import Obj, without_empty
from demo.server.served_kinds import ServedKind

_CREATED = "2026-01-01T00:00:00Z"
VERSION: Obj = {
    "major": "1",
    "minor": "33",
    "gitVersion": "v1.33.0+demo",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": _CREATED,
    "goVersion": "none",
    "compiler": "none",
    "platform": "linux/amd64",
}

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
_REVIEWS = {
    "authorization.k8s.io": ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    "authentication.k8s.io": ("selfsubjectreviews", "SelfSubjectReview"),
}


def core_versions(host: str) -> Obj:
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": host}],
    }


def group_list(kinds: Iterable[ServedKind]) -> Obj:
    groups = {kind.group: kind.version for kind in kinds if kind.group} | dict.fromkeys(_REVIEWS, "v1")
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [group(name, version) for name, version in groups.items()],
    }


def group(name: str, version: str) -> Obj:
    both = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [both], "preferredVersion": both}


def resource_list(kinds: Iterable[ServedKind], group_version: str) -> Obj | None:
    """The kinds of one group and version; None if there are none."""
    resources = [resource for kind in kinds if kind.api_version == group_version for resource in _resources(kind)]
    for review_group, (plural, kind_name) in _REVIEWS.items():
        if group_version == f"{review_group}/v1":
            names = {"name": plural, "singularName": kind_name.lower(), "kind": kind_name}
            resources.append(names | {"namespaced": False, "verbs": ["create"]})
    if not resources:
        return None
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def _resources(kind: ServedKind) -> list[Obj]:
    main: Obj = {
        "name": kind.plural,
        "singularName": kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": _VERBS,
        **without_empty({"shortNames": list(kind.short_names), "categories": list(kind.categories)}),
    }
    found = [main]
    sub = {"singularName": "", "namespaced": kind.namespaced, "kind": kind.kind}
    if kind.status:
        found.append({"name": f"{kind.plural}/status", **sub, "verbs": ["get", "patch", "update"]})
    if kind.plural == "pods":
        found.append({"name": "pods/exec", **sub, "kind": "PodExecOptions", "verbs": ["create", "get"]})
        found.append({"name": "pods/log", **sub, "verbs": ["get"]})
    return found


def openapi_index(kinds: Iterable[ServedKind]) -> Obj:
    roots = sorted({kind.root.removeprefix("/") for kind in kinds})
    return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}?hash=demo"} for root in roots}}


def openapi(kinds: Iterable[ServedKind], root: str) -> Obj | None:
    """Just enough of a group's document for kubectl to find its kinds and the parameters they take."""
    mine = [kind for kind in kinds if kind.root.removeprefix("/") == root]
    if not mine:
        return None
    schemas, paths = {}, {}
    for kind in mine:
        named = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        schemas[_schema_name(kind)] = {
            "type": "object",
            "x-kubernetes-group-version-kind": [named],
            "x-kubernetes-preserve-unknown-fields": True,
        }
        place = f"{kind.root}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}"
        parameters = [
            {"name": name, "in": "query", "schema": {"type": "string"}}
            for name in ("dryRun", "fieldManager", "fieldValidation")
        ]
        operation = {"x-kubernetes-group-version-kind": named, "parameters": parameters, "responses": {"200": {}}}
        paths[f"{place}/{{name}}"] = {"patch": operation, "put": operation}
        paths[place] = {"post": operation}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "demo"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _schema_name(kind: ServedKind) -> str:
    if kind.custom:
        return ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind])
    return f"io.k8s.api.{(kind.group or 'core').partition('.')[0]}.{kind.version}.{kind.kind}"


def crd(kind: ServedKind) -> Obj:
    """The CustomResourceDefinition that would serve this kind, without its schema."""
    names = {
        "plural": kind.plural,
        "singular": kind.kind.lower(),
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        **without_empty({"shortNames": list(kind.short_names), "categories": list(kind.categories)}),
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": str(kind)},
        "spec": {"group": kind.group, "names": names, "scope": "Namespaced", "versions": [_version(kind)]},
        "status": {
            "acceptedNames": names,
            "storedVersions": [kind.version],
            "conditions": [
                {"type": word, "status": "True", "reason": reason, "message": message, "lastTransitionTime": _CREATED}
                for word, reason, message in (
                    ("NamesAccepted", "NoConflicts", "no conflicts found"),
                    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
                )
            ],
        },
    }


def _version(kind: ServedKind) -> Obj:
    loose: Obj = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version: Obj = {"name": kind.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": loose}}
    if kind.status:
        version["subresources"] = {"status": {}}
    columns = [
        {"name": c.name, "type": c.type, "jsonPath": c.path} | ({"priority": c.wide} if c.wide else {})
        for c in kind.columns
        if c.path
    ]
    return version | ({"additionalPrinterColumns": columns} if columns else {})
