"""What backends of Pulumi keep outside of any cluster: stacks, who has locked one, and which tokens are refused.

It stays as it is while pods and operators come and go.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from demo.server.objects import stamp

_LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  {file}: created by {holder} at {time}"
)
_LOGIN = "Logging in using access token from PULUMI_ACCESS_TOKEN\n"
_REFUSED = f"{_LOGIN}error: Unauthorized: No credentials provided or are invalid.\n"
_UNSET = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n"


@dataclass(eq=False)
class PulumiBackend:
    """Stacks are named in full, such as `acme/shop/web`."""

    stacks: set[str] = field(default_factory=set)
    _locks: dict[str, str] = field(default_factory=dict)
    """of each locked stack the line of its lock: the file, who made it, and when"""
    _refused_tokens: set[str] = field(default_factory=set)

    def find(self, name: str, project: str) -> str | None:
        """The stack of this name, which may be given without what a workspace of `project` knows anyway."""
        if name in self.stacks:
            return name
        return next((each for each in sorted(self.stacks) if each.split("/")[-2:] == [project, name]), None)

    def lock(self, stack: str, url: str, holder: str, since: float) -> None:
        """Somebody's update begins outside of the cluster; `holder` is such as `ci@runner-7 (pid 4711)`."""
        file = f"{url}/.pulumi/locks/{stack}/{uuid.uuid5(uuid.NAMESPACE_URL, stack)}.json"
        self._locks[stack] = _LOCKED.format(file=file, holder=holder, time=stamp(since))

    def locked(self, stack: str) -> str:
        """What a run is told that meets the lock; empty where there is none."""
        return self._locks.get(stack, "")

    def unlock(self, stack: str) -> None:
        self._locks.pop(stack, None)

    def refuse(self, token: str) -> None:
        """From now on the token is one that has expired."""
        self._refused_tokens.add(token)

    def refusal(self, token: str) -> str:
        """What is said to who logs in with this token; empty where it is good."""
        if not token:
            return _UNSET
        return _REFUSED if token in self._refused_tokens else ""
