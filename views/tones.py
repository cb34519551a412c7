"""What each word that a reader may see is drawn in: which tone it has, and how a tone looks.

Both stand here and nowhere else, for the board, pages, printed tables and trees. Health has the colours of Argo CD's
own pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from diagnosis.finding import BROKEN, MISLEADS, NOTE, PROBLEM, WAITING
from health.check_kinds import BUILT_IN, CHANGED, NONE, OTHER, OURS
from health.checks import is_heading
from stacks.phases.phase import Phase, is_broken

if TYPE_CHECKING:
    from fleet.stack_objects.object_tree import TreeNode

Tone: TypeAlias = Literal["", "good", "busy", "bad", "odd", "dim", "name", "strong", "head", "label"]
"""A word for a meaning, not a colour; the empty one where there is nothing to notice. Many words share a tone: for a
colour that is one word's alone, add a tone, its style, and the word's line in its table.
"""


class ToneStyle(NamedTuple):
    """How a tone looks: a variable of the screen's theme, and the code of an SGR sequence in printed text."""

    says: str
    colour: str = ""
    bold: bool = False
    sgr: str = ""


STYLES: Mapping[Tone, ToneStyle] = {
    "good": ToneStyle("as it should be", "$text-success", sgr="32"),
    "busy": ToneStyle("on its way, or not there yet", "$text-warning", sgr="33"),
    "bad": ToneStyle("wrong", "$text-error", bold=True, sgr="31"),
    "odd": ToneStyle("unusual, or not known", "$text-accent", sgr="35"),
    "dim": ToneStyle("of little interest", "$text-muted", sgr="2"),
    "name": ToneStyle("what a row is called", bold=True),
    "strong": ToneStyle("what stands out in a text", bold=True, sgr="1"),
    "head": ToneStyle("a heading", "$text-primary", bold=True, sgr="36"),
    "label": ToneStyle("the name of a value", "$text-muted"),
}
"""What the themes make of their variables: `tui/shell/themes.py`; where the screen bends this: `tui/app.tcss`."""
PROBLEM_SEVERITY: Mapping[str, Tone] = {"error": "bad", "warning": "busy", "note": "odd"}
"""how bad it is what lint finds"""
HEALTH: Mapping[str, Tone] = {
    "Degraded": "bad",
    "Missing": "busy",
    "Progressing": "busy",
    "Suspended": "odd",
    "Unknown": "odd",
    "Healthy": "good",
}
"""what a check says"""
CONTRADICTED: Mapping[str, Tone] = {"Healthy !": "bad", "Progressing !": "bad"}
"""words of health as they are shown in a row that is broken though the check says that it isn't"""
HEALTH_COUNTED = ("Degraded", *CONTRADICTED, *(word for word in HEALTH if word != "Degraded"))
"""in the order in which the words are counted over a table: what is broken comes first"""
SYNC: Mapping[str, Tone] = {"Synced": "good", "OutOfSync": "busy", "Unknown": "odd"}
OPERATION: Mapping[str, Tone] = {
    "Succeeded": "good",
    "Running": "busy",
    "Waiting for retry": "busy",
    "Terminating": "busy",
    "Failed": "bad",
    "Error": "bad",
}
RESOURCE: Mapping[str, Tone] = {**SYNC, "Synced": "", "SyncFailed": "bad", "PruneSkipped": "busy", "": ""}
"""how a resource of an Application compares, or what the last sync did to it; most are Synced, which needs no colour"""
RUN: Mapping[str, Tone] = {
    "succeeded": "good", "running": "busy", "pending": "busy", "failed": "bad", "cut off": "bad",
}  # fmt: skip
"""how a run of pulumi stands, by an Update or a log"""
STEP: Mapping[str, Tone] = {
    "create": "good", "update": "busy", "delete": "bad", "replace": "odd", "import": "odd", "same": "dim",
}  # fmt: skip
"""what a run does to a resource"""
LOG_LINE: Mapping[str, Tone] = {
    "error": "bad", "warning": "busy", "title": "strong", "summary": "strong", "detail": "dim", "link": "odd",
}  # fmt: skip
"""what a line of pulumi's output is"""
RISK: Mapping[str, Tone] = {"low": "good", "medium": "odd", "high": "bad"}
"""how much damage a change can do"""
RIGHT: Mapping[str, Tone] = {"yes": "good", "no": "bad", "not known": "odd"}
"""whether a change that is planned would be allowed"""
CHANGE: Mapping[str, Tone] = {
    "looking": "dim", "seen": "", "to send": "strong", "nothing to do": "dim", "can't": "bad",
    "under way": "busy", "done": "good", "failed": "bad", "not in time": "odd", "not sent": "odd",
}  # fmt: skip
"""how far one of several changes is"""
CONDITION: Mapping[str, Tone] = {"Ready": "good", "Reconciling": "busy", "Stalled": "bad"}
"""a condition of PKO that is true"""
EVENT: Mapping[bool, Tone] = {True: "bad", False: ""}
"""an Event, by whether it is a warning"""
FINDING: Mapping[str, Tone] = {
    "": "bad", BROKEN: "bad", PROBLEM: "bad", MISLEADS: "odd", WAITING: "busy", NOTE: "", "fine": "good",
}  # fmt: skip
"""the severity of the worst finding about an Argo CD; the empty word: its context can't be asked"""
CHECK_ORIGIN: Mapping[str, Tone] = {OURS: "good", CHANGED: "odd", OTHER: "odd", BUILT_IN: "", NONE: "dim"}
"""what judges a kind in an Argo CD"""
DIFFERENCE: Mapping[str, Tone] = {"!=": "busy", "<": "odd", ">": "odd", "?": "odd", "same": "dim"}
"""how two Stacks compare, by the word that it begins with"""
_DIFF_LINE: Mapping[str, Tone] = {"+": "good", "-": "bad", "@": "head"}
STANDING: Mapping[str, Tone] = {"broken": "bad", "working": "busy", "ready": "good"}
"""what the Stacks of a context are counted by, in this order"""
CONTEXT_STATE: Mapping[str, Tone] = {
    "connected": "good", "connecting": "busy", "restricted": "odd", "absent": "odd", "behind": "bad", "lost": "bad",
}  # fmt: skip

LEASE: Mapping[str, Tone] = {"held": "", "nobody": "bad", "?": "odd"}
"""whether an operator leads, by its Lease"""


def health_tone(word: str) -> Tone:
    """The tone of a health word as it is shown; one that Argo CD doesn't know, or none at all, is odd."""
    return HEALTH.get(word) or CONTRADICTED.get(word, "odd")


def health_word(status: str, *, broken: bool) -> str:
    """A word of health as it is shown in a row: marked where the row is broken and the word says that it isn't."""
    marked = f"{status} !"
    return marked if broken and marked in CONTRADICTED else status


def sync_tone(word: str) -> Tone:
    return SYNC.get(word, "odd")


def phase_tone(phase: Phase, rank: int) -> Tone:
    return "bad" if is_broken(rank) else phase.kind.tone


def standing(phase: Phase, rank: int) -> str:
    """How a Stack in this phase stands, a word of `STANDING`: broken, ready, or on its way."""
    if is_broken(rank):
        return "broken"
    return "working" if phase.kind.tone else "ready"


def tree_tone(node: TreeNode) -> Tone:
    """The tone of the state of an object in a Stack's tree: health where it has one, its mood elsewhere."""
    if node.health:
        return HEALTH.get(node.health, "")
    return node.mood or ("odd" if node.state == "hidden" else "")


def difference_tone(words: str) -> Tone:
    """The tone of what differs between two Stacks, by the sign that it begins with."""
    return DIFFERENCE.get(words.partition(" ")[0], "")


def diff_tone(lines: Sequence[str], place: int) -> Tone:
    """The tone of a line of a unified diff by what it says: added, removed, a place, or as it was."""
    return "strong" if is_heading(lines, place) else _DIFF_LINE.get(lines[place][:1], "")


def unless_good(tone: Tone) -> Tone:
    """The tone, but none for good: where most rows are well, only the others should stand out."""
    return "" if tone == "good" else tone
