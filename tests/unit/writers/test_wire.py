"""bpf/writer.h and detector/writers/wire.py say the same, by the compiler's own word."""

from __future__ import annotations

import re
import shutil
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.capture.wire import Record
from detector.errors import RecordError
from detector.model.writer import Way
from detector.resources import bpf_file
from detector.writers import wire
from detector.writers.limits import WORDS
from tests.unit.compiled_header import values

HEADER = bpf_file("writer.h")
DEFINES = {
    "TOCTRACE_WRITER_VERSION": wire.VERSION,
    "TOCTRACE_WATCHED_WORDS": WORDS,
    "TOCTRACE_WRITER_FRAMES": wire.FRAMES,
    "TOCTRACE_WRITER_COMM_BYTES": wire.COMM_BYTES,
}
C_NAMES = {"RING_FULL": "WRITER_RING_FULL"}
CONSTANTS = {
    f"TOCTRACE_{C_NAMES.get(member.name, member.name)}": member.value
    for members in wire.ENUMS.values()
    for member in members
}
ENUM_BODY = re.compile(r"^enum \w+ \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What the compiler makes of the header: expression to value."""
    expressions = [*DEFINES, *CONSTANTS, "TOCTRACE_WRITER_COUNTERS"]
    for record in wire.RECORDS:
        expressions.append(f"sizeof(struct {record.c_name})")
        expressions += (f"offsetof(struct {record.c_name}, {name})" for name, _ in record.fields)
    return values(HEADER, expressions, tmp_path_factory.mktemp("wire"), "-Wpadded")


@needs_gcc
@pytest.mark.parametrize("record", wire.RECORDS, ids=lambda record: record.c_name)
def test_every_field_lies_where_the_compiler_puts_it(
    record: Record, compiled: dict[str, int]
) -> None:
    assert record.size == compiled[f"sizeof(struct {record.c_name})"]
    assert record.offsets() == {
        name: compiled[f"offsetof(struct {record.c_name}, {name})"] for name, _ in record.fields
    }


@needs_gcc
def test_numbers_and_constants_are_those_of_the_header(compiled: dict[str, int]) -> None:
    wanted = DEFINES | CONSTANTS
    assert {name: compiled[name] for name in wanted} == wanted
    assert compiled["TOCTRACE_WRITER_COUNTERS"] == len(wire.WriterCounter)


def test_no_constant_of_the_header_is_unknown() -> None:
    bodies = "".join(ENUM_BODY.findall(HEADER.read_text()))
    declared = set(re.findall(r"^\t(TOCTRACE_\w+)", bodies, re.MULTILINE))
    assert declared == {*CONSTANTS, "TOCTRACE_WRITER_COUNTERS"}


def record_of(way: int, *, frames: int = 2, word: int = 7) -> bytes:
    write = struct.pack(wire.WRITE.format, 0x1000, 0x5005, 10, 20, 21, way)
    stack = [0x5005, 0x6006, *[0] * (wire.FRAMES - 2)]
    return struct.pack(
        wire.WRITER.format, wire.VERSION, frames, 0, write, 99, 55, word, b"poker\0x", *stack
    )


def test_a_record_is_read_as_it_was_written() -> None:
    seen = wire.decode_writer(record_of(wire.WireWay.WATCHPOINT))
    assert seen.write == wire.Write(0x1000, 0x5005, 10, 20, 21, Way.STORE)
    assert (seen.time_ns, seen.start_ns, seen.word, seen.comm) == (99, 55, 7, "poker")
    assert seen.stack == (0x5005, 0x6006)


def test_a_stack_that_could_not_be_walked_still_has_the_instruction() -> None:
    assert wire.decode_writer(record_of(wire.WireWay.PTRACE, frames=0)).stack == (0x5005,)


def test_a_write_from_outside_has_not_happened_yet_so_its_word_is_unknown() -> None:
    words = {way: wire.decode_writer(record_of(way)).word for way in wire.WireWay}
    tripped = {wire.WireWay.WATCHPOINT, wire.WireWay.IN_KERNEL}
    assert {way for way, word in words.items() if word is not None} == tripped


@pytest.mark.parametrize("broken", [b"", record_of(1)[:-1], record_of(9), record_of(1, frames=33)])
def test_a_record_that_makes_no_sense_is_refused(broken: bytes) -> None:
    with pytest.raises(RecordError):
        wire.decode_writer(broken)


@given(st.binary(max_size=wire.WRITER.size + 8))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(RecordError):
        wire.decode_writer(raw)


def test_words_are_written_for_the_kernel_by_address_and_length() -> None:
    raw = wire.encode_watched({0x1000: 8, 0x2004: 4})
    assert struct.unpack("<8Q", raw) == (0x1000, 0x2004, 0, 0, 8, 4, 0, 0)


@pytest.mark.parametrize("way", Way)
def test_a_write_is_told_to_the_kernel_as_the_kernel_tells_it(way: Way) -> None:
    write = wire.Write(0x1000, 0x5005, 10, 20, 21, way)
    assert wire.decode_write(wire.encode_write(write)) == write
