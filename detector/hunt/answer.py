"""What a hunt answers."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True):
    """From when to when findings are asked for, in wall time, ns since 1970; None: no bound.

    A finding is left out only where its clock's error leaves no doubt.
    """

    since_ns: int | None = None
    until_ns: int | None = None
    """Excluded."""

    def may_hold(self, time_ns: int, error_ns: int) -> bool:
        """Whether a wall time may be within, as far as it is known."""
        return (self.since_ns is None or time_ns + error_ns >= self.since_ns) and (
            self.until_ns is None or time_ns - error_ns < self.until_ns
        )


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer", tag_field="type"):
    """All findings that have one value of one key."""

    by: str
    """The key's name."""
    value: str | None
    """None: not known."""
    findings: int
    hosts: int
    """How many hosts have any of them."""
    severity: str
    """The worst of them."""
    first_ns: int
    """Wall time of the first of them, ns since 1970."""
    first_host: str
    first_id: str
    """The sighting's id."""
    last_ns: int


class Moment(msgspec.Struct, frozen=True, kw_only=True, tag="moment", tag_field="type"):
    """The findings of one stretch of time."""

    from_ns: int
    """Wall time, ns since 1970."""
    length_ns: int
    findings: int
    hosts: int
    severity: str
    """The worst of them."""


class Summary(msgspec.Struct, frozen=True, kw_only=True, tag="hunt", tag_field="type"):
    """The whole hunt, in numbers."""

    recordings: int
    hosts: int
    calls: int
    """Calls that were judged, seen whole."""
    incomplete: int
    size: int
    """Bytes of all recordings."""
    suppressed: int
    """Findings that exceptions of rules kept silent."""
    findings: int
    severities: dict[str, int]
    states: dict[str, int]
    """How many recordings could be judged how far."""
    began_ns: int
    """Wall time at which the first recording begins; 0 where there is none."""
    ended_ns: int
    error_ns: int
    """Wall times of every host may be off by at most as much."""
