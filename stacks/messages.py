"""What Pulumi said, out of the wrapping that the operator puts around it.

A failed update's message is the whole of the CLI's stdout and stderr. Its outputs section can hold
values nobody meant to show, so it is left out wherever the message is shown.
"""

from __future__ import annotations

import re

from stacks.redaction import MASK
from stacks.text import plain

_WRAPPED = re.compile(
    r"^(?:up|preview|refresh|destroy) failed: (?P<why>.*?)\ncode: -?\d+\nstdout: (?P<out>.*)\nstderr: (?P<err>.*)$",
    re.DOTALL,
)
_ERROR = re.compile(r"^\s*(?:error: )(?P<what>\S.*)$", re.MULTILINE)
_OUTPUTS = re.compile(
    r"\s*(?:std(?:out|err):\s*)?(?:outputs\s*(?:\(\d+\)\s*)?:|--outputs:--)\s*(?:\([^()\n]*\)\s*)?$", re.IGNORECASE
)
_NEXT_SECTION = re.compile(
    r"(?:resources|duration|diagnostics|polic(?:y|ies)(?: [\w ]{1,40})?|permalink|view (?:live|in browser)[^:]{0,40}"
    r"|std(?:out|err)|code|(?:fatal )?error|warning|info|(?:updat|preview|refresh|destroy)ing(?: \w{1,20})? \([^)]*\)"
    r"|more information at)\s*(?:\(\d+\)\s*)?:"
    r"|[-+~<>=\s]*[A-Za-z_][\w.-]*:[\w./-]+:[\w.-]+: \(\w",
    re.IGNORECASE,
)
_SAYS_NOTHING = ("update failed", "preview failed", "an unhandled error occurred", "Program failed")


def headline(message: str) -> str:
    """The one line of a failed update's message that explains it best; empty for an empty message."""
    wrapped = _WRAPPED.match(message)
    body = f"{wrapped['err']}\n{wrapped['out']}" if wrapped else message
    errors = [found["what"].strip() for found in _ERROR.finditer(body)]
    telling = [line for line in errors if not line.startswith(_SAYS_NOTHING)]
    if telling or errors:
        return (telling or errors)[0]
    if wrapped and wrapped["err"].strip():
        return wrapped["err"].strip().splitlines()[-1].strip()
    return next((line.strip() for line in message.splitlines() if line.strip()), "")


def without_outputs(message: str) -> str:
    """The message without what stands under ``Outputs:``, or ``--outputs:--`` where the CLI shows a diff.

    A section of outputs ends where the CLI's next section begins, or with the next resource's step. Any other line at
    the margin goes on with an output of several lines.
    """
    if "utput" not in message and "UTPUT" not in message:
        return message
    kept: list[str] = []
    hiding = False
    for line in message.split("\n"):
        seen = _as_seen(line)
        if hiding and not ends_outputs(seen):
            continue
        hiding = begins_outputs(seen)
        kept.append(f"{seen.rstrip()} {MASK}" if hiding and not seen.rstrip().endswith(MASK) else line)
    return "\n".join(kept)


def begins_outputs(line: str) -> bool:
    """Whether outputs stand under this line, coloured or not."""
    return _OUTPUTS.match(_as_seen(line)) is not None


def ends_outputs(line: str) -> bool:
    """Whether this line, coloured or not, is the first one behind a section of outputs."""
    return _NEXT_SECTION.match(_as_seen(line)) is not None


def _as_seen(line: str) -> str:
    return line if line.isprintable() else plain(line)
