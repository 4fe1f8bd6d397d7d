"""Times and durations in writing."""

from __future__ import annotations

from datetime import UTC, datetime

_SECOND = 1_000_000_000
_MINUTE_S, _HOUR_S = 60, 3600


def rfc3339(unix_ns: int) -> str:
    """Write a wall time, ns since 1970, in RFC 3339, UTC, with nanoseconds."""
    seconds, rest = divmod(unix_ns, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def for_a_person(unix_ns: int) -> str:
    """Write a wall time for a person: UTC, to the millisecond."""
    seconds, rest = divmod(unix_ns, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d} UTC"


def duration(length_ns: int) -> str:
    """Write a duration for a person."""
    seconds = max(length_ns, 0) / _SECOND
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), _MINUTE_S)
    if minutes < _MINUTE_S:
        return f"{minutes} min {rest} s"
    return f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S} min"
