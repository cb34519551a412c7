"""What lint finds in one Stack, while its page is open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.board.rows import Key
from fleet.fleet import Fleet

if TYPE_CHECKING:
    from fleet.live_lint.lint_watch import LintWatch
    from manifests.problem import Problem

_AFTER = 1.0
"""seconds after which a page begins with it: what else it shows comes first"""


class StackLint:
    """Looks at the Stack's namespace, and knows besides what a look at all contexts has found."""

    def __init__(self, fleet: Fleet, key: Key, holder: Key | None) -> None:
        self._fleet, self._key, self._holder = fleet, key, holder
        self._around: LintWatch | None = None

    @property
    def version(self) -> int:
        """Grows whenever there may be something new to draw."""
        return self._around.version if self._around is not None else 0

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        await asyncio.sleep(_AFTER)
        await asyncio.to_thread(_load_rules)
        self._around = self._fleet.lint_around(self._key, self._holder)
        await self._around.follow(lambda: [self._key.context])

    def problems(self) -> Sequence[Problem]:
        """What is found by now, each place once."""
        if self._around is None:
            return ()
        found = {(each.rule, each.path): each for each in self._around.of_stack(self._key)}
        for each in self._fleet.lint_watch.of_stack(self._key):
            found.setdefault((each.rule, each.path), each)
        return list(found.values())


def _load_rules() -> None:
    """Bring the rules in beside the screen: that takes longer than a page may take to open."""
    import fleet.live_lint.lint_watch  # noqa: F401
