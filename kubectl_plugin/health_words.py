"""What the verbs of ``health`` that look at clusters say alike: what is hidden, and text from a cluster on one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from fleet.argocd.raw import Hidden
from fleet.argocd.survey import Survey
from health.kinds import KINDS
from stacks.messages import without_outputs
from stacks.text import plain, without_userinfo

_LONGEST = 400
_WHOLE = 20_000


def said(text: str) -> str:
    """A text from a cluster as a part of a line."""
    line = " ".join(without_userinfo(plain(text)).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def message_said(message: str, longest: int = _LONGEST) -> str:
    """What a check says of an object, on one line: another's check may repeat an update's whole output."""
    text = without_outputs(plain(message[:_WHOLE]))
    line = said(text)
    return line if len(line) <= longest else f"{line[:longest]}…"


def each_hidden(seen: Survey) -> Iterator[tuple[str, Hidden]]:
    """What may not be read, with its context."""
    for sighting in seen.sightings:
        for hidden in sighting.hidden:
            yield sighting.context, hidden


def shape_of_hidden(context: str, hidden: Hidden) -> dict[str, Any]:
    return {"context": context, "what": plain(hidden.what), "why": plain(hidden.why)}


def tell_hidden(seen: Survey) -> None:
    """Say on stderr what makes the answer a partial one, and where there was nothing at all."""
    for context, hidden in each_hidden(seen):
        print(f"partial: {context}: {said(hidden.what)} may not be read: {said(hidden.why)}", file=sys.stderr)
    for context, why in seen.unseen.items():
        print(f"error: {context}: {why}", file=sys.stderr)
    if not seen.instances and not seen.unseen:
        doubt = " that may be seen" if any(True for _ in each_hidden(seen)) else ""
        places = ", ".join(sighting.context for sighting in seen.sightings)
        print(f"there is no Argo CD{doubt} in {places}", file=sys.stderr)


def chosen_kinds(options: argparse.Namespace) -> tuple[str, ...]:
    """The kinds that are meant: as with ``install``, Stack where none is named."""
    return KINDS if options.all_kinds else tuple(dict.fromkeys(options.kinds)) or KINDS[:1]
