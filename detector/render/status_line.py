"""How watching goes, in one line: rates, losses and sinks. Pure."""

from __future__ import annotations

import msgspec

from detector.model.observation import SinkState
from detector.render.colour import BAD, DOUBTFUL, paint
from detector.render.verdict import counted

_MINUTE, _HOUR = 60, 3600
_TENTHS = 100
"""Below so many a second, a rate is written with one decimal."""
_GAP = "  "


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands at one moment."""

    at_s: float
    """Seconds since watching began."""
    calls: int
    findings: int
    lost: int
    missing: int
    """Stages that are not armed."""
    sinks: tuple[SinkState, ...]


BEGUN = Standing(at_s=0.0, calls=0, findings=0, lost=0, missing=0, sinks=())


def status_line(now: Standing, before: Standing, width: int, *, colour: bool = False) -> str:
    """Write a line of at most `width` columns; rates are those since `before`.

    What is in order goes first where there is no room for all of it.
    """
    seconds = max(now.at_s - before.at_s, 1e-9)
    calls = f"{_rate(now.calls - before.calls, seconds)} calls/s"
    findings = f"{_rate(now.findings - before.findings, seconds)} findings/s"
    good, bad = _rest(now)
    choices = [
        [f"watching {_clock(now.at_s)}", calls, f"{findings} ({now.findings:,})", *good],
        [calls, f"{findings} ({now.findings:,})", *good],
        [calls, findings, *good],
        [calls, findings],
        [findings],
        [],
    ]
    for words in choices:
        parts = [(word, "") for word in words] + bad
        if parts and len(_GAP.join(word for word, _ in parts)) <= width:
            return _GAP.join(
                paint(text, style, colour=colour and bool(style)) for text, style in parts
            )
    return _GAP.join([word for word, _ in bad] or [calls, *good])[:width]


def _rest(now: Standing) -> tuple[list[str], list[tuple[str, str]]]:
    """Say of losses, stages and sinks what is in order; and what is not, with its style."""
    good: list[str] = []
    bad: list[tuple[str, str]] = []
    if now.lost:
        bad.append((f"{now.lost:,} LOST", BAD))
    else:
        good.append("0 lost")
    if now.missing:
        bad.append((f"{counted(now.missing, 'stage')} MISSING", BAD))
    failing = sum(bool(sink.failure) for sink in now.sinks)
    waiting = sum(sink.queued for sink in now.sinks)
    dropped = sum(sink.dropped for sink in now.sinks)
    if failing or dropped:
        bad.append((_ailing(failing, len(now.sinks), waiting, dropped), DOUBTFUL))
    elif now.sinks:
        good.append(f"{counted(len(now.sinks), 'sink')} up")
    return good, bad


def _ailing(failing: int, all_of_them: int, waiting: int, dropped: int) -> str:
    told = f"{failing} of {counted(all_of_them, 'sink')} DOWN, {waiting:,} waiting"
    return f"{told}, {dropped:,} DROPPED" if dropped else told


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours = f"{whole // _HOUR}:" if whole >= _HOUR else ""
    return f"{hours}{whole // _MINUTE % _MINUTE:02}:{whole % _MINUTE:02}"


def _rate(count: int, seconds: float) -> str:
    rate = count / seconds
    return f"{rate:,.0f}" if rate >= _TENTHS or not count else f"{rate:.1f}"
