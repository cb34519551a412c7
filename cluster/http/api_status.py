"""The API server's own account of a refusal: a ``Status`` object, in a response or in a watch."""

from __future__ import annotations

import msgspec

from cluster.errors import ApiError, refusal


class _Details(msgspec.Struct):
    retry_after: float = msgspec.field(default=0.0, name="retryAfterSeconds")


class ApiStatus(msgspec.Struct):
    kind: str = ""
    code: int = 0
    reason: str = ""
    message: str = ""
    details: _Details | None = None


_decode = msgspec.json.Decoder(ApiStatus).decode


def read_status(raw: bytes | msgspec.Raw) -> ApiStatus | None:
    """None for anything else, such as a proxy's page: that may hold anything, and isn't repeated."""
    try:
        status = _decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return status if status.kind == "Status" else None


def refused(code: int, phrase: str, retry_after: float | None, raw: bytes | msgspec.Raw) -> ApiError:
    """The error of an answer: what its Status says, or else what HTTP itself says."""
    status = read_status(raw)
    if status is None:
        return refusal(code, phrase, "", retry_after)
    if retry_after is None and status.details is not None and status.details.retry_after > 0:
        retry_after = status.details.retry_after
    return refusal(code or status.code, status.reason, status.message, retry_after)
