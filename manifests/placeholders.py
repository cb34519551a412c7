"""Names, addresses and other values in which something is filled in before they reach a cluster."""

from __future__ import annotations

import re
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{|\{%|<%|\$\{|\$\(|@@?[A-Z]\w*@@?|%[A-Z]\w*%|__[A-Z]\w*__|<[A-Za-z][^<>]*>")
"""of Helm, Jinja, envsubst, Argo CD's plugins, Kustomize, and people's; none can be part of a name of Kubernetes"""


def has_placeholder(value: Any) -> bool:
    """Whether a text isn't yet the one that will stand there."""
    return isinstance(value, str) and not value.isalnum() and _PLACEHOLDER.search(value) is not None
