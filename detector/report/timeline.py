"""Findings against time: where each bar is. Pure."""

from __future__ import annotations

from collections import Counter

import msgspec

from detector.model.finding import Severity
from detector.render.moment import duration, for_a_person
from detector.report.judged import JudgedRecording

BINS = 120
_BIN, _HEIGHT, _LEFT, _BELOW = 7, 90, 40, 22
WIDTH = _LEFT + BINS * _BIN + 4
_LANE, _NAME = 22, 200
_MAP_BIN = 5


class Bar(msgspec.Struct, frozen=True):
    """Findings of one severity in one stretch of time."""

    severity: Severity
    x: int
    y: float
    width: int
    height: float
    title: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one recording, stacked by severity."""

    bars: tuple[Bar, ...]
    most: int
    """Findings in the fullest stretch."""
    began: str
    ended: str
    each: str
    """How long a stretch is."""
    width: int = WIDTH
    height: int = _HEIGHT + _BELOW
    base: int = _HEIGHT
    left: int = _LEFT


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One recording on the map of hosts against time."""

    name: str
    y: int
    x: float
    width: float
    """Where it was watched."""
    bars: tuple[Bar, ...]


class HostMap(msgspec.Struct, frozen=True, kw_only=True):
    """Every recording, one below the other, on one axis of wall time."""

    lanes: tuple[Lane, ...]
    began: str
    ended: str
    width: int = _NAME + BINS * _MAP_BIN + 4
    height: int
    left: int = _NAME


def timeline(recording: JudgedRecording) -> Timeline:
    """Draw one recording's findings against its time."""
    began, ended = span([recording])
    counts = _binned(recording, began, ended)
    most = max((sum(stretch.values()) for stretch in counts.values()), default=0)
    bars: list[Bar] = []
    each = (ended - began) // BINS
    for at, stretch in sorted(counts.items()):
        y = float(_HEIGHT)
        for severity in reversed(Severity):
            count = stretch[severity]
            if not count:
                continue
            height = round(max(1.5, count / most * (_HEIGHT - 12)), 1)
            y = round(y - height, 1)
            title = f"{count:,} {severity.value} from {for_a_person(began + at * each)}"
            bars.append(Bar(severity, _LEFT + at * _BIN, y, _BIN - 1, height, title))
    return Timeline(
        bars=tuple(bars),
        most=most,
        began=for_a_person(began),
        ended=for_a_person(ended),
        each=duration(each),
    )


def host_map(recordings: tuple[JudgedRecording, ...]) -> HostMap:
    """Draw all recordings on one axis."""
    began, ended = span(recordings)
    scale = BINS * _MAP_BIN / (ended - began)
    lanes: list[Lane] = []
    order = sorted(recordings, key=lambda one: (one.meta.host, one.observation.began_unix_ns))
    for number, one in enumerate(order):
        y = number * _LANE + 4
        first, last = span([one])
        bars = [
            Bar(
                min(stretch, key=lambda severity: severity.number),
                _NAME + at * _MAP_BIN,
                y,
                _MAP_BIN,
                _LANE - 8,
                f"{sum(stretch.values()):,} findings on {one.meta.host}",
            )
            for at, stretch in sorted(_binned(one, began, ended).items())
        ]
        lanes.append(
            Lane(
                name=one.meta.host,
                y=y,
                x=round(_NAME + (first - began) * scale, 1),
                width=max(2.0, round((last - first) * scale, 1)),
                bars=tuple(bars),
            )
        )
    return HostMap(
        lanes=tuple(lanes),
        began=for_a_person(began),
        ended=for_a_person(ended),
        height=len(lanes) * _LANE + 24,
    )


def span(recordings: list[JudgedRecording] | tuple[JudgedRecording, ...]) -> tuple[int, int]:
    """Give from when to when these were watched, findings included; never an empty stretch."""
    times = [
        moment
        for one in recordings
        for moment in (
            one.observation.began_unix_ns,
            one.observation.ended_unix_ns,
            *(when for when, _ in one.moments),
        )
    ]
    return min(times), max(*times, min(times) + BINS)


def _binned(recording: JudgedRecording, began: int, ended: int) -> dict[int, Counter[Severity]]:
    counts: dict[int, Counter[Severity]] = {}
    for when, severity in recording.moments:
        at = min(BINS - 1, (when - began) * BINS // (ended - began))
        counts.setdefault(at, Counter())[severity] += 1
    return counts
