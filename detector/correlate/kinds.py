"""The kind of race that one argument shows, its window, and the bits that came and went."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from detector.correlate import compare
from detector.correlate.looks import Looks, Sight
from detector.correlate.pairs import (
    COPY_EXIT,
    COPY_USE,
    ENTRY_COPY,
    ENTRY_EXIT,
    ENTRY_PIECES,
    ENTRY_USE,
    EXACT_USE,
    PIECES_EXIT,
    SUPERVISE_COPY,
    SUPERVISE_USE,
    USE_EXIT,
    Window,
    unused_changed,
)
from detector.model.form import Form
from detector.model.judgement import Kind, Pair, Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """What one argument shows."""

    kind: Kind
    window: tuple[Stage, Stage]
    came: bytes
    went: bytes


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A kind holds when its window's pair has one of the verdicts, and `also` agrees."""

    kind: Kind
    window: Window
    verdicts: frozenset[Verdict]
    also: Callable[[Looks], bool] = lambda _: True


def _restored(looks: Looks) -> bool:
    """Whether entry's and exit's bits agree, around a copy that succeeded."""
    return looks.copy_returned == 0 and _put_back(looks, looks.entry)


def _restored_for_supervisor(looks: Looks) -> bool:
    """The same of what a supervisor was about to read, and exit."""
    return looks.copy_returned == 0 and _put_back(looks, looks.supervise)


def _entry_put_back(looks: Looks) -> bool:
    """Whether entry's and exit's bits were all read and agree."""
    return _put_back(looks, looks.entry)


def _put_back(looks: Looks, earlier: Content | None) -> bool:
    """What is past MAX_NUMNODES decides EINVAL alone, and the kernel found it clear."""
    return (
        earlier is not None
        and looks.exit is not None
        and not earlier.unread
        and not looks.exit.unread
        and not compare.differ(earlier, looks.exit)
        and {earlier.beyond, looks.exit.beyond} != {True, False}
    )


def _exit_reads_more(looks: Looks) -> bool:
    """Whether exit read what entry could not: an exit that itself is blind makes no kind."""
    return (
        looks.entry is not None
        and looks.exit is not None
        and compare.reads_more(looks.entry, looks.exit)
    )


def _held_back(looks: Looks) -> bool:
    """Whether a page may have been kept from who looked at entry.

    The first touch of a program's own constants or fresh memory is common, and honest.
    """
    return looks.held_back


def _held_back_until_exit(looks: Looks) -> bool:
    return looks.held_back and _exit_reads_more(looks)


CHANGED = frozenset({Verdict.CHANGED})
DECEIVING = frozenset({Verdict.CHANGED, Verdict.WITHDRAWN})
UNSEEN = frozenset({Verdict.BLIND})

OBSERVED = (
    Row(kind=Kind.TAMPER, window=COPY_USE, verdicts=CHANGED),
    Row(kind=Kind.RESTORE, window=ENTRY_COPY, verdicts=CHANGED, also=_restored),
    Row(kind=Kind.RESTORE, window=SUPERVISE_COPY, verdicts=CHANGED, also=_restored_for_supervisor),
    Row(kind=Kind.RACE, window=ENTRY_COPY, verdicts=DECEIVING),
    Row(kind=Kind.RACE, window=SUPERVISE_COPY, verdicts=DECEIVING),
    Row(kind=Kind.BLIND, window=ENTRY_COPY, verdicts=UNSEEN),
    Row(kind=Kind.BLIND, window=SUPERVISE_COPY, verdicts=UNSEEN),
    Row(kind=Kind.LATE, window=COPY_EXIT, verdicts=CHANGED),
)
"""Where the copy can be observed: the first row that holds. Of one kind, the shorter window goes
first."""

UNOBSERVED = (
    Row(kind=Kind.RACE, window=ENTRY_USE, verdicts=CHANGED),
    Row(kind=Kind.RACE, window=SUPERVISE_USE, verdicts=CHANGED),
    Row(kind=Kind.RACE, window=ENTRY_EXIT, verdicts=CHANGED),
    Row(kind=Kind.BLIND, window=ENTRY_USE, verdicts=UNSEEN),
    Row(kind=Kind.BLIND, window=SUPERVISE_USE, verdicts=UNSEEN),
    Row(kind=Kind.BLIND, window=ENTRY_EXIT, verdicts=UNSEEN, also=_exit_reads_more),
)
"""Where it cannot: never late, restore or tamper, as nobody saw what the kernel copied."""

EXACT = (
    Row(kind=Kind.RESTORE, window=EXACT_USE, verdicts=CHANGED, also=_entry_put_back),
    Row(kind=Kind.RACE, window=EXACT_USE, verdicts=CHANGED),
    Row(kind=Kind.BLIND, window=EXACT_USE, verdicts=UNSEEN, also=_held_back),
    Row(kind=Kind.LATE, window=USE_EXIT, verdicts=CHANGED),
)
"""Where the use is the copy: never tamper, as there is no earlier copy to hold it against."""

IN_PIECES = (
    Row(kind=Kind.RESTORE, window=ENTRY_PIECES, verdicts=CHANGED, also=_entry_put_back),
    Row(kind=Kind.RACE, window=ENTRY_PIECES, verdicts=CHANGED),
    Row(kind=Kind.RACE, window=ENTRY_EXIT, verdicts=CHANGED, also=unused_changed),
    Row(kind=Kind.BLIND, window=ENTRY_PIECES, verdicts=UNSEEN, also=_held_back),
    Row(kind=Kind.BLIND, window=ENTRY_EXIT, verdicts=UNSEEN, also=_held_back_until_exit),
    Row(kind=Kind.LATE, window=PIECES_EXIT, verdicts=CHANGED),
)
"""Where the use is seen of some elements, and of the others nothing is."""

ENDS = (
    Row(kind=Kind.RACE, window=ENTRY_EXIT, verdicts=CHANGED),
    Row(kind=Kind.BLIND, window=ENTRY_EXIT, verdicts=UNSEEN, also=_held_back_until_exit),
)
"""Where nothing of the kernel's can be seen."""

ROWS: dict[Sight, tuple[Row, ...]] = {
    Sight.COPY: OBSERVED,
    Sight.LATER: UNOBSERVED,
    Sight.USE: EXACT,
    Sight.PIECES: IN_PIECES,
    Sight.NOTHING: ENDS,
}
"""The rows, by what can be seen of the kernel's side."""


def find_race(looks: Looks, pairs: tuple[Pair, ...]) -> Race | None:
    """Find the first kind that holds; None when no pair that was seen shows one."""
    verdicts = {(pair.earlier, pair.later): pair.verdict for pair in pairs}
    for row in ROWS[looks.sight]:
        verdict = verdicts.get(row.window.stages)
        if verdict in row.verdicts and row.also(looks):
            came, went = _bits(looks, row.window, verdict)
            return Race(
                kind=row.kind,
                window=row.window.stages,
                came=compare.as_mask(came),
                went=compare.as_mask(went),
            )
    return None


def _bits(looks: Looks, window: Window, verdict: Verdict | None) -> tuple[int, int]:
    """Give the bits that came and went between the window's two looks.

    Withdrawn: all that entry saw went. Blind: what the later look read where the earlier could
    not came. A copy refused for what lies past MAX_NUMNODES has no bits to compare. What is no
    mask has no bits of which each means something.
    """
    if looks.argument.form is not Form.NODEMASK:
        return 0, 0
    earlier, later = (_at(looks, stage) for stage in window.stages)
    if earlier is None or later is None:
        return 0, 0
    if verdict is Verdict.WITHDRAWN:
        return 0, compare.number(earlier)
    if window.later is Stage.COPY and looks.copy_failed:
        return 0, 0
    if verdict is Verdict.BLIND:
        return compare.number(later) & compare.unread(earlier) & ~compare.unread(later), 0
    came, went = compare.came(earlier, later), compare.went(earlier, later)
    if window.later is Stage.USE and looks.sight is not Sight.COPY and looks.argument.narrowed:
        # The kernel may honestly have taken these away, and its raw copy was not seen.
        went = 0
    return came, went


def _at(looks: Looks, stage: Stage) -> Content | None:
    content: Content | None = getattr(looks, stage.value)
    return content
