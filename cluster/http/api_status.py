"""The error that an answer stands for: from its ``Status`` object, in which an API server says why it refuses."""

from __future__ import annotations

import msgspec

from cluster.errors import ApiError, api_error


class _Details(msgspec.Struct):
    retry_after: float = msgspec.field(default=0.0, name="retryAfterSeconds")


class _Status(msgspec.Struct):
    kind: str = ""
    code: int = 0
    reason: str = ""
    message: str = ""
    details: _Details | None = None


_decode = msgspec.json.Decoder(_Status).decode


def error_of_answer(code: int, phrase: str, retry_after: float | None, body: bytes | msgspec.Raw) -> ApiError:
    """What its Status says, or else what HTTP itself says: `code` and `phrase` (0 and empty inside a watch)."""
    status = _read_status(body)
    if status is None:
        return api_error(code, phrase, "", retry_after)
    if retry_after is None and status.details is not None and status.details.retry_after > 0:
        retry_after = status.details.retry_after
    return api_error(code or status.code, status.reason, status.message, retry_after)


def _read_status(raw: bytes | msgspec.Raw) -> _Status | None:
    """None for anything else, such as a proxy's page: that may hold anything, and isn't repeated."""
    try:
        status = _decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return status if status.kind == "Status" else None
