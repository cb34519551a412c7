"""What can go wrong between us and a cluster, each as a sentence a person can act on.

Two branches matter to most callers: with an `ApiError` the cluster is alive and has decided, with
anything else nobody knows. Texts are cleaned here, once: a server, a proxy and a credential plugin
can all put escape sequences, or a secret, into what they say.
"""

# ruff: noqa: N818  (a refusal is called what it is: Forbidden, not ForbiddenError)

from __future__ import annotations

from stacks.text import one_line, plain

LONGEST = 300
"""characters of a sentence"""


def presentable(text: str, longest: int = LONGEST) -> str:
    """One line that can be shown anywhere: no control characters, nothing that looks like a secret, not too long."""
    line = one_line(plain(text[: longest * 8]))
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


class ClusterError(Exception):
    """Something between us and a cluster; `str()` of it may be shown as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(presentable(sentence))


class KubeconfigError(ClusterError):
    """The kubeconfig doesn't say where the cluster is."""


class CredentialError(ClusterError):
    """There is no way to log in."""


class Unreachable(ClusterError):
    """No answer: name, network, proxy, TLS, or a connection that broke off. Whether a change was made isn't known."""


class Silent(Unreachable):
    """The peer keeps the connection open and sends nothing, not even a bookmark."""


class Garbled(ClusterError):
    """What came isn't what a Kubernetes API server sends."""


class TooLarge(Garbled):
    """The answer is longer than any that is read at once."""


class ApiError(ClusterError):
    """The API server's own refusal. `reason` is its one-word code, such as ``AlreadyExists``."""

    def __init__(self, status: int, reason: str = "", message: str = "", retry_after: float | None = None) -> None:
        self.status = status
        self.reason = presentable(reason, 60)
        self.message = presentable(message)
        self.retry_after = retry_after
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        return self.message or f"the cluster answered {self.status}{f' {self.reason}' if self.reason else ''}"


class Unauthorized(ApiError):
    """The credentials aren't accepted, or no longer."""

    def _sentence(self) -> str:
        return f"the cluster doesn't accept the credentials ({self.status})"


class Forbidden(ApiError):
    """Known, and not allowed."""


class NotFound(ApiError):
    """No such object, or no such kind."""


class Conflict(ApiError):
    """Somebody else was faster, or owns what we wanted to change."""


class Gone(ApiError):
    """The place in history that was asked for has been forgotten; start over from a list."""


class Unacceptable(ApiError):
    """The request makes no sense to this server."""


class TooManyRequests(ApiError):
    """Asked to slow down."""


class ServerError(ApiError):
    """The server, or something it depends on, is in trouble."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: Unacceptable,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Unacceptable,
    429: TooManyRequests,
}


def api_error(status: int, reason: str = "", message: str = "", retry_after: float | None = None) -> ApiError:
    """The class of ApiError that this HTTP status stands for, with what the server said about it."""
    kind = ServerError if status >= 500 else _BY_STATUS.get(status, ApiError)
    return kind(status, reason, message, retry_after)
