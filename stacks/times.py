"""Instants and ages. Instants are seconds of the Unix epoch, as floats."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def instant(text: str) -> float | None:
    """The instant that an RFC 3339 text names; None if it names none, as Go's zero time, which means no time.

    None as well where it lies in no year that `rfc3339` can write, by its offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year <= 1:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).timestamp()
    except (OverflowError, ValueError):
        return None


def rfc3339(at: float) -> str:
    """The instant as Kubernetes writes it, in UTC and whole seconds."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_with_fraction(at: float) -> str:
    """The same to a microsecond, where it has to differ from every other."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def kubectl_age(seconds: float) -> str:
    """A span as kubectl prints it: ``41s``, ``3m10s``, ``41m``, ``5h20m``, ``3d4h``, ``12d``, ``2y13d``.

    A span that is negative by a clock's skew is ``0s``.
    """
    total = max(0, int(seconds))
    if total < 120:
        return f"{total}s"
    minutes, second = divmod(total, 60)
    if minutes < 10:
        return f"{minutes}m{second}s" if second else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours, minute = divmod(minutes, 60)
    if hours < 8:
        return f"{hours}h{minute}m" if minute else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    days, hour = divmod(hours, 24)
    if days < 8:
        return f"{days}d{hour}h" if hour else f"{days}d"
    if days < 2 * 365:
        return f"{days}d"
    years, day = divmod(days, 365)
    return f"{years}y{day}d" if years < 8 and day else f"{years}y"


def prose_span(seconds: float) -> str:
    """A span for prose and countdowns: one unit, or two where the second still says something (``1m10s``)."""
    total = max(0, int(seconds))
    if 60 <= total < 600:
        minutes, second = divmod(total, 60)
        return f"{minutes}m{second}s" if second else f"{minutes}m"
    return kubectl_age(total)


def since(text: str, now: float) -> str:
    """The age of an RFC 3339 instant, or ``?`` if it is none."""
    at = instant(text)
    return "?" if at is None else kubectl_age(now - at)
