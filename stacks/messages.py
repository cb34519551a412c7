"""What Pulumi said, out of the wrapping that the operator puts around it.

A failed update's message is the whole of the CLI's stdout and stderr. Its outputs section can hold
values nobody meant to show, so it is left out wherever the message is shown.
"""

from __future__ import annotations

import re

_WRAPPED = re.compile(
    r"^(?:up|preview|refresh|destroy) failed: (?P<why>.*?)\ncode: -?\d+\nstdout: (?P<out>.*)\nstderr: (?P<err>.*)$",
    re.DOTALL,
)
_ERROR = re.compile(r"^\s*(?:error: )(?P<what>\S.*)$", re.MULTILINE)
_OUTPUTS = re.compile(r"\s*(?:std(?:out|err):\s*)?(?:outputs:|--outputs:--)\s*$", re.IGNORECASE)
_NEXT_SECTION = re.compile(r"\S|[-+~<>=\s]*[\w.-]+:[\w./-]+:[\w.-]+: \(\w")
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

    A section of outputs ends where a line begins at the margin, or with the next resource's step.
    """
    kept: list[str] = []
    hiding = False
    for line in message.split("\n"):
        if hiding and not _NEXT_SECTION.match(line):
            continue
        hiding = _OUTPUTS.match(line) is not None
        kept.append(f"{line.rstrip()} (not shown)" if hiding else line)
    return "\n".join(kept)
