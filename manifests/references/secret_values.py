"""Which values of manifests are secrets in clear, and which only stand in the place of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from manifests.document import Document
from manifests.problem import FieldPath
from stacks.redaction import names_a_secret, refers_to_a_secret

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LAST_WORDS = frozenset(
    {
        "algorithm", "alg", "arn", "audience", "backend", "charset", "class", "client", "column", "count", "days",
        "disabled", "driver", "duration", "enabled", "engine", "env", "field", "format", "group", "header", "host",
        "id", "ids", "index", "interval", "issuer", "label", "length", "limit", "manager", "max", "method", "min",
        "mode", "mount", "owner", "policy", "port", "prefix", "project", "region", "required", "role", "rotation",
        "schedule", "scope", "scopes", "server", "service", "size", "store", "strategy", "suffix", "timeout", "usage",
        "user", "username", "vault",
    }
)  # fmt: skip
"""last words of names of settings about a secret"""
_BEFORE_KEY = frozenset({"password", "passwd", "passphrase", "token", "credentials"})
"""words before a last `key`: ``DB_PASSWORD_KEY`` is the name of a key, ``SECRET_KEY`` a secret"""
_NAME_OF_A_KEY = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z]+)*")
_SETTING = re.compile(r"(?i)true|false|yes|no|on|off|none|null|-?[0-9]{1,3}|/[^\n]*|\.{1,2}/[^\n]*|[a-z0-9]+://[^\s@]*")
"""values that are settings or say where a secret is: switches, small numbers, paths, addresses without a login"""
_PLACEHOLDER = re.compile(
    r"(?is)\s*<[^<>]*>\s*|\s*\$(?-i:[A-Z][A-Z0-9_]+)\s*|.*\$\{.*|.*\$\([A-Za-z_].*|.*\{\{.*|ref\+.*|\s*ENC\[.*|vault:.*|(?:re)?place-?_?holder"
    r"|change-?_?me|redacted|todo|x{3,}|\*{3,}|\.{3}|replace[-_ ]?me"
)
"""values that something fills in later: of argocd-vault-plugin, envsubst, Helm, vals, SOPS, vault-env, and people's"""
_ARGO_CD_SETTINGS = frozenset(
    {
        "type", "url", "name", "project", "insecure", "enableLfs", "enableOCI", "forceHttpBasicAuth", "proxy",
        "noProxy", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "useAzureWorkloadIdentity",
        "depth", "server", "namespaces", "clusterResources", "shard", "username", "insecureIgnoreHostKey",
    }
)  # fmt: skip
"""keys of Argo CD's Secrets for repositories and clusters that are settings"""
_LOGIN_OF_CLUSTER = re.compile(r'"(?:bearerToken|password|keyData)"\s*:\s*"[^"]')
_PUBLIC = ("ca.crt", "tls.crt", "ca.pem", "known_hosts", "ssh_known_hosts")


def is_secret_value(name: str, value: Any) -> bool:
    """Whether a value under this name is a secret in clear: a password-like name, and more than a setting."""
    if not isinstance(value, str) or _SETTING.fullmatch(value.strip()) or not holds_something(value):
        return False
    words = _WORD.findall(name)
    last = [word.lower() for word in words[-2:]]
    if last and last[-1] in _LAST_WORDS:
        return False
    if last[1:] in (["key"], ["keys"]) and last[0] in _BEFORE_KEY and _NAME_OF_A_KEY.fullmatch(value.strip()):
        return False
    return names_a_secret(name) and not refers_to_a_secret(name)


def holds_something(value: Any) -> bool:
    """Whether it is a text that isn't empty, and no placeholder."""
    return isinstance(value, str) and value.strip() != "" and _PLACEHOLDER.fullmatch(value) is None


def is_encrypted(secret: Document) -> bool:
    """Whether SOPS has encrypted it."""
    return isinstance(secret.at("sops"), dict)


def values_in_clear(secret: Document) -> Iterator[FieldPath]:
    """The keys of a Secret that hold something to keep."""
    of_argo_cd = secret.labels.get("argocd.argoproj.io/secret-type") in ("repository", "repo-creds", "cluster")
    for field in ("stringData", "data"):
        for key, value in secret.mapping(field).items():
            if not isinstance(key, str) or not holds_something(value) or key in _PUBLIC:
                continue
            if of_argo_cd and (
                key in _ARGO_CD_SETTINGS or (key == "config" and _LOGIN_OF_CLUSTER.search(value) is None)
            ):
                continue
            yield field, key
