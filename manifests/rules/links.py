"""Links that Argo CD's UI shows beside a resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from manifests.document import Document
from manifests.problem import Problem, RenameKey, SetValue, Severity
from manifests.references.pulumi_cloud import BACKEND_URL, PULUMI_CLOUD, PULUMI_CLOUD_BACKENDS
from manifests.repository import Repository
from manifests.rule import Rule

_PREFIX = "link.argocd.argoproj.io/"
_MISSPELT = re.compile(
    r"(?:links?\.argo-?(?:cd\.argo)?proj\.io|links\.argocd\.argoproj\.io|link\.argocd\.argoproj\.io)(?:/|\Z)"
)
_PASSWORD = re.compile(r"//[^/@\s|]*@")
_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  annotations:
    link.argocd.argoproj.io/pulumi: {link}
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""

LINK = Rule(
    id="argocd/link",
    severity=Severity.WARNING,
    title="Argo CD doesn't show a link, or a Stack has none",
    effect="The UI shows `https://…` and `Title|https://…`; anything else it drops without a word. Without a link "
    "nothing leads from the Stack in Argo CD to its runs in Pulumi Cloud.",
    remedy="Annotate the Stack with `link.argocd.argoproj.io/pulumi: Pulumi Cloud|https://app.pulumi.com/ORG/PROJECT/STACK`.",
    wrong=_STACK.format(link="app.pulumi.com/acme/web/dev"),
    right=_STACK.format(link="https://app.pulumi.com/acme/web/dev"),
    alike=_STACK.format(link="Pulumi Cloud|https://app.pulumi.com/acme/web/dev"),
    gives_way_to=("stack/wrong-type",),
)

RULES = (LINK,)


def check(repository: Repository) -> Iterator[Problem]:
    for document in repository.documents:
        if document.kind:
            yield from _shown(document)
    if not repository.knows("", "ConfigMap"):
        return
    linked = any(_has_deep_link(each) for each in repository.of_kind("", "ConfigMap") if each.name == "argocd-cm")
    for stack in () if linked else repository.stacks:
        yield from _none(repository, stack)


def _shown(document: Document) -> Iterator[Problem]:
    for key, value in document.annotations.items():
        path = ("metadata", "annotations", key)
        if not isinstance(key, str):
            continue
        if key.startswith(_PREFIX) and key != _PREFIX:
            if said := _said(value):
                yield LINK.at(document, path, f"{said}: Argo CD's UI doesn't show this link", fix=_fix(value),
                              edits=_edits(key, value))  # fmt: skip
        elif key.startswith("link") and _MISSPELT.match(key):
            name = key.partition("/")[2] or "pulumi"
            right = f"{_PREFIX}{name}"
            message = f"Argo CD doesn't know the annotation {key}, and its UI doesn't show this link"
            yield LINK.at(document, path, message, fix=f"Write `{right}`.", edits=(RenameKey(path, right),))


def _said(value: object) -> str:
    """What keeps the UI from showing a link; empty for nothing."""
    if not isinstance(value, str):
        return "the value isn't a text"
    if value.count("|") > 1:
        return f"{_shortened(value)!r} has more than one |, and only one may stand between title and address"
    address = value.rpartition("|")[2]
    if address != address.strip():
        return f"there are blanks around the address in {_shortened(value)!r}"
    try:
        scheme = urlsplit(address).scheme.lower()
        has_host = bool(urlsplit(address).netloc)
    except ValueError:
        return f"{_shortened(address)!r} isn't an address"
    if scheme not in ("http", "https") or not has_host:
        return f"{_shortened(address)!r} isn't an address that begins with https:// or http://"
    return ""


def _fix(value: object) -> str:
    right = _mended(value)
    return f"Write `{_PASSWORD.sub('//***@', right)}`." if right else ""


def _edits(key: str, value: object) -> tuple[SetValue, ...]:
    right = _mended(value)
    return (SetValue(("metadata", "annotations", key), right),) if right else ()


def _mended(value: object) -> str:
    """The link that is meant, where only blanks or the scheme of Pulumi Cloud's address are at fault."""
    if not isinstance(value, str) or value.count("|") > 1:
        return ""
    title, bar, address = value.rpartition("|")
    address = address.strip()
    if address.startswith("app.pulumi.com/"):
        address = f"https://{address}"
    right = f"{title.strip()}{bar}{address}"
    return right if right != value and not _said(right) else ""


def _none(repository: Repository, stack: Document) -> Iterator[Problem]:
    if repository.may_be_patched(stack) or repository.may_have_annotations(stack):
        return
    if any(str(key).startswith("link") for key in stack.annotations):
        return
    backend = stack.at("spec", "backend") or stack.at("spec", "envRefs", BACKEND_URL, "literal", "value") or ""
    if str(backend).rstrip("/") not in PULUMI_CLOUD_BACKENDS or stack.has("spec", "envRefs", BACKEND_URL, "secret"):
        return
    parts = stack.word("spec", "stack").split("/")
    place = "/".join(parts) if len(parts) == 3 and all(parts) else "ORG/PROJECT/STACK"
    yield LINK.at(
        stack,
        ("metadata", "annotations"),
        "this Stack has no link: in Argo CD's UI nothing leads to its runs in Pulumi Cloud",
        fix=f"Annotate it with `{_PREFIX}pulumi: Pulumi Cloud|{PULUMI_CLOUD}/{place}`.",
        severity=Severity.NOTE,
    )


def _has_deep_link(settings: Document) -> bool:
    """Whether argocd-cm has the UI show a link for every Stack."""
    return "permalink" in settings.word("data", "resource.links")


def _shortened(value: str) -> str:
    text = _PASSWORD.sub("//***@", value)
    return text if len(text) <= 80 else f"{text[:79]}…"
