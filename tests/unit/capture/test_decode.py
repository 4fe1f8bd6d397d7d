from __future__ import annotations

import errno
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.capture.decode import decode
from detector.capture.wire import CONTENT, CPUSET, SNAPSHOT, VERSION, Beyond, Flag, WireAbi
from detector.errors import RecordError
from detector.model.snapshot import Snapshot, Unread
from detector.model.stage import LADDER, Stage

OLD, NEW = 2, 3
EFAULT = -errno.EFAULT


def packed(record_format: str, names: list[str], values: dict[str, Any]) -> bytes:
    assert set(values) <= set(names)
    return struct.pack(record_format, *(values[name] for name in names))


def raw_content(**given_values: Any) -> bytes:
    """One content: 64 bits of ones in one page, unless said otherwise."""
    length = given_values.get("length", 8)
    values: dict[str, Any] = {
        "address": 0x1000,
        "bits": 8 * length,
        "length": length,
        "head": length,
        "head_error": 0,
        "tail_error": 0,
        "argument": OLD,
        "beyond": Beyond.CLEAR,
        "word": 8,
        "reserved": 0,
        "data": b"\xff" * length,
    }
    values.update(given_values)
    return packed(CONTENT.format, [name for name, _ in CONTENT.fields], values)


def raw_snapshot(*contents: bytes, **given_values: Any) -> bytes:
    values: dict[str, Any] = {name: 0 for name, _ in SNAPSHOT.fields}
    values.update(version=VERSION, stage=1, syscall=1, abi=WireAbi.X86_64, contents=len(contents))
    values.update(comm=b"racer", args=(11, 65, 0x1000, 0x2000, 0, 0))
    values.update(given_values)
    plain: list[Any] = []
    for name, _ in SNAPSHOT.fields:
        plain.extend(values[name] if name == "args" else (values[name],))
    return struct.pack(SNAPSHOT.format, *plain) + b"".join(contents)


def one_content(**given_values: Any) -> Any:
    return decode(raw_snapshot(raw_content(**given_values))).contents["old_nodes"]


def test_every_field_comes_through() -> None:
    snapshot = decode(
        raw_snapshot(
            raw_content(argument=OLD, data=b"\x01"),
            raw_content(argument=NEW, data=b"\x02", address=0x2000),
            raw_content(argument=CPUSET, data=b"\x03", address=0),
            stage=3,
            call=1 << 48 | 7,
            sequence=4,
            time_ns=5,
            cpu=6,
            task=0xFFFF888000001000,
            start_ns=8,
            cgroup=9,
            tgid=10,
            tid=11,
            ns_tgid=12,
            ns_tid=13,
            pid_namespace=14,
            uid=15,
            gid=16,
            lost=17,
        )
    )
    assert (snapshot.stage, snapshot.syscall, snapshot.abi) == (
        Stage.USE,
        "migrate_pages",
        "x86_64",
    )
    assert (snapshot.call, snapshot.sequence, snapshot.time_ns) == (1 << 48 | 7, 4, 5)
    assert (snapshot.cpu, snapshot.lost) == (6, 17)
    assert snapshot.args == (11, 65, 0x1000, 0x2000, 0, 0)
    assert snapshot.contents["old_nodes"].data == b"\x01" + bytes(7)
    assert snapshot.contents["new_nodes"].data == b"\x02" + bytes(7)
    assert snapshot.contents["new_nodes"].address == 0x2000
    assert snapshot.cpuset == b"\x03" + bytes(7)
    task = snapshot.task
    assert (task.address, task.start_ns, task.cgroup) == (0xFFFF888000001000, 8, 9)
    assert (task.tgid, task.tid, task.ns_tgid, task.ns_tid) == (10, 11, 12, 13)
    assert (task.pid_namespace, task.uid, task.gid, task.comm) == (14, 15, 16, "racer")


@pytest.mark.parametrize(("number", "stage"), list(enumerate(LADDER, start=1)))
def test_only_copy_and_exit_return_something(number: int, stage: Stage) -> None:
    snapshot = decode(raw_snapshot(stage=number, returned=-14))
    assert snapshot.stage is stage
    assert snapshot.returned == (-14 if stage in {Stage.COPY, Stage.EXIT} else None)


def test_a_content_read_whole_has_no_gap() -> None:
    content = one_content()
    assert content.data == b"\xff" * 8
    assert content.unread == ()
    assert content.whole


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("head", [8, 12, 16])
def test_a_missing_tail_takes_the_word_across_the_boundary_with_it(word: int, head: int) -> None:
    content = one_content(length=24, head=head, tail_error=EFAULT, word=word)
    start = head // word * word
    assert content.unread == (Unread(start, 24, errno.EFAULT),)
    assert content.data == b"\xff" * start + bytes(24 - start)


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("head", [8, 12, 16])
def test_a_missing_head_takes_the_word_across_the_boundary_with_it(word: int, head: int) -> None:
    content = one_content(length=24, head=head, head_error=EFAULT, word=word)
    end = -(-head // word) * word
    assert content.unread == (Unread(0, end, errno.EFAULT),)
    assert content.data == bytes(end) + b"\xff" * (24 - end)


def test_a_boundary_within_a_word_of_four_bytes_loses_that_word_alone() -> None:
    assert one_content(length=12, head=6, tail_error=EFAULT, word=4).unread == (
        Unread(4, 12, errno.EFAULT),
    )
    assert one_content(length=12, head=6, head_error=EFAULT, word=4).unread == (
        Unread(0, 8, errno.EFAULT),
    )


def test_both_pages_missing_is_one_gap() -> None:
    content = one_content(length=16, head=8, head_error=EFAULT, tail_error=EFAULT)
    assert content.unread == (Unread(0, 16, errno.EFAULT),)
    assert content.data == bytes(16)


@pytest.mark.parametrize(("bits", "kept"), [(1, b"\x01"), (8, b"\xff"), (13, b"\xff\x1f")])
def test_bits_that_the_kernel_masks_off_are_zero(bits: int, kept: bytes) -> None:
    content = one_content(bits=bits)
    assert content.bits == bits
    assert content.data == kept.ljust(8, b"\0")


def test_bytes_past_the_length_are_left_out() -> None:
    assert one_content(length=8, data=b"\xff" * 128).data == b"\xff" * 8


def test_an_empty_mask_has_no_bytes() -> None:
    assert one_content(length=0, data=b"\xff").data == b""


@pytest.mark.parametrize(
    ("beyond", "said"), [(Beyond.CLEAR, False), (Beyond.SET, True), (Beyond.UNREAD, None)]
)
def test_what_is_set_beyond_is_told(beyond: Beyond, said: bool | None) -> None:  # noqa: FBT001
    assert one_content(beyond=beyond).beyond is said


def test_a_comm_ends_at_its_zero() -> None:
    assert decode(raw_snapshot(comm=b"cat\0leftover")).task.comm == "cat"


def test_a_comm_that_is_not_utf8_is_written_as_escapes() -> None:
    assert decode(raw_snapshot(comm=b"a\xff\x80b")).task.comm == "a\\xff\\x80b"


@pytest.mark.parametrize(
    ("missed", "names"),
    [(0, ()), (1, ("old_nodes",)), (2, ("new_nodes",)), (3, ("old_nodes", "new_nodes"))],
)
def test_missed_copies_are_named(missed: int, names: tuple[str, ...]) -> None:
    assert decode(raw_snapshot(stage=4, missed=missed)).missed == names


def test_flags_are_told_apart() -> None:
    for flags in (Flag(0), Flag.OWN, Flag.FAULT_HELD, Flag.OWN | Flag.FAULT_HELD):
        snapshot = decode(raw_snapshot(flags=flags))
        assert snapshot.own == bool(flags & Flag.OWN)
        assert snapshot.fault_held == bool(flags & Flag.FAULT_HELD)


def test_what_the_ring_buffer_adds_at_the_end_is_ignored() -> None:
    record = raw_snapshot(raw_content())
    assert decode(record + bytes(7)) == decode(record)


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        (b"", "shorter than its head"),
        (raw_snapshot()[:-1], "shorter than its head"),
        (raw_snapshot(raw_content())[:-1], "too short for 1 contents"),
        (raw_snapshot(contents=3), "too short for 3 contents"),
        (raw_snapshot(version=VERSION + 1), f"version {VERSION + 1}"),
        (raw_snapshot(stage=0), "unknown stage"),
        (raw_snapshot(stage=5), "unknown stage"),
        (raw_snapshot(abi=3), "unknown stage, ABI"),
        (raw_snapshot(syscall=99), "system call 99"),
        (raw_snapshot(raw_content(argument=1)), "unknown argument 1"),
        (raw_snapshot(raw_content(length=129, bits=8)), "content of 129 bytes"),
        (raw_snapshot(raw_content(length=8, bits=65)), "65 bits"),
        (raw_snapshot(raw_content(beyond=3)), "beyond=3"),
    ],
)
def test_a_record_without_meaning_is_refused(record: bytes, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        decode(record)


def decoded_or_refused(record: bytes) -> None:
    try:
        snapshot = decode(record)
    except RecordError:
        return
    assert isinstance(snapshot, Snapshot)
    for content in snapshot.contents.values():
        assert len(content.data) <= 128
        for gap in content.unread:
            assert 0 <= gap.start <= gap.end <= len(content.data)
            assert not any(content.data[gap.start : gap.end])


@given(st.binary(max_size=SNAPSHOT.size + 4 * CONTENT.size))
def test_any_bytes_are_decoded_or_refused(record: bytes) -> None:
    decoded_or_refused(record)


@given(
    st.binary(min_size=CONTENT.size, max_size=CONTENT.size),
    st.sampled_from([OLD, NEW, CPUSET]),
    st.integers(0, 128),
    st.integers(0, 1024),
)
def test_any_content_is_decoded_or_refused(
    noise: bytes, argument: int, length: int, bits: int
) -> None:
    """Hostile bytes where they get furthest: behind a head that is right."""
    values = dict(
        zip((name for name, _ in CONTENT.fields), struct.unpack(CONTENT.format, noise), strict=True)
    )
    values.update(argument=argument, length=length, bits=bits, beyond=values["beyond"] % 4)
    decoded_or_refused(raw_snapshot(raw_content(**values)))
