"""Whom enforcing rules name, as bytes."""

from __future__ import annotations

import struct

from detector.capture.clauses import encode_clauses
from detector.capture.wire import CLAUSE, CLAUSES, ClauseUse
from detector.rules.enforceable import LARGEST, MOST_CLAUSES, Callers, Named, Span

ALL = (0, LARGEST)


def decoded(named: tuple[Named, ...], *, blind: bool = False) -> list[tuple[int, ...]]:
    clauses = encode_clauses(named, blind=blind)
    assert len(clauses) == CLAUSES
    read = [struct.unpack(CLAUSE.format, clause) for clause in clauses]
    ended = [fields[0] for fields in read].index(ClauseUse.END)
    assert all(fields[0] == ClauseUse.END for fields in read[ended:])
    return [(*fields[:3], *fields[4:]) for fields in read[:ended]]


def test_each_clause_carries_its_rules_number_and_its_use() -> None:
    first = Named(rule="a", callers=(Callers(uid=Span(3, 5)),), excepted=(Callers(gid=Span(1, 1)),))
    second = Named(rule="b", callers=(Callers(cgroup=Span(7, LARGEST)),), blind=True)
    assert decoded((first, second), blind=True) == [
        (ClauseUse.NAMED, 0, 0, 3, 5, *ALL, *ALL),
        (ClauseUse.EXCEPTED, 0, 0, *ALL, 1, 1, *ALL),
        (ClauseUse.NAMED, 1, 1, *ALL, *ALL, 7, LARGEST),
    ]


def test_blind_calls_are_stopped_only_where_that_is_asked_for() -> None:
    assert decoded((Named(rule="b", callers=(Callers(),), blind=True),))[0][2] == 0


def test_nobody_named_is_nothing_but_ends() -> None:
    assert decoded(()) == []


def test_rules_may_make_as_many_clauses_as_the_kernel_has_room_for() -> None:
    assert MOST_CLAUSES == CLAUSES
