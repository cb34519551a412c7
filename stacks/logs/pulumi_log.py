"""What a line of pulumi's output is: a resource's step, a diagnostic, a summary, or just text.

Recognised by form alone, for both of the CLI's displays (the diff that PKO asks for, and the plain
progress of refresh and destroy). What isn't recognised is text, and shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["title", "step", "error", "warning", "summary", "outputs", "detail", "link", "text"]
Verb: TypeAlias = Literal["create", "update", "delete", "replace", "same", "read", "refresh", "import", ""]


@dataclass(frozen=True, slots=True)
class LineMark:
    """What a line is; for a step also what is done to which type of resource, for a summary how many."""

    kind: Kind
    verb: Verb = ""
    what: str = ""
    count: int = 0


TEXT = LineMark("text")
OPERATIONS: Mapping[str, str] = {
    "Updating": "up",
    "Previewing update": "preview",
    "Previewing": "preview",
    "Destroying": "destroy",
    "Refreshing": "refresh",
}

_TITLE = re.compile(r"(Updating|Previewing(?: \w+)?|Destroying|Refreshing) \((?P<stack>[^)]*)\)")
_DIFF_STEP = re.compile(r"[-+~><=*\s]*(?P<type>[\w.-]+:[\w./-]*:[\w.-]+): \((?P<verb>[a-z-]+)\)")
_PROGRESS_STEP = re.compile(
    r"[-+~><=*@\s]*(?P<type>[\w.-]+:[\w./-]*:[\w.-]+)\s+\S+\s+(?:\*\*)?"
    r"(?P<verb>creat|updat|delet|replac|refresh|read|import)(?:ing|e?d)?\b(?P<failed> failed| .*failed)?"
)
_SUMMARY = re.compile(
    r"\s+[-+~><=*\s]*(?P<count>\d+) (?:to )?"
    r"(?P<verb>created?|updated?|deleted?|replaced?|unchanged|imported?|read|refreshed?)$"
)
_SUMMARY_HEAD = re.compile(r"(?:Resources:|Duration: )")
_ERROR = re.compile(r"\s*(?:(?:fatal )?[Ee]rror: |panic: |\*\*.*failed)")
_WARNING = re.compile(r"\s*[Ww]arning: ")
_DETAIL = re.compile(r"\s+\[(?:urn|id|provider)=")
_LINK = re.compile(r"\s*(?:View (?:Live|in Browser)[^:]*|Permalink|More information at): (?P<url>https?://\S+)")
_OUTPUTS = re.compile(r"\s*(?:Outputs:|--outputs:--)")
_VERBS: Mapping[str, Verb] = {
    "same": "same",
    "unchanged": "same",
    "creat": "create",
    "updat": "update",
    "delet": "delete",
    "replac": "replace",
    "read": "read",
    "refresh": "refresh",
    "import": "import",
    "discard": "delete",
    "remov": "delete",
}


def mark(text: str) -> LineMark:
    """What this line of the program's output is. `text` is plain."""
    if found := _DIFF_STEP.match(text):
        return LineMark("step", _verb(found["verb"]), found["type"])
    if _ERROR.match(text):
        return LineMark("error")
    if found := _SUMMARY.match(text):
        return LineMark("summary", _verb(found["verb"]), count=int(found["count"]))
    if _DETAIL.match(text):
        return LineMark("detail")
    if found := _PROGRESS_STEP.match(text):
        return LineMark("error" if found["failed"] else "step", _verb(found["verb"]), found["type"])
    if _WARNING.match(text):
        return LineMark("warning")
    if found := _TITLE.match(text):
        return LineMark("title", what=found["stack"])
    if _SUMMARY_HEAD.match(text):
        return LineMark("summary")
    if _OUTPUTS.match(text):
        return LineMark("outputs")
    if found := _LINK.match(text):
        return LineMark("link", what=found["url"])
    return TEXT


def operation(text: str) -> str:
    """Which operation a title begins (``up``, ``preview``, ``destroy``, ``refresh``); empty for other lines."""
    found = _TITLE.match(text)
    return OPERATIONS.get(found[1], "preview") if found else ""


def _verb(word: str) -> Verb:
    """``create-replacement`` and ``delete-replaced`` are halves of a replacement."""
    if "replac" in word:
        return "replace"
    return next((verb for start, verb in _VERBS.items() if word.startswith(start)), "")
