"""Which script judges an object in ``health test``, and what is to be said of the script itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from health.argocd_cm.documents import SettingsDocument, settings_documents
from health.argocd_cm.settings import ArgoCDSettings, read_settings
from health.check_kinds import KINDS
from health.checks import source
from health.go.yaml import YamlError
from health.lua.portability import PortabilityIssue, findings
from health.lua.script import Script
from health.result import ArgoCDVersion, Health, ScriptError
from health.suites import SCRIPT, HealthSuite, InputError, read_objects, read_text


@dataclass
class LoadedScript:
    """A compiled script and where it stands. `broken` says why it doesn't compile.

    `needs_open_libs` becomes true where it says something else without open libraries, which is how argocd-cm runs it.
    """

    where: str
    lua: str
    open_libs: bool
    broken: str = ""
    needs_open_libs: bool = False
    _script: Script | None = None

    def __post_init__(self) -> None:
        try:
            self._script = Script(self.lua, open_libs=self.open_libs)
            self._closed = Script(self.lua) if self.open_libs else None
        except ScriptError as error:
            self.broken = str(error)

    def judge(self, obj: Mapping[str, Any], release: ArgoCDVersion) -> Health:
        """What the script says. Raises ScriptError."""
        if self._script is None:
            raise ScriptError(self.broken)
        return self._script.judge(obj, release)

    def compare_closed(self, obj: Mapping[str, Any], found: Health, release: ArgoCDVersion) -> None:
        """Keep in `needs_open_libs` whether it says something else than `found` without open libraries."""
        if self._closed is not None:
            try:
                self.needs_open_libs |= self._closed.judge(obj, release) != found
            except ScriptError:
                self.needs_open_libs = True

    def findings(self) -> list[PortabilityIssue]:
        """Where Argo CD's Lua is another one than ours."""
        return findings(self.lua, open_libs=self.open_libs)


@dataclass
class LoadedScripts:
    """All scripts of a run, each compiled once. `given` is ``--script``; `open_libs` None: what goes with each."""

    given: Path | None = None
    open_libs: bool | None = None
    _loaded: dict[tuple[str, str], LoadedScript] = field(default_factory=dict)

    def of_suite(self, suite: HealthSuite, kind: str) -> LoadedScript:
        """For an object of this kind in a suite: the script in its own kind's folder, else the one beside the tests."""
        if self.given is not None:
            return self.of_object(kind, suite.path)
        own = suite.path.parent / ".." / ".." / kind / SCRIPT
        other = kind != suite.kind and bool(kind) and own.is_file()
        return self._of_file(own if other else suite.script)

    def of_object(self, kind: str, where: Path | str) -> LoadedScript:
        """For an object in a file or a context: ``--script``, else ours. Raises InputError where there is none."""
        if self.given is not None:
            return self._of_file(self.given) if self.given.suffix == ".lua" else self._of_settings(self.given, kind)
        if kind not in KINDS:
            raise InputError(f"{where}: there is no check of ours for {kind or 'no kind'}; name one: --script FILE")
        return self._load(f"health/{kind}/{SCRIPT}", source(*kind.split("/")), open_libs=False)

    def in_place(self, path: Path, place: SettingsDocument) -> list[LoadedScript]:
        overrides = read_settings(place.data).overrides
        return [
            self._load(f"{path}: {override.script_from}", override.script, open_libs=override.open_libs)
            for override in overrides.values()
            if override.script
        ]

    def all(self) -> list[LoadedScript]:
        return list(self._loaded.values())

    def _of_file(self, path: Path) -> LoadedScript:
        return self._load(str(path), read_text(path), open_libs=True)

    def _of_settings(self, path: Path, kind: str) -> LoadedScript:
        for _, reading in readings(path):
            override = reading.in_force(kind).override
            if override.script:
                return self._load(f"{path}: {override.script_from}", override.script, open_libs=override.open_libs)
        raise InputError(f"{path}: no script for {kind}")

    def _load(self, where: str, lua: str, *, open_libs: bool) -> LoadedScript:
        wide = open_libs if self.open_libs is None else self.open_libs
        key = (where, lua)
        if key not in self._loaded:
            self._loaded[key] = LoadedScript(where, lua, wide)
        return self._loaded[key]


def readings(path: Path) -> list[tuple[SettingsDocument, ArgoCDSettings]]:
    """What the keys of argocd-cm in this file mean. Raises InputError where there are none."""
    found = [place for document in read_objects(path) for place in places_in(path, document)]
    if not found:
        raise InputError(
            f"{path}: no health check in it; it should be a .lua file, an argocd-cm or a patch of it, Helm values "
            "with configs.cm, or an ArgoCD resource"
        )
    return [(place, read_settings(place.data)) for place in found]


def places_in(path: Path, document: Mapping[str, object]) -> list[SettingsDocument]:
    """The places with keys of argocd-cm in a document. Raises InputError."""
    try:
        return list(settings_documents(document))
    except YamlError as error:
        raise InputError(f"{path}: a patch in it is not YAML: {error}") from None
