"""Whom enforcing rules name, as the kernel is told."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from detector.capture.wire import CLAUSE, CLAUSES, ClauseUse
from detector.rules.enforceable import Callers, Named

_END = struct.pack(CLAUSE.format, ClauseUse.END, 0, 0, b"", 0, 0, 0, 0, 0, 0)


def encode_clauses(named: tuple[Named, ...], *, blind: bool = False) -> list[bytes]:
    """Make a `struct toctrace_clause` of each clause, with what ends them in every other place.

    `blind`: stop blind calls too, where a rule names them.
    """
    encoded = [
        _encode(use, number, callers, blind=blind and one.blind)
        for number, one in enumerate(named)
        for use, callers in _clauses(one)
    ]
    return encoded + [_END] * (CLAUSES - len(encoded))


def _clauses(named: Named) -> Iterator[tuple[ClauseUse, Callers]]:
    for callers in named.callers:
        yield ClauseUse.NAMED, callers
    for callers in named.excepted:
        yield ClauseUse.EXCEPTED, callers


def _encode(use: ClauseUse, rule: int, callers: Callers, *, blind: bool) -> bytes:
    uid, gid, cgroup = callers.uid, callers.gid, callers.cgroup
    ranges = (uid.least, uid.most, gid.least, gid.most, cgroup.least, cgroup.most)
    return struct.pack(CLAUSE.format, use, rule, blind, b"", *ranges)
