"""Rules of values that the API server takes, or took, and the operator doesn't: names, durations, configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from manifests.document import Document
from manifests.field_names import dotted
from manifests.placeholders import filled_in_later
from manifests.problem import Edit, FieldPath, Problem, SetValue, Severity
from manifests.product_versions import ProductVersion, version_text
from manifests.repository import Repository
from manifests.rule import Rule
from manifests.schema.known_kinds import LONGEST_STACK_NAME
from manifests.schema.meant_durations import as_go_duration
from manifests.stack_example import STACK_EXAMPLE
from stacks.go_durations import is_go_duration

_BLINDS = (
    "The API server takes it and the operator can't read it: its list of all Stacks breaks off, and from then on no "
    "Stack of the cluster is reconciled any more, or is run over and over"
)
_NAMES_ARE_BOUND: ProductVersion = (2, 3, 0)
_CONFIG_IS_JSON: ProductVersion = (2, 3, 0)
_CLI_WITH_JSON: ProductVersion = (3, 202, 0)

NAME_TOO_LONG = Rule(
    id="stack/name-too-long",
    severity=Severity.ERROR,
    title="a Stack's name of more than 42 characters (PKO 2.3 and later)",
    effect="The API server refuses it. One that is there from before can't be changed any more, not even its status or "
    "its finalizer.",
    remedy="Give it a name of at most 42 characters; `spec.stack` may stay as it is.",
    wrong=STACK_EXAMPLE.replace("name: web\n", "name: web-frontend-of-the-shop-in-the-development-env\n"),
    right=STACK_EXAMPLE.replace("name: web\n", "name: web-frontend-dev\n"),
    alike=STACK_EXAMPLE.replace(
        "stack: acme/web/dev", "stack: acme/web-frontend-of-the-shop-in-the-development-env/dev"
    ),
)
DURATION = Rule(
    id="stack/duration",
    severity=Severity.ERROR,
    title="a duration that Go can't read",
    effect=_BLINDS + ": one such Stack is enough.",
    remedy="Write numbers with the units h, m and s, such as `30m`, `1h30m` or `24h`; there are no days.",
    wrong=STACK_EXAMPLE
    + """\
  prerequisites:
    - name: cluster-dev
      requirement:
        succeededWithinDuration: 1d
""",
    right=STACK_EXAMPLE
    + """\
  prerequisites:
    - name: cluster-dev
      requirement:
        succeededWithinDuration: 24h
""",
    alike=STACK_EXAMPLE
    + """\
  prerequisites:
    - name: cluster-dev
      requirement:
        succeededWithinDuration: 1h30m0.5s
  config:
    web:retention: 1d
""",
)
CONFIG_SHAPE = Rule(
    id="stack/config-shape",
    severity=Severity.ERROR,
    title="configuration that isn't a map, or has values that this operator or its CLI doesn't take",
    effect="A list or a text stops the operator's list of all Stacks: none is reconciled any more. Values that aren't "
    "texts are refused with PKO before 2.3; later ones need Pulumi 3.202 in the workspace's image, else the Stack "
    "stalls.",
    remedy="Write a map, `KEY: VALUE` for each, with values in quotes.",
    wrong=STACK_EXAMPLE
    + """\
  config:
    - name: web:replicas
      value: "2"
""",
    right=STACK_EXAMPLE
    + """\
  config:
    web:replicas: "2"
""",
    alike=STACK_EXAMPLE
    + """\
  config:
    web:replicas: 2
    web:hosts: [a.example.com, b.example.com]
""",
)

RULES = (NAME_TOO_LONG, DURATION, CONFIG_SHAPE)


def check(repository: Repository) -> Iterator[Problem]:
    pko = repository.versions.pko
    for stack in repository.stacks:
        if pko >= _NAMES_ARE_BOUND:
            yield from _long_name(stack)
        yield from _durations(stack, pko)
        yield from _config(stack, pko)


# Names


def _long_name(stack: Document) -> Iterator[Problem]:
    name, made = stack.name, stack.word("metadata", "generateName")
    length = len(name) or (len(made) + _GENERATED if made else 0)
    if length <= LONGEST_STACK_NAME or filled_in_later(name or made):
        return
    where: FieldPath = ("metadata", "name" if name else "generateName")
    if stack.is_live:
        end = "It is there from before PKO 2.3, and the API server refuses every change of it, of its status as well"
    elif stack.api_version.endswith("v1alpha1"):
        end = (
            "v1alpha1 lets it in, and then the operator can't write its status or its finalizer, which v1 refuses for "
            "the name"
        )
    else:
        end = "The API server refuses the whole object, so that the sync fails and the cluster keeps what it had"
    message = f"{dotted(where)} has {length} characters, and a Stack's name may have {LONGEST_STACK_NAME}. {end}"
    yield NAME_TOO_LONG.at(stack, where, message)


_GENERATED = 5
"""how many characters the API server puts behind a generateName"""

# Durations


def _durations(stack: Document, pko: ProductVersion) -> Iterator[Problem]:
    places: list[FieldPath] = [
        (*path, "requirement", "succeededWithinDuration") for path, _ in stack.mappings("spec", "prerequisites")
    ]
    if pko >= (2, 1, 0):
        places.append(("spec", "updateTemplate", "spec", "ttlAfterCompleted"))
    for path in places:
        written = stack.at(*path)
        if not isinstance(written, str) or is_go_duration(written) or filled_in_later(written):
            continue
        right = as_go_duration(written)
        message = f"{dotted(path)} is `{written[:_LONGEST]}`, which Go can't read as a duration. {_BLINDS}"
        edits: tuple[Edit, ...] = (SetValue(path, right),) if right else ()
        yield DURATION.at(stack, path, message, fix=f"Write `{path[-1]}: {right}`." if right else "", edits=edits)


_LONGEST = 40

# Configuration


def _config(stack: Document, pko: ProductVersion) -> Iterator[Problem]:
    path = ("spec", "config")
    config = stack.at(*path)
    if config is None:
        return
    if isinstance(config, str) and filled_in_later(config):
        return
    if not isinstance(config, Mapping):
        yield _no_map(stack, config, pko)
    elif pko < _CONFIG_IS_JSON:
        for key, value in config.items():
            if value is not None and not isinstance(value, str):
                yield _no_text(stack, (*path, key), value, pko)
    else:
        yield from _old_cli(stack, config)


def _no_map(stack: Document, config: Any, pko: ProductVersion) -> Problem:
    path = ("spec", "config")
    kind = "a list" if isinstance(config, list) else "a text" if isinstance(config, str) else "a single value"
    end = _BLINDS if pko >= _CONFIG_IS_JSON else "The API server refuses the whole Stack"
    right = _as_map(config)
    edits = (SetValue(path, right),) if right is not None else ()
    return CONFIG_SHAPE.at(stack, path, f"{dotted(path)} is {kind}, and has to be a map. {end}", edits=edits)


def _as_map(config: Any) -> dict[str, Any] | None:
    """A list of pairs as the map that was meant; None where that isn't clear."""
    if not isinstance(config, list):
        return None
    right: dict[str, Any] = {}
    for item in config:
        if not isinstance(item, Mapping):
            return None
        pair = _pair(item)
        if pair is None or pair[0] in right:
            return None
        right[pair[0]] = pair[1]
    return right


def _pair(item: Mapping[str, Any]) -> tuple[str, Any] | None:
    if len(item) == 1:
        return next(iter(item.items()))
    for name in ("name", "key"):
        if item.keys() == {name, "value"} and isinstance(item[name], str):
            return item[name], item["value"]
    return None


def _no_text(stack: Document, path: FieldPath, value: Any, pko: ProductVersion) -> Problem:
    kind = "a map" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else "no text"
    message = (
        f"{dotted(path)} is {kind}, and version {version_text(pko)} of the operator takes texts only. The API server "
        "refuses the whole Stack"
    )
    _, node = stack.nodes(path)
    is_plain = isinstance(value, bool | int | float)
    written = str(node.value) if is_plain and node is not None and node.id == "scalar" else ""
    fix = "Write the value in quotes." if is_plain else "Write it in Pulumi.STACK.yaml, or update the operator to 2.3."
    return CONFIG_SHAPE.at(stack, path, message, fix=fix, edits=(SetValue(path, written),) if written else ())


_CLI_IMAGE = re.compile(r"(?:\A|/)pulumi/pulumi(?:-[a-z-]+)?:v?(\d+)\.(\d+)\.(\d+)(?:-[\w.-]+)?(?:@\S*)?\Z")


def _old_cli(stack: Document, config: Mapping[str, Any]) -> Iterator[Problem]:
    odd = [key for key, value in config.items() if value is not None and not isinstance(value, str)]
    image = _image(stack) if odd else ""
    found = _CLI_IMAGE.search(image)
    if found is None:
        return
    version = (int(found[1]), int(found[2]), int(found[3]))
    if version >= _CLI_WITH_JSON:
        return
    message = (
        f"spec.config has values that aren't texts ({', '.join(odd[:3])}), which Pulumi takes since "
        f"{version_text(_CLI_WITH_JSON)}, and the workspace's image {image} says {version_text(version)}. The Stack "
        "stalls with PulumiVersionTooLow"
    )
    fix = f"Write the values in quotes, or take an image with Pulumi {version_text(_CLI_WITH_JSON)} or later."
    yield CONFIG_SHAPE.at(stack, ("spec", "config", odd[0]), message, fix=fix, severity=Severity.WARNING)


def _image(stack: Document) -> str:
    """The image that runs Pulumi; empty for the default one."""
    workspace = ("spec", "workspaceTemplate", "spec")
    for _, container in stack.mappings(*workspace, "podTemplate", "spec", "containers"):
        if container.get("name") == "pulumi" and isinstance(container.get("image"), str):
            return str(container["image"])
    return stack.word(*workspace, "image")
