from __future__ import annotations

import struct

from detector.capture.marks import Marked, decode_mark, seed_value
from detector.capture.wire import MARK, Seed


def test_a_mark_tells_both_namespaces_apart() -> None:
    value = struct.pack(MARK.format, 100, 101, 2, 3)
    assert decode_mark(value) == Marked(tgid=100, tid=101, ns_tgid=2, ns_tid=3)


def test_a_seed_is_four_bytes() -> None:
    assert seed_value(Seed.OWN) == b"\x02\0\0\0"
