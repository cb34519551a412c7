"""What judges a kind in an Argo CD: our check, somebody else's, the built-in one, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from health import builtin, checks
from health.argocd_cm.settings import ArgoCDSettings
from health.check_kinds import BUILT_IN, CHANGED, NONE, OTHER, OURS, STACK
from health.result import ArgoCDVersion


@dataclass(frozen=True, slots=True)
class CheckInForce:
    """The check in force for a kind.

    `origin` is ``ours``; ``changed``, ours by its header and another by its text; ``other``; ``built-in``; ``none``.
    `source` is the key it stands in. `shadows`: without it the built-in one would be asked.
    """

    kind: str
    origin: str
    version: int | None = None
    script: str = ""
    open_libs: bool = False
    source: str = ""
    pattern: str = ""
    shadows: bool = False

    @property
    def current(self) -> bool:
        """Whether it is ours, of the version that this program brings."""
        return self.origin == OURS and self.version == our_version(self.kind)

    def __str__(self) -> str:
        where = f", from {self.source}" if self.source else ""
        match self.origin:
            case "ours":
                brings = "" if self.current else f" (this program brings {our_version(self.kind)})"
                return f"ours, version {self.version}{brings}{where}"
            case "changed":
                return f"ours, version {self.version}, changed by hand{where}"
            case "other":
                return f"somebody else's{where}"
            case "built-in":
                return "the one that Argo CD brings"
        return "none"


def our_version(kind: str) -> int | None:
    return checks.version(checks.source(*kind.split("/")))


def check_in_force(reading: ArgoCDSettings, kind: str, release: ArgoCDVersion) -> CheckInForce:
    """What judges this kind."""
    has_built_in = kind == STACK and release >= builtin.SINCE
    found = reading.in_force(kind)
    script = found.override.script
    if not script:
        return CheckInForce(kind, BUILT_IN if has_built_in else NONE)
    version = checks.version(script)
    origin = OTHER if version is None else OURS
    if origin == OURS and version == our_version(kind) and not checks.same(script, checks.source(*kind.split("/"))):
        origin = CHANGED
    return CheckInForce(
        kind,
        origin,
        version,
        script,
        found.override.open_libs,
        str(found.override.script_from or ""),
        found.pattern,
        has_built_in,
    )
