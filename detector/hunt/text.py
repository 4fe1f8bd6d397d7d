"""A hunt's results for a person, every line within 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from detector.hunt.answer import Answer, Moment, Summary
from detector.hunt.keys import KEYS, Key
from detector.hunt.outcome import Outcome
from detector.hunt.store import Store
from detector.hunt.stretch import STRETCHES
from detector.model.finding import Severity
from detector.render import colour as paints
from detector.render.moment import for_a_person
from detector.render.safe import WIDTH, columns, fit, pad, paragraph
from detector.render.verdict import counted

MOST_VALUES = 10
"""Values of a key that are shown; JSON Lines have all."""
MOST_BROKEN = 20
"""Recordings that are shown to be broken or set aside; JSON Lines have all."""
_INDENT = 14
_VALUE, _HOST, _BAR = 29, 12, 40
_MINUTE, _SECOND = len("2026-11-25 01:02"), len("2026-11-25 01:02:03")


def hunt_text(store: Store, *, first_seen: bool, colour: bool) -> Iterator[str]:
    """Write what was found, line by line."""
    summary = store.summary()
    yield paints.paint("Hunt", paints.TITLE, colour=colour)
    yield from _summary(summary)
    yield from _broken(store.outcomes(), colour=colour)
    yield from _moments(list(store.moments()), colour=colour)
    for key in KEYS:
        yield from _answers(key, store.answers(key, first_seen=first_seen), first_seen, colour)


def _summary(summary: Summary) -> Iterator[str]:
    states = _counts(summary.states)
    size = f"{summary.size / (1 << 20):,.1f} MiB"
    hosts = counted(summary.hosts, "host")
    told = f"{counted(summary.recordings, 'recording')} of {hosts}, {size}: {states}"
    yield from paragraph("  recordings", told, _INDENT)
    incomplete = f", {summary.incomplete:,} incomplete" if summary.incomplete else ""
    yield from paragraph("  calls", f"{summary.calls:,} judged{incomplete}", _INDENT)
    if summary.hosts:
        began, ended = for_a_person(summary.began_ns), for_a_person(summary.ended_ns)
        yield from paragraph("  watched", f"from {began} to {ended}", _INDENT)
        error = f"brought to wall time, give or take {_seconds(summary.error_ns)}"
        yield from paragraph("  clocks", error, _INDENT)
    found = f"{summary.findings:,}: {_counts(summary.severities)}" if summary.findings else "none"
    yield from paragraph("  findings", found, _INDENT)
    if summary.suppressed:
        yield from paragraph("  excepted", f"{summary.suppressed:,} by rules' exceptions", _INDENT)


def _broken(outcomes: Iterable[Outcome], *, colour: bool) -> Iterator[str]:
    left = 0
    shown = (one for one in outcomes if one.state.broken or one.state.aside)
    for number, outcome in enumerate(shown):
        if number == 0:
            title = "Recordings that are broken, or set aside"
            yield from ("", paints.paint(title, paints.DOUBTFUL, colour=colour))
        if number < MOST_BROKEN:
            yield f"  {fit(outcome.recording, WIDTH - 2)}"
            yield f"    {fit(f'{outcome.state.value}: {outcome.reason}', WIDTH - 4)}"
        else:
            left += 1
    if left:
        yield f"  and {left:,} more"


def _moments(moments: list[Moment], *, colour: bool) -> Iterator[str]:
    """Draw the findings over time; a stretch without any is passed over by a line of its own."""
    if not moments:
        return
    title = f"Over time, {STRETCHES[moments[0].length_ns]} a line (UTC)"
    yield from ("", paints.paint(title, paints.TITLE, colour=colour))
    most = max(moment.findings for moment in moments)
    before = None
    for moment in moments:
        if before is not None and moment.from_ns > before:
            yield "  ..."
        before = moment.from_ns + moment.length_ns
        bar = "#" * max(1, moment.findings * _BAR // most)
        style = paints.SEVERITY[Severity(moment.severity)]
        told = f"  {_second(moment.from_ns)} {moment.findings:>11,}  "
        yield told + paints.paint(bar, style, colour=colour)


def _answers(key: Key, answers: Iterator[Answer], first_seen: bool, colour: bool) -> Iterator[str]:  # noqa: FBT001
    shown = list(islice(answers, MOST_VALUES))
    if not shown:
        return
    order = "the newest first" if first_seen else "the rare ones first"
    yield from ("", paints.paint(f"By {key.name}, {order}", paints.TITLE, colour=colour))
    yield f"  {'':{_VALUE}}{'findings':>10}{'hosts':>7}  {'first seen':{_MINUTE}}  on"
    for answer in shown:
        value = "unknown" if answer.value is None else fit(answer.value, WIDTH - 2)
        if columns(value) > _VALUE:
            yield f"  {value}"
            value = ""
        where = f"{_minute(answer.first_ns)}  {fit(answer.first_host, _HOST)}"
        yield f"  {pad(value, _VALUE)}{answer.findings:>10,}{answer.hosts:>7,}  {where}"
    left = sum(1 for _ in answers)
    if left:
        yield f"  and {left:,} more"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in counts.items())


def _minute(unix_ns: int) -> str:
    return for_a_person(unix_ns)[:_MINUTE]


def _second(unix_ns: int) -> str:
    return for_a_person(unix_ns)[:_SECOND]


def _seconds(length_ns: int) -> str:
    """Write an error for a person, never too small."""
    microseconds = -(-length_ns // 1000)
    if microseconds < 1000:  # noqa: PLR2004
        return f"{microseconds} us"
    milliseconds = -(-length_ns // 1_000_000)
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.3f} s"  # noqa: PLR2004
