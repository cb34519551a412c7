"""Which clusters an Argo CD deploys to, out of its cluster Secrets. Only where the user has allowed it.

Such a Secret holds credentials beside the name and the address. The struct below has no field for
them, so they are never decoded, and the answer's bytes are gone with this function.
"""

from __future__ import annotations

import binascii
from base64 import b64decode

import msgspec

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from stacks.text import plain


class _Data(msgspec.Struct):
    name: str = ""
    server: str = ""


class _Secret(msgspec.Struct):
    data: _Data | None = None


class _Secrets(msgspec.Struct):
    items: list[_Secret] = []


async def registered_clusters(connection: Connection, namespace: str) -> dict[str, str]:
    """Name -> server of the clusters that the Argo CD in this namespace knows; empty if it may not be read."""
    params = {"labelSelector": "argocd.argoproj.io/secret-type=cluster"}
    try:
        raw = await connection.get(f"/api/v1/namespaces/{namespace}/secrets", params)
        secrets = msgspec.json.decode(raw, type=_Secrets)
    except (ClusterError, msgspec.DecodeError):
        return {}
    found = ((_text(s.data.name), _text(s.data.server)) for s in secrets.items if s.data)
    return {name: server for name, server in found if name and server}


def _text(encoded: str) -> str:
    try:
        return plain(b64decode(encoded, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return ""
