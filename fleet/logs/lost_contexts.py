"""Which contexts can't be reached at present, over all the logs and lists that wait for them."""

from __future__ import annotations

from fleet.logs.log_events import About, context_of


class LostContexts:
    """A cluster that is lost is lost to all its logs: its loss is news once for each reason, and its return once."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        """the lost contexts, and the newest reason of each"""
        self._waiting: dict[str, set[About]] = {}
        self._known_reasons: dict[str, set[str]] = {}

    def __contains__(self, context: str) -> bool:
        return context in self.reasons

    def __bool__(self) -> bool:
        return bool(self.reasons)

    def add(self, about: About, reason: str) -> bool:
        """This waits for its cluster now; says whether that, or the reason, is news of the context."""
        context = context_of(about)
        self._waiting.setdefault(context, set()).add(about)
        known = self._known_reasons.setdefault(context, set())
        if context in self.reasons and reason in known:
            return False
        self.reasons[context] = reason
        known.add(reason)
        return True

    def remove(self, about: About) -> bool:
        """This waits for its cluster no more; says whether with it the context is back."""
        context = context_of(about)
        waiting = self._waiting.get(context, set())
        waiting.discard(about)
        if waiting or self.reasons.pop(context, None) is None:
            return False
        self._known_reasons.pop(context, None)
        return True
