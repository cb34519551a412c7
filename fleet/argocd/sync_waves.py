"""What the health of its objects makes of an Application and of a sync of it, by Argo CD's rules for waves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.argocd.applications import DeliveredApplication, Held
from health.judge import FAILED, ShownHealth
from health.result import STATUSES

GOES_ON, WAITS, FAILS, ERRORS = "goes on", "waits", "fails", "ends in an error"
_PASSES = ("Healthy", "none")


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync does (`GOES_ON`, `WAITS`, `FAILS`, `ERRORS`), and because of which object; None where it goes on."""

    word: str = GOES_ON
    because: Held | None = None


def sync_outcome(app: DeliveredApplication, shown: Mapping[Held, ShownHealth]) -> SyncOutcome:
    """What the sync of this Application does if its objects are shown like this.

    A check that raises ends every sync. Otherwise the first wave counts that isn't healthy: what is Degraded in it
    fails the sync, anything else lets it wait, for ever if it stays so. The last wave is not waited for.
    """
    raising = next((held for held, one in shown.items() if one.word == FAILED), None)
    if raising is not None:
        return SyncOutcome(ERRORS, raising)
    waited = app.waited_for
    left = sorted((wave, held) for held, wave in waited.items() if held in shown and held not in app.passed)
    for wave in dict.fromkeys(wave for wave, _ in left):
        stopping = [held for at, held in left if at == wave and shown[held].word not in _PASSES]
        failing = [held for held in stopping if shown[held].word == "Degraded"]
        if stopping:
            return SyncOutcome(FAILS if failing else WAITS, (failing or stopping)[0])
    return SyncOutcome()


def summed(shown: Iterable[ShownHealth]) -> str:
    """The health of an Application that holds just these: the worst of them. An error makes it Unknown."""
    return max((one.counts_as for one in shown if one.counts_as), key=STATUSES.index, default="Healthy")


def health_after(reported: str, before: str, after: str) -> tuple[str, bool]:
    """The Application's health when what it holds of Pulumi goes from one sum to another, and whether that is sure.

    It isn't where the worst gets better: what else it holds may be as bad as the worst was.
    """
    if reported not in STATUSES or before not in STATUSES:
        return after, False
    worse = STATUSES.index(after) >= STATUSES.index(reported)
    others = STATUSES.index(reported) > STATUSES.index(before)
    return (after, True) if worse else (reported, True) if others else (after, False)
