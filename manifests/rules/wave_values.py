"""The annotation for a sync wave: a number, as a text."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.argocd.sync_order import WAVE, WAVE_PATH, integer
from manifests.document import Document
from manifests.problem import Edit, Problem, SetValue, Severity
from manifests.repository import Repository
from manifests.rule import Rule

WAVE_VALUE = Rule(
    id="argocd/wave-value",
    severity=Severity.ERROR,
    title="a sync wave isn't an integer in quotes",
    effect="A text that is no integer counts as wave 0 without a word. A number without quotes isn't a text: Argo CD "
    "can't generate the manifests of the Application, and nothing of it is synced.",
    remedy='Write it as an integer in quotes: `argocd.argoproj.io/sync-wave: "2"`.',
    wrong="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: 2
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
    right="""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: "2"
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
""",
    alike="""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: "-1"
""",
)

RULES = (WAVE_VALUE,)


def check(repository: Repository) -> Iterator[Problem]:
    for document in repository.documents:
        if document.kind and WAVE in document.annotations:
            yield from _wave_value(document)
    seen: set[int] = set()
    for made in repository.made_applications:
        if id(made.maker) not in seen and WAVE in made.document.annotations:
            seen.add(id(made.maker))
            if "{{" not in str(made.document.annotations[WAVE]):
                yield from _wave_value(made.document)


def _wave_value(document: Document) -> Iterator[Problem]:
    value = document.annotations[WAVE]
    if integer(value) is not None:
        return
    if isinstance(value, str):
        message = f"the sync wave {value!r} isn't an integer; Argo CD takes it for wave 0 without a word"
        yield WAVE_VALUE.at(document, WAVE_PATH, message)
        return
    written = _written(document)
    is_number = isinstance(value, int) and not isinstance(value, bool) and written in (str(value), f"+{value}")
    said = f"the sync wave {written} isn't in quotes" if written else "the sync wave has no value"
    message = (
        f"{said}, and an annotation has to be a text: Argo CD can't generate the manifests of this Application, and "
        "syncs nothing of it"
    )
    edits: tuple[Edit, ...] = (SetValue(WAVE_PATH, written),) if is_number else ()
    fix = f'`{WAVE}: "{written}"`' if is_number else ""
    yield WAVE_VALUE.at(document, WAVE_PATH, message, fix=fix, edits=edits)


def _written(document: Document) -> str:
    """The value as it stands in the file."""
    value = document.annotations[WAVE]
    _, node = document.nodes(WAVE_PATH)
    if node is not None and node.id == "scalar":
        return str(node.value)[:40]
    return "" if value is None else str(value)[:40]
