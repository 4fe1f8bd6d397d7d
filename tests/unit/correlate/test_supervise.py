"""What a supervisor was about to read, held against what the kernel then copied."""

from __future__ import annotations

import msgspec
import pytest

from detector.correlate.correlator import Correlator
from detector.model.judgement import Cut, Kind, Verdict
from detector.model.nodemask import nodes
from detector.model.snapshot import Content, Snapshot
from detector.model.stage import Stage
from tests.unit.builders import (
    ALL_ARMED,
    EFAULT,
    NEW,
    Mask,
    content,
    ladder,
    make_snapshot,
    unreadable,
)
from tests.unit.correlate.judging import WITHOUT_COPY, argument, judge_one, verdicts

A, B, C = content(0), content(1), content(2)
UNREAD = unreadable()
SUPERVISE_COPY = (Stage.SUPERVISE, Stage.COPY)
SUPERVISE_USE = (Stage.SUPERVISE, Stage.USE)
ENTRY_COPY = (Stage.ENTRY, Stage.COPY)


def supervised(look: Content, mask: Mask, *, returned: int = 0) -> list[Snapshot]:
    """Make a call whose supervisor was asked long before the entry."""
    first = make_snapshot(
        Stage.SUPERVISE, contents={"old_nodes": look, "new_nodes": NEW.entry}, time_ns=10
    )
    rest = ladder(masks={"old_nodes": mask}, returned=returned, began_ns=5_000_000_000)
    return [first, *(msgspec.structs.replace(s, sequence=s.sequence + 1) for s in rest)]


@pytest.mark.parametrize(
    ("look", "mask", "kind", "window", "changed"),
    [
        (A, Mask(A), None, None, ((), ())),
        (A, Mask(B), Kind.RACE, SUPERVISE_COPY, ((1,), (0,))),
        (A, Mask(B, exit=C), Kind.RACE, SUPERVISE_COPY, ((1,), (0,))),
        # put back before the call returned: tracks covered
        (A, Mask(B, exit=A), Kind.RESTORE, SUPERVISE_COPY, ((1,), (0,))),
        # the entry's look tells more where it is deceived, too
        (A, Mask(B, copy=C, exit=C), Kind.RACE, ENTRY_COPY, ((2,), (1,))),
        (B, Mask(A, copy=B, exit=B), Kind.RACE, ENTRY_COPY, ((1,), (0,))),
        (A, Mask(B, copy=C, exit=B), Kind.RESTORE, ENTRY_COPY, ((2,), (1,))),
        # a stronger kind of the supervisor's goes before a weaker one of the entry's
        (A, Mask(UNREAD, copy=B, exit=B), Kind.RACE, SUPERVISE_COPY, ((1,), (0,))),
        (UNREAD, Mask(A), Kind.BLIND, SUPERVISE_COPY, ((0,), ())),
        (UNREAD, Mask(A, copy=B, exit=B), Kind.RACE, ENTRY_COPY, ((1,), (0,))),
        (A, Mask(A, use=B), Kind.TAMPER, (Stage.COPY, Stage.USE), ((1,), (0,))),
        (A, Mask(A, exit=B), Kind.LATE, (Stage.COPY, Stage.EXIT), ((1,), (0,))),
    ],
)
def test_a_supervisors_look_makes_the_kinds_that_an_entrys_makes(
    look: Content,
    mask: Mask,
    kind: Kind | None,
    window: tuple[Stage, Stage] | None,
    changed: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    found = argument(judge_one(supervised(look, mask)))
    assert (found.kind, found.window) == (kind, window)
    assert (nodes(found.came), nodes(found.went)) == changed


def test_what_only_the_supervisor_could_read_was_withdrawn() -> None:
    call = judge_one(supervised(A, Mask(UNREAD, exit=UNREAD, returned=EFAULT), returned=EFAULT))
    found = argument(call)
    assert verdicts(found)["supervise-copy"] is Verdict.WITHDRAWN
    assert verdicts(found)["entry-copy"] is Verdict.SAME
    assert (found.kind, found.window) == (Kind.RACE, SUPERVISE_COPY)


def test_the_supervisor_alone_is_deceived() -> None:
    found = argument(judge_one(supervised(A, Mask(B))))
    told = {o.stage: (o.believed, o.deceived) for o in found.observers}
    assert told == {
        Stage.SUPERVISE: (A.data, True),
        Stage.ENTRY: (B.data, False),
        Stage.EXIT: (B.data, False),
    }
    assert next(iter(found.looks)) is Stage.SUPERVISE


def test_without_the_copy_the_use_stands_in() -> None:
    items = [s for s in supervised(A, Mask(B)) if s.stage is not Stage.COPY]
    renumbered = [msgspec.structs.replace(s, sequence=n) for n, s in enumerate(items)]
    found = argument(judge_one(renumbered, WITHOUT_COPY))
    assert verdicts(found)["supervise-use"] is Verdict.CHANGED
    assert (found.kind, found.window) == (Kind.RACE, SUPERVISE_USE)
    assert [o.deceived for o in found.observers] == [True, False, False]


def test_a_call_without_a_supervisor_has_no_such_pair() -> None:
    call = judge_one(ladder())
    assert all(pair.earlier is not Stage.SUPERVISE for a in call.arguments for pair in a.pairs)


def test_the_long_decision_of_a_supervisor_is_no_loss() -> None:
    items = supervised(A, Mask(A))
    correlator = Correlator(armed=ALL_ARMED)
    judged = [call for item in items for call in correlator.feed(item)]
    assert [call.cut for call in judged] == [None]
    assert judged[0].began_ns == 10


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_look_or_entry_is_a_loss(lost: int) -> None:
    items = supervised(A, Mask(A))
    del items[lost]
    call = judge_one(items)
    assert call.cut is Cut.LOST
    assert call.kind is None
