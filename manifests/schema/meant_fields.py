"""Which field was meant by one that there isn't: the same word written otherwise, another word, another place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from manifests.document import Document
from manifests.field_names import dotted, letters, nearest_names
from manifests.problem import FieldPath
from manifests.product_versions import ProductVersion, version_text
from manifests.schema.known_kinds import first_version_with, shape_of
from manifests.schema.schema_faults import FaultKind, SchemaFault, faults_of
from manifests.schema.shape import Shape

_REVISIONS = ("ref", "revision", "gitref", "targetrevision", "tag")
_ADVICE: Mapping[tuple[str, str], str] = {
    **dict.fromkeys(
        (("StackSpec", "suspend"), ("StackSpec", "suspended"), ("StackSpec", "paused"), ("StackSpec", "pause")),
        "No version of the operator can suspend a Stack. Set `commit` instead of `branch` to keep it at one commit, or "
        "`preview: true` so that nothing is deployed.",
    ),
    ("StackSpec", "maxupdatefailures"): "How many failures it takes can't be set: it is three.",
    (
        "StackSpec",
        "timeout",
    ): "There is no time limit for a run. `updateTemplate.spec` has what else can be set for one.",
    ("StackSpec", "destroy"): "Write `destroyOnFinalize: true`, and the resources go when the Stack is deleted.",
    (
        "StackSpec",
        "dependson",
    ): "Write `prerequisites: [{name: STACK}]` with the names of Stacks of the same namespace.",
    ("StackSpec", "secretrefs"): "Write `secretsRef`, and in it `KEY: {type: Secret, secret: {name: NAME, key: KEY}}`.",
    ("StackSpec", "interval"): "Write `resyncFrequencySeconds: 300`, a number of seconds.",
    ("StackSpec", "resyncfrequency"): "Write `resyncFrequencySeconds: 300`, a number of seconds.",
    **dict.fromkeys(
        (("StackSpec", word) for word in _REVISIONS),
        "Write `branch: NAME`, or `commit: SHA`, and only one of them; for a tag `branch: refs/tags/NAME`.",
    ),
    ("Prerequisite", "namespace"): "A prerequisite is a Stack of the same namespace; another one can't be named.",
}
"""what to say of a field that isn't there, by its type and its letters"""

_OTHER_WORDS: Mapping[str, Mapping[str, str]] = {
    "StackSpec": {
        **dict.fromkeys(
            ("repo", "repourl", "repository", "giturl", "gitrepo", "url", "projectrepository"), "projectRepo"
        ),
        **dict.fromkeys(("path", "dir", "directory", "projectdir", "workdir", "repopath", "subpath"), "repoDir"),
        **dict.fromkeys(("sha", "commitsha", "commitid"), "commit"),
        **dict.fromkeys(("serviceaccount", "serviceaccountref"), "serviceAccountName"),
        **dict.fromkeys(("stackname", "pulumistack", "name"), "stack"),
        **dict.fromkeys(("esc", "environments"), "environment"),
        **dict.fromkeys(("program", "programname"), "programRef"),
        **dict.fromkeys(("flux", "sourceref", "source"), "fluxSource"),
        **dict.fromkeys(("workspace", "template", "podtemplate"), "workspaceTemplate"),
        **dict.fromkeys(("gitsecret", "gitcredentials", "gitauthentication", "auth"), "gitAuth"),
        **dict.fromkeys(("secretenvs", "environmentvariables", "envvars", "envref"), "envRefs"),
        **dict.fromkeys(("configs", "configuration", "values"), "config"),
        "reclaimpolicy": "workspaceReclaimPolicy",
        "backendurl": "backend",
    },
    "ResourceRef": {
        **dict.fromkeys(("secretref", "secretkeyref", "secretselector"), "secret"),
        **dict.fromkeys(("value", "literalref"), "literal"),
        "kind": "type",
    },
    "Prerequisite": {
        **dict.fromkeys(("stack", "stackname", "stackref", "ref"), "name"),
        "succeededwithinduration": "requirement",
    },
    "SecretSelector": {"secretname": "name", "secretkey": "key"},
    "GitAuth": {
        **dict.fromkeys(("personalaccesstoken", "token", "pat"), "accessToken"),
        **dict.fromkeys(("ssh", "sshprivatekey", "privatekey"), "sshAuth"),
        **dict.fromkeys(("basic", "username", "password"), "basicAuth"),
    },
    "SSHAuth": {"privatekey": "sshPrivateKey", "passphrase": "password"},
    "BasicAuth": {"user": "userName"},
    "WorkspaceSpec": {"template": "podTemplate", "loglevel": "pulumiLogLevel", "serviceaccount": "serviceAccountName"},
}
"""other words for a type's fields, by their letters"""

_CLEAR = frozenset({("ResourceRef", "secret"), ("StackSpec", "serviceAccountName")})
"""fields that can't but be meant by the other words for them, where the value fits"""

_EVERYWHERE = frozenset(
    {"name", "type", "key", "value", "metadata", "spec", "status", "kind", "apiVersion", "namespace", "items", "path"}
)
"""names that too many types have to tell from them where a field belongs"""


@dataclass(frozen=True, slots=True)
class MeantField:
    """What to write in place of a field that there isn't."""

    advice: str = ""
    """empty where nothing is like it"""
    instead: str = ""
    """the field of the same object that it stands for, if it does for one"""
    is_certain: bool = False
    """whether giving the key that name mends it"""
    places: tuple[FieldPath, ...] = ()
    """where else it may belong"""


def meant_field(
    fault: SchemaFault, root: Shape, value: Any, api_version: str, kind: str, pko: ProductVersion
) -> MeantField:
    """What was meant by an unknown field of an object, `value` being the mapping that it stands in."""
    key, shape, fields = str(fault.path[-1]), fault.shape, fault.shape.fields or {}
    names = tuple(each for each in fault.path if isinstance(each, str))
    if (since := first_version_with(api_version, kind, names)) is not None and since > pko:
        return MeantField(
            f"It came with version {version_text(since)[:-2]} of the operator: update that, or leave it out."
        )
    same = next((each for each in fields if letters(each) == letters(key)), "")
    other = same or _OTHER_WORDS.get(shape.name, {}).get(letters(key), "")
    if other in fields:
        is_clear = bool(same) or (shape.name, other) in _CLEAR
        free = is_clear and other not in value and not faults_of(fault.value, fields[other])
        return MeantField(f"Write `{other}{_form(shape, other)}`.", other, is_certain=free and fault.value is not None)
    if advice := _ADVICE.get((shape.name, letters(key))):
        return MeantField(advice, "branch" if letters(key) in _REVISIONS else "")
    near = nearest_names(key, fields)
    places = _elsewhere(key, root, fault.path)
    if near and not places:
        return MeantField(f"The nearest that there is: {_or(f'`{each}`' for each in near)}.", near[0])
    if places:
        also = f", or `{near[0]}` was meant" if near else ""
        return MeantField(f"It belongs at {_or(f'`{dotted(each)}`' for each in places)}{also}.", places=tuple(places))
    return MeantField(f"There is: {', '.join(sorted(fields))}." if len(fields) <= _FEW else "")


_FEW = 12


def meant_in_spec(stack: Document, pko: ProductVersion) -> frozenset[str]:
    """The fields of a Stack's spec that unknown ones in it stand for: they aren't there, and weren't forgotten."""
    root = shape_of(stack.api_version, "Stack", pko)
    spec, shape = stack.mapping("spec"), (root.fields or {})["spec"] if root is not None else None
    if root is None or shape is None or shape.fields is None or spec.keys() <= shape.fields.keys():
        return frozenset()
    unknown = [SchemaFault(FaultKind.UNKNOWN, ("spec", key), shape, spec[key]) for key in spec.keys() - shape.fields]
    return frozenset(meant_field(each, root, spec, stack.api_version, "Stack", pko).instead for each in unknown)


def _form(shape: Shape, field: str) -> str:
    """How a field is written whose form isn't told by its name."""
    forms = {
        ("ResourceRef", "literal"): ": {value: …}",
        ("ResourceRef", "secret"): ": {name: NAME, key: KEY}",
        ("StackSpec", "programRef"): ": {name: NAME}",
        ("Prerequisite", "requirement"): ": {succeededWithinDuration: 1h}",
        ("StackSpec", "gitAuth"): ": {accessToken: {type: Secret, secret: {name: NAME, key: KEY}}}",
    }
    return forms.get((shape.name, field), "")


def _or(names: Iterator[str]) -> str:
    return " or ".join(names)


def _elsewhere(key: str, root: Shape, path: FieldPath) -> list[FieldPath]:
    """Where a field of exactly this name belongs: as near to the place in question as possible; at most two."""
    places = _places(root).get(key, []) if key not in _EVERYWHERE else []
    ranked = [((-_shared(each, path), len(each)), each) for each in places if each != path]
    nearest = min((rank for rank, _ in ranked), default=None)
    return [each for rank, each in ranked if rank == nearest][:2]


def _shared(one: FieldPath, other: FieldPath) -> int:
    return next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))


@lru_cache(maxsize=8)
def _places(root: Shape) -> Mapping[str, list[FieldPath]]:
    """The places of an object's fields by their names; those within lists and references aren't among them."""
    found: dict[str, list[FieldPath]] = {}
    level: list[tuple[FieldPath, Shape]] = [((), root)]
    while level:
        for path, shape in level:
            for name in shape.fields or {}:
                found.setdefault(name, []).append((*path, name))
        level = [
            ((*path, name), below)
            for path, shape in level
            for name, below in (shape.fields or {}).items()
            if name != "status" and below.fields and below.name != "ResourceRef"
        ]
    return found
