"""Names that say of a value that it is secret, as people name outputs and variables; not those of Kubernetes' fields.

A program may export a password without telling Pulumi that it is one. To hide too much costs a reader a look
into Pulumi Cloud; to hide too little can't be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

MASK = "(not shown)"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WITHIN = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|credential|kubeconfig|dockerconfig|apikey|accesskey|privatekey"
    r"|connectionstring|authorization"
)
"""whatever stands around them, also where words aren't told apart"""
_WORDS = frozenset({"pass", "pwd", "psk", "jwt", "bearer", "dsn", "literal"})
_LAST = frozenset({"key", "keys", "auth", "auths"})
_BEHIND_KEY = frozenset({"pem", "data", "base", "value", "material"})
_PRIVATE = frozenset({"cert", "certs", "certificate", "certificates", "pem"})
_WHOLE = frozenset({"data", "stringdata"})
_PRIVATE_KEY = "PRIVATE KEY-----"
_DEEPEST = 40
"""levels of a value that are looked through; what lies deeper isn't shown"""


def names_a_secret(name: str) -> bool:
    """Whether what bears this name is likely to be secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if joined in _WHOLE or _WITHIN.search(joined) or not _WORDS.isdisjoint(words):
        return True
    if "private" in words and not _PRIVATE.isdisjoint(words):
        return True
    while len(words) > 1 and words[-1] in _BEHIND_KEY:
        words.pop()
    return bool(words) and words[-1] in _LAST and "public" not in words


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The value, and in the place of every secret in it a few words."""
    if isinstance(value, str):
        return _text(value, depth)
    if not isinstance(value, Mapping | list):
        return value
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    pair = "value" in value and any(names_a_secret(str(value.get(naming, ""))) for naming in ("name", "key"))
    return {
        name: MASK
        if (pair and name == "value") or (names_a_secret(str(name)) and not _names_another(name, value))
        else without_secrets(item, depth + 1)
        for name, item in value.items()
    }


def _names_another(name: str, siblings: Mapping[str, Any]) -> bool:
    """``key`` beside ``value`` is a name, and not a key."""
    return name == "key" and "value" in siblings


def _text(text: str, depth: int) -> str:
    """A text may hold JSON."""
    if _PRIVATE_KEY in text:
        return MASK
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    clean = without_secrets(found, depth + 1)
    return text if clean == found else msgspec.json.encode(clean).decode()
