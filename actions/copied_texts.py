"""Texts of an object that a plan sends back as they stand there: shown without what looks like a secret.

Whoever wrote the object may have put one there. What is sent stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stacks.redaction import without_credentials


def masked_copies(copied: Iterable[str]) -> dict[str, str]:
    """What is shown in the place of each text that looks as if it held a secret; the longest texts first."""
    masked = {text: without_credentials(text) for text in sorted(copied, key=len, reverse=True)}
    return {text: shown for text, shown in masked.items() if shown != text}


def with_masks(value: Any, masked: Mapping[str, str]) -> Any:
    """The same JSON value with these texts masked."""
    if isinstance(value, dict):
        return {key: with_masks(one, masked) for key, one in value.items()}
    if isinstance(value, list):
        return [with_masks(one, masked) for one in value]
    return masked.get(value, value) if isinstance(value, str) else value


def without_copied(written: str, masked: Mapping[str, str]) -> str:
    """JSON, or a line for a shell with JSON in it, with these texts masked."""
    for text, shown in masked.items():
        there, instead = json.dumps(text)[1:-1], json.dumps(shown)[1:-1]
        written = written.replace(there, instead).replace(_in_quotes(there), _in_quotes(instead))
    return written


def _in_quotes(text: str) -> str:
    """As `shlex` writes it between single quotes."""
    return text.replace("'", "'\"'\"'")
