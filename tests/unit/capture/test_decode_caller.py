"""What the kernel says of a caller comes through whole, and bytes that say nothing are refused."""

from __future__ import annotations

import errno
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.capture.callers import MOST, Callers
from detector.capture.decode_caller import CUT, decode_caller, is_caller
from detector.capture.wire import (
    CALLER,
    NO_LOGIN,
    PARENT,
    SNAPSHOT,
    VERSION,
    Deleted,
    Namespace,
    Observing,
    Part,
    WireStage,
)
from detector.errors import RecordError
from detector.model.caller import Ancestor, Caller, Program
from detector.model.observers import Present
from tests.unit.builders import make_snapshot

PARTS = {
    Part.ARGUMENTS: b"racer\0--nodes\x001 2\0",
    Part.STACK: struct.pack("<2Q", 0x401000, 0x402000),
    Part.PARENTS: struct.pack(PARENT.format, 7_000, 90, 0, b"bash".ljust(16, b"\0"))
    + struct.pack(PARENT.format, 5, 1, 0, b"systemd".ljust(16, b"\0")),
    Part.EXECUTABLE: b"racer\0bin\0usr\0",
    Part.DIRECTORY: b"/\0",
    Part.CGROUP: b"build.service\0system.slice\0\0",
}


def raw_caller(parts: dict[Part, bytes] = PARTS, **given_values: Any) -> bytes:
    values: dict[str, Any] = {name: 0 for name, _ in CALLER.fields}
    values.update(version=VERSION, stage=WireStage.CALLER, reserved=b"")
    values.update(namespaces=(0,) * len(Namespace), login_uid=NO_LOGIN)
    values.update(parts=tuple(len(parts[part]) for part in Part))
    values.update(given_values)
    plain: list[Any] = []
    for name, _ in CALLER.fields:
        many = name in {"namespaces", "parts"}
        plain.extend(values[name] if many else (values[name],))
    return struct.pack(CALLER.format, *plain) + b"".join(parts[part] for part in Part)


def test_every_field_comes_through() -> None:
    call, caller = decode_caller(
        raw_caller(
            call=1 << 48 | 7,
            deleted=Deleted.EXECUTABLE,
            login_uid=1000,
            code_start=0x401000,
            code_end=0x402000,
            stack_top=0x401234,
            inode=77,
            device=8 << 20 | 1,
            namespaces=(11, 12, 13, 14, 15, 16, 0),
            observers=Observing.AUDIT | Observing.TRACER_ASKED,
        )
    )
    assert call == 1 << 48 | 7
    assert caller == Caller(
        executable="/usr/bin/racer",
        deleted=True,
        program=Program(device=(8, 1), inode=77),
        code=(0x401000, 0x402000),
        command_line=("racer", "--nodes", "1 2"),
        working_directory="/",
        cgroup_path="/system.slice/build.service",
        login_uid=1000,
        namespaces={"user": 11, "mnt": 12, "net": 13, "uts": 14, "ipc": 15, "cgroup": 16},
        ancestors=(
            Ancestor(tgid=90, comm="bash", start_ns=7_000),
            Ancestor(tgid=1, comm="systemd", start_ns=5),
        ),
        stack=(0x401000, 0x402000),
        stack_top=0x401234,
        observers=(Present.TRACER, Present.AUDIT),
        asked=(Present.TRACER,),
    )


def test_nobody_logged_in_for_it() -> None:
    assert decode_caller(raw_caller(login_uid=NO_LOGIN))[1].login_uid is None
    assert decode_caller(raw_caller(login_uid=0))[1].login_uid == 0


def test_a_part_that_found_no_room_is_said_and_a_path_shows_where_it_begins() -> None:
    caller = decode_caller(raw_caller(cut=1 << Part.EXECUTABLE | 1 << Part.PARENTS))[1]
    assert caller.executable == ".../usr/bin/racer"
    assert caller.missing == {"executable": CUT, "ancestors": CUT}


def test_a_command_line_that_could_not_be_read_says_why() -> None:
    parts = PARTS | {Part.ARGUMENTS: b""}
    caller = decode_caller(raw_caller(parts, arguments_error=-errno.EFAULT))[1]
    assert caller.command_line == ()
    assert "Bad address" in caller.missing["command_line"]


def test_a_file_of_no_mounted_file_system_has_its_name_alone() -> None:
    parts = PARTS | {Part.EXECUTABLE: b"memfd:x\0"}
    assert decode_caller(raw_caller(parts))[1].executable == "/memfd:x"


def test_what_is_empty_is_not_told() -> None:
    caller = decode_caller(raw_caller(dict.fromkeys(Part, b"")))[1]
    assert (caller.executable, caller.working_directory, caller.cgroup_path) == (None, None, None)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (raw_caller()[:50], "shorter than its head"),
        (raw_caller(version=VERSION + 1), "version"),
        (raw_caller()[:-1], "says"),
        (raw_caller(PARTS | {Part.STACK: b"1234"}), "part of"),
        (raw_caller(PARTS | {Part.PARENTS: b"1234"}), "part of"),
    ],
)
def test_what_is_no_caller_is_refused(record: bytes, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        decode_caller(record)


@given(st.binary(max_size=CALLER.size + 64), st.binary(max_size=64))
def test_any_bytes_are_decoded_or_refused(head: bytes, data: bytes) -> None:
    begun = raw_caller()[: CALLER.size]
    for record in (head, begun[: -len(head)] + head + data if head else data):
        with suppress(RecordError):
            decode_caller(record)


def test_a_caller_is_told_from_a_snapshot() -> None:
    assert is_caller(raw_caller())
    assert not is_caller(bytes(SNAPSHOT.size))
    assert not is_caller(b"")


def test_the_next_snapshot_of_the_call_has_its_caller_and_no_other_one() -> None:
    callers, told = Callers(), Caller(executable="/usr/bin/racer")
    callers.keep(7, told)
    assert callers.given(make_snapshot(call=8)).caller is None
    assert callers.given(make_snapshot(call=7)).caller is told
    assert callers.given(make_snapshot(call=7)).caller is None


def test_callers_whose_snapshot_was_lost_are_forgotten_past_a_bound() -> None:
    callers = Callers()
    for call in range(MOST + 1):
        callers.keep(call, Caller())
    assert callers.given(make_snapshot(call=0)).caller is None
    assert callers.given(make_snapshot(call=1)).caller is not None
