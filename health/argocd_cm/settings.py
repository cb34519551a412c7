"""Read argocd-cm as Argo CD does, and say what it would do.

Two forms exist side by side: the legacy block `resource.customizations`, one YAML map for all kinds, and split
keys such as `resource.customizations.health.pulumi.com_Stack`. The block comes first; a split key replaces its own
field of the same kind, so a script from one can run with the `useOpenLibs` of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from health.argocd_cm.resource_filter import ResourceFilter, read_filter
from health.go.globs import matches
from health.go.types import COMPARE_OPTIONS, IGNORED, KNOWN_FIELDS, OVERRIDE, MisfitError, Shape, fitted, read_go_value
from health.go.yaml import YamlError, first
from health.result import LATEST, ArgoCDVersion

BLOCK = "resource.customizations"
TYPES = ("health", "useOpenLibs", "actions", "ignoreDifferences", "ignoreResourceUpdates", "knownTypeFields")
_SHAPES: dict[str, Shape] = {
    "ignoreDifferences": IGNORED,
    "ignoreResourceUpdates": IGNORED,
    "knownTypeFields": KNOWN_FIELDS,
}
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


@dataclass(frozen=True, slots=True)
class SettingSource:
    """Where something was set: a key, and in the legacy block the entry."""

    key: str
    entry: str = ""

    def __str__(self) -> str:
        return f"{self.key} ({self.entry})" if self.entry else self.key


@dataclass(frozen=True, slots=True)
class SettingOverride:
    """What argocd-cm says of one kind, or of the kinds that a pattern matches."""

    script: str = ""
    script_from: SettingSource | None = None
    open_libs: bool = False
    open_libs_from: SettingSource | None = None


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """A key that breaks this Argo CD for every Application, and what Argo CD says of it."""

    key: str
    error: str


@dataclass(frozen=True, slots=True)
class EffectiveOverride:
    """The script that judges a kind, and where it comes from. Without a script it is the built-in one, or none.

    `rivals` are other patterns that match as well: which of them wins is chance, at each evaluation.
    """

    override: SettingOverride
    pattern: str = ""
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArgoCDSettings:
    """An argocd-cm, understood. With any `problems` the rest is what would be in force without them."""

    overrides: Mapping[str, SettingOverride]
    resources: ResourceFilter
    problems: tuple[SettingProblem, ...] = ()

    def in_force(self, kind: str) -> EffectiveOverride:
        """For a kind such as ``pulumi.com/Stack`` or ``Pod``."""
        exact = self.overrides.get(kind)
        if exact is not None and exact.script:
            return EffectiveOverride(exact)
        matching = [key for key, one in self.overrides.items() if one.script and matches(key, kind)]
        if not matching:
            return EffectiveOverride(SettingOverride())
        return EffectiveOverride(self.overrides[matching[0]], matching[0], tuple(matching[1:]))


def read_settings(data: Mapping[str, str], release: ArgoCDVersion = LATEST) -> ArgoCDSettings:
    """What this release of Argo CD makes of these keys of argocd-cm."""
    overrides: dict[str, SettingOverride] = {}
    problems = [
        *_read_block(data.get(BLOCK, ""), overrides),
        *(problem for key, value in data.items() for problem in _read_key(key, value, overrides)),
        *_checked("resource.compareoptions", data, lambda text: read_go_value(text, COMPARE_OPTIONS)),
        *_checked("resource.ignoreResourceUpdatesEnabled", data, lambda text: text and _flag(text)),
    ]
    resources, unreadable = read_filter(data, release)
    problems += [SettingProblem(key, error) for key, error in unreadable]
    return ArgoCDSettings(overrides, resources, tuple(problems))


def _read_block(text: str, overrides: dict[str, SettingOverride]) -> Iterator[SettingProblem]:
    try:
        entries = first(text)
        if entries is None:
            return
        if not isinstance(entries, dict):
            raise MisfitError("json: cannot unmarshal it into Go value of type map[string]v1alpha1.ResourceOverride")
    except (YamlError, MisfitError) as error:
        yield SettingProblem(BLOCK, str(error))
        return
    for entry, value in entries.items():
        try:
            overrides[entry] = _entry(entry, value)
        except (YamlError, MisfitError) as error:
            yield SettingProblem(BLOCK, f"{entry}: {error}")


def _entry(entry: str, value: object) -> SettingOverride:
    if value is None:
        raise MisfitError("panic: invalid memory address or nil pointer dereference")
    fields = fitted(value, OVERRIDE)
    for name in ("ignoreDifferences", "ignoreResourceUpdates"):
        read_go_value(fields.get(name, ""), IGNORED)
    source = SettingSource(BLOCK, entry)
    script, open_libs = fields.get("health.lua", ""), fields.get("health.lua.useOpenLibs")
    return SettingOverride(
        script, source if script else None, bool(open_libs), source if open_libs is not None else None
    )


def _read_key(key: str, value: str, overrides: dict[str, SettingOverride]) -> Iterator[SettingProblem]:
    if not key.startswith(BLOCK):
        return
    parts = key.split(".", 3)
    if len(parts) < 4:
        return
    kind = _kind(parts[3])
    if kind is None:
        yield SettingProblem(
            key, f"group kind should be in format `{BLOCK}.<type>.<group_kind>`, got group kind: '{parts[3]}'"
        )
        return
    what = parts[2]
    override = overrides.get(kind, SettingOverride())
    try:
        if what == "health":
            overrides[kind] = replace(override, script=value, script_from=SettingSource(key) if value else None)
        elif what == "useOpenLibs":
            overrides[kind] = replace(override, open_libs=_flag(value), open_libs_from=SettingSource(key))
        elif what in _SHAPES:
            read_go_value(value, _SHAPES[what])
        elif what not in TYPES:
            raise MisfitError(f"resource customization type {what} not supported")
    except (YamlError, MisfitError) as error:
        yield SettingProblem(key, str(error))


def _kind(group_kind: str) -> str | None:
    """``pulumi.com/Stack`` for ``pulumi.com_Stack``; None where Argo CD can't read it."""
    parts = group_kind.split("_")
    if len(parts) > 2 or not group_kind:
        return None
    return "*/*" if group_kind == "all" else "/".join(parts)


def _flag(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise MisfitError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def _checked(key: str, data: Mapping[str, str], check: Callable[[str], object]) -> Iterator[SettingProblem]:
    try:
        check(data.get(key, ""))
    except (YamlError, MisfitError) as error:
        yield SettingProblem(key, str(error))
