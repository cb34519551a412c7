"""What ``health test`` found out about one object."""

from __future__ import annotations

from dataclasses import dataclass, replace

from health.result import Health
from stacks.messages import without_outputs


@dataclass(frozen=True, slots=True)
class HealthTestResult:
    """An object's health, the one that was expected if one was, and the script that was asked.

    Where a file was only looked at for scripts, there is neither.
    """

    file: str
    kind: str
    name: str
    script: str
    expected: Health | None = None
    found: Health | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be. A script that raises never is."""
        return not self.error and (self.expected is None or self.expected == self.found)

    def found_to_be(self, found: Health | None) -> HealthTestResult:
        return replace(self, found=found)

    def without_outputs(self) -> HealthTestResult:
        """Of a live object: somebody's check may repeat all that an update printed, outputs too."""
        found = self.found
        if found is None:
            return self
        message, deletion = without_outputs(found.message), without_outputs(found.deletion_message)
        return replace(self, found=replace(found, message=message, deletion_message=deletion))

    def failed(self, error: str) -> HealthTestResult:
        return replace(self, error=error)
