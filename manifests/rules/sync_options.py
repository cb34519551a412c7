"""Sync options, of Applications and of single resources: words that Argo CD compares letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from manifests.argocd.sync_choices import (
    CONFIRM_SINCE,
    FOR_APPLICATIONS,
    OPTIONS,
    SYNC_OPTIONS,
    app_options,
    options_of,
)
from manifests.document import Document
from manifests.problem import Edit, FieldPath, Problem, RenameKey, SetValue, Severity
from manifests.product_versions import ProductVersion, version_text
from manifests.repository import PULUMI, Repository
from manifests.rule import Rule

_MISSPELT = ("argocd.argoproj.io/sync-option", "argocd.argoproj.io/syncOptions", "argocd.argoproj.io/sync_options")
_EVERY_SPELLING = {f"{name}={value}".lower(): f"{name}={value}" for name, values in OPTIONS.items() for value in values}
_STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-options: {option}
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""

SYNC_OPTION = Rule(
    id="argocd/sync-option",
    severity=Severity.ERROR,
    title="a sync option that Argo CD doesn't know, or not in these letters",
    effect="Argo CD compares options letter by letter, and passes over others without a word: what was meant to be "
    "kept is pruned, and a namespace isn't created.",
    remedy="Write it as it is documented: `Prune=confirm`, `CreateNamespace=true`.",
    wrong=_STACK.format(option="prune=false"),
    right=_STACK.format(option="Prune=false"),
    alike=_STACK.format(option="Prune=confirm, Delete=false"),
)
VALIDATE_FALSE = Rule(
    id="argocd/validate-false",
    severity=Severity.WARNING,
    title="validation is switched off for Stacks",
    effect="With `Validate=false` the API server prunes every field that the CRD doesn't know, such as a misspelt one, "
    "and the Stack runs without it; otherwise the sync would fail and name it.",
    remedy="Take `Validate=false` out, or give it only to the resources that need it.",
    wrong=_STACK.format(option="Validate=false"),
    right=_STACK.format(option="Prune=confirm"),
    alike=_STACK.format(option="Validate=true"),
)

RULES = (SYNC_OPTION, VALIDATE_FALSE)
_ANNOTATION: FieldPath = ("metadata", "annotations", SYNC_OPTIONS)
_OF_APPLICATION: FieldPath = ("spec", "syncPolicy", "syncOptions")


def check(repository: Repository) -> Iterator[Problem]:
    version = repository.versions.argocd
    for document in repository.documents:
        if document.kind:
            yield from _annotation(document, version)
    for application in one_of_each(repository):
        yield from _application(repository, application, version)


def one_of_each(repository: Repository) -> Iterator[Document]:
    """The Applications that are written down, and of each ApplicationSet one."""
    met: set[int] = set()
    for application in repository.applications:
        made = repository.made(application)
        if made is None or id(made.maker) not in met:
            met.add(id(made.maker) if made else 0)
            yield application


def _annotation(document: Document, version: ProductVersion) -> Iterator[Problem]:
    for key in _MISSPELT:
        if key in document.annotations:
            path = ("metadata", "annotations", key)
            message = f"Argo CD doesn't know the annotation {key}, and passes over the options in it without a word"
            yield SYNC_OPTION.at(
                document, path, message, fix=f"the annotation is {SYNC_OPTIONS}", edits=(RenameKey(path, SYNC_OPTIONS),)
            )
    value = document.annotations.get(SYNC_OPTIONS)
    if not isinstance(value, str):
        return
    written = value.split(",")
    right = [_right(each.strip()) for each in written]
    edits: tuple[Edit, ...] = ()
    if all(right):
        edits = (SetValue(_ANNOTATION, ",".join(each or "" for each in right)),)
    for option in (each.strip() for each in written):
        if option and (said := _said(option, version, of_application=False)):
            yield SYNC_OPTION.at(document, _ANNOTATION, said, fix=_fix(option), edits=edits)
    if "Validate=false" in options_of(document) and document.group == PULUMI:
        yield VALIDATE_FALSE.at(
            document,
            _ANNOTATION,
            "Validate=false: a field that the CRD doesn't know, such as a misspelt one, is pruned without a word "
            f"instead of failing the sync, and {document.title} runs without it",
        )


def _application(repository: Repository, application: Document, version: ProductVersion) -> Iterator[Problem]:
    for place, option in enumerate(application.items(*_OF_APPLICATION)):
        path: FieldPath = (*_OF_APPLICATION, place)
        if isinstance(option, str):
            if "{{" in option:
                continue
            if said := _said(option, version, of_application=True):
                right = _right(option)
                edits = (SetValue(path, right),) if right else ()
                yield SYNC_OPTION.at(application, path, said, fix=_fix(option), edits=edits)
        elif isinstance(option, dict) and len(option) == 1:
            [(name, value)] = option.items()
            text = f"{name}={str(value).lower() if isinstance(value, bool) else value}"
            right = _right(text)
            message = f"{name}: {text.partition('=')[2]} is a mapping, and an option has to be a text"
            edits = (SetValue(path, right),) if right else ()
            yield SYNC_OPTION.at(application, path, f"{message}: the API server refuses the Application",
                                 fix=f"`- {right or text}`", edits=edits)  # fmt: skip
    if "Validate=false" in app_options(application):
        stack = next((each for each in repository.deliveries.of_application(application) if _is_stack(each)), None)
        if stack is not None:
            place = application.items(*_OF_APPLICATION).index("Validate=false")
            yield VALIDATE_FALSE.at(
                application,
                (*_OF_APPLICATION, place),
                f"Validate=false holds for {stack.title} too: a field that the CRD doesn't know, such as a misspelt "
                "one, is pruned without a word instead of failing the sync",
            )


def _is_stack(document: Document) -> bool:
    return (document.group, document.kind) == (PULUMI, "Stack")


def _said(option: str, version: ProductVersion, *, of_application: bool) -> str:
    """What is wrong with an option; empty for a right one."""
    name, equals, value = option.partition("=")
    if value in OPTIONS.get(name, ()):
        if value == "confirm" and version < CONFIRM_SINCE:
            return (
                f"{option} is known since Argo CD {version_text(CONFIRM_SINCE)}; {version_text(version)} passes over "
                "it without a word, and deletes without asking"
            )
        if name in FOR_APPLICATIONS and not of_application:
            return f"{name} is an option of Applications; on a single resource Argo CD passes over it without a word"
        return ""
    if right := _right(option):
        return f"{option!r} isn't {right}: Argo CD compares letter by letter, and passes over it without a word"
    if name in OPTIONS:
        said = f"has no value {value!r}" if equals else "needs a value"
        return f"the sync option {name} {said}; Argo CD passes over it without a word"
    return f"Argo CD knows no sync option {name!r}, and passes over it without a word"


def _right(option: str) -> str | None:
    """The option that is meant, where only letters or blanks differ."""
    return _EVERY_SPELLING.get("".join(option.split()).replace("'", "").replace('"', "").lower())


def _fix(option: str) -> str:
    if right := _right(option):
        return f"`{right}`"
    name = option.partition("=")[0].strip()
    near = name if name in OPTIONS else next(iter(get_close_matches(name, OPTIONS, 1, 0.6)), "")
    if not near:
        return f"known are {', '.join(OPTIONS)}"
    return "`" + "` or `".join(f"{near}={value}" for value in OPTIONS[near]) + "`"
