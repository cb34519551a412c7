"""What the operator does with the Stack of the first wave, and what the Application is then to show by our check."""

from __future__ import annotations

from dataclasses import dataclass

from e2e.chain.operators import Obj, given_up, recorded, retried_for_ever

WAITS_FOR_FIRST = "waiting for healthy state of pulumi.com/Stack/first"
WAITS_FOR_ITS_END = "waiting for deletion of pulumi.com/Stack/first"


@dataclass(frozen=True)
class Step:
    """`phase` and `says` are the sync's, `health` is the Application's; what `lasts` is worth watching."""

    happens: str
    saved: Obj
    phase: str
    health: str
    says: str = ""
    lasts: bool = False


def waiting(happens: str, saved: Obj) -> Step:
    """Nothing comes of it: the sync goes on waiting."""
    return Step(happens, saved, "Running", "Progressing", WAITS_FOR_FIRST, lasts=True)


def failing(happens: str, saved: Obj, says: str) -> Step:
    return Step(happens, saved, "Failed", "Degraded", says)


SUCCEEDS = Step("succeeds", recorded("01h"), "Succeeded", "Progressing", "the stack has been processed")
PREVIEWS = Step("previews", recorded("07a"), "Succeeded", "Progressing", "preview only: nothing was applied")
REFUSES_THE_SPEC = failing(
    "refuses the spec", recorded("05a"), 'SpecInvalid: only one of "commit" or "branch" should be specified'
)
FAILS_ONCE = waiting("fails once", recorded("02a"))
FAILS_THRICE = waiting("fails for the 3rd time", recorded("02c"))
FAILS_ON = failing("fails for the 4th time, and will try again", retried_for_ever("02c", 3), "up failed 4 times")
GIVES_UP = failing("gives up", recorded("02d"), "UpdateFailed: up failed 3 times; not retrying")

DESTROYS = waiting("destroys", recorded("13b"))
FAILS_TO_DESTROY = waiting("fails to destroy", recorded("13c"))
GIVES_UP_TO_DESTROY = failing("gives up to destroy", given_up("13c"), "")
DESTRUCTION = (DESTROYS, FAILS_TO_DESTROY, GIVES_UP_TO_DESTROY)

LIVES = {
    "a first run": (
        waiting("waits for its workspace", recorded("01d")),
        waiting("updates", recorded("01f")),
        SUCCEEDS,
    ),
    "a failure that heals": (FAILS_ONCE, SUCCEEDS),
    "given up by PKO 2.9": (FAILS_THRICE, GIVES_UP),
    "its Program comes later": (waiting("finds no Program", recorded("18a")), SUCCEEDS),
    "its prerequisite isn't ready": (waiting("waits for another Stack", recorded("06d")), SUCCEEDS),
    "a preview": (PREVIEWS,),
}
