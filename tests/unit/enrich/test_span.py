from __future__ import annotations

import msgspec
import pytest

from detector.enrich.span import read_span
from detector.model.stage import Stage
from tests.unit.enrich.fake_proc import make_argument, make_call, task_of


@pytest.mark.parametrize(
    ("maxnode", "length", "end"),
    [
        (65, 8, 8),
        (66, 16, 16),
        (1024 + 64 + 1, 128, 136),  # the word past MAX_NUMNODES is read too
        (0, 8, 8),
        (2**63, 128, 4096),
    ],
)
def test_the_span_is_what_the_kernel_reads(maxnode: int, length: int, end: int) -> None:
    argument = make_argument("old_nodes", 0x1000, length=length)
    call = make_call(task_of(7), argument, maxnode=maxnode)
    assert read_span(call, argument) == (0x1000, 0x1000 + end)


def test_a_32_bit_caller_has_words_of_four_bytes() -> None:
    argument = make_argument("old_nodes", 0x1000, length=4)
    call = msgspec.structs.replace(make_call(task_of(7), argument, maxnode=34), abi="i386")
    assert read_span(call, argument) == (0x1000, 0x1008)


def test_a_null_mask_and_one_seen_only_in_the_kernel_have_no_span() -> None:
    argument = make_argument("old_nodes", 0)
    assert read_span(make_call(task_of(7), argument), argument) is None
    used = msgspec.structs.replace(argument, looks={Stage.USE: argument.looks[Stage.ENTRY]})
    assert read_span(make_call(task_of(7), used), used) is None
