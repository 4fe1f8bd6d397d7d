"""Fields are found where the BTF says, and bytes that are none are refused."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from detector.capture.btf import MAGIC, Btf
from detector.capture.fields import NOWHERE, READ, kernel_fields, most_nodes, place
from detector.errors import ObservationError

INT, STRUCT, UNION = 1, 4, 5
VMLINUX = Path("/sys/kernel/btf/vmlinux")


def made(*types: tuple[str, int, bool, list[tuple[str, int, int]]]) -> bytes:
    """BTF of these types: name, kind, kind_flag, members as (name, type, bit offset)."""
    strings, body = b"\0", b""

    def named(name: str) -> int:
        nonlocal strings
        if not name:
            return 0
        strings += name.encode() + b"\0"
        return len(strings) - len(name) - 1

    for name, kind, flag, members in types:
        info = flag << 31 | kind << 24 | len(members)
        body += struct.pack("<III", named(name), info, 8)
        if kind == INT:
            body += struct.pack("<I", 64)
        for member, type_, offset in members:
            body += struct.pack("<III", named(member), type_, offset)
    head = struct.pack("<HBBIIIII", MAGIC, 1, 0, 24, 0, len(body), len(body), len(strings))
    return head + body + strings


BTF = made(
    ("long", INT, False, []),
    ("", STRUCT, False, [("inner", 1, 64)]),
    ("", UNION, False, [("other", 1, 0), ("", 2, 0)]),
    ("task", STRUCT, False, [("first", 1, 0), ("", 3, 128), ("last", 1, 320)]),
    ("flags", STRUCT, True, [("bits", 1, 3 << 24 | 16)]),
    ("task", STRUCT, False, [("only_here", 1, 8)]),
)


@pytest.mark.parametrize(
    ("structure", "member", "offset"),
    [
        ("task", "first", 0),
        ("task", "other", 16),
        ("task", "inner", 24),  # of an anonymous structure in an anonymous union
        ("task", "last", 40),
        ("flags", "bits", 2),  # the upper byte is the bit field's width
        ("task", "only_here", 1),  # a second structure of the same name
    ],
)
def test_a_field_is_found_where_it_lies(structure: str, member: str, offset: int) -> None:
    assert Btf(BTF).offset(structure, member) == offset


@pytest.mark.parametrize(("structure", "member"), [("task", "nobody"), ("nothing", "first")])
def test_a_field_that_is_not_there_is_named(structure: str, member: str) -> None:
    with pytest.raises(ObservationError, match=f"struct {structure} with {member}"):
        Btf(BTF).offset(structure, member)


@pytest.mark.parametrize("data", [b"", b"\x9f", bytes(24), BTF[:40]])
def test_bytes_that_are_no_btf_are_refused(data: bytes) -> None:
    with pytest.raises(ObservationError, match="BTF"):
        Btf(data)


@pytest.mark.skipif(not VMLINUX.exists(), reason="this kernel has no BTF")
def test_this_kernel_tells_every_field() -> None:
    fields = kernel_fields()
    assert {f"{structure}__{member}".upper() for structure, member in READ} <= set(fields)
    assert fields["TASK_STRUCT__TGID"] == fields["TASK_STRUCT__PID"] + 4
    assert fields["UPID__NS"] == 8


@pytest.mark.skipif(not VMLINUX.exists(), reason="this kernel has no BTF")
def test_this_kernel_tells_every_field_that_names_a_caller() -> None:
    fields = kernel_fields()
    absent = {name for name, offset in fields.items() if offset == NOWHERE} - {"NOWHERE"}
    assert absent <= {"TASK_STRUCT__LOGINUID", "NSPROXY__TIME_NS", "TIME_NAMESPACE__NS"}


def test_a_field_that_names_a_caller_may_be_renamed_or_absent() -> None:
    newer = Btf(
        made(("long", INT, False, []), ("kernfs_node", STRUCT, False, [("__parent", 1, 64)]))
    )
    assert place(newer, "kernfs_node", "parent") == 8
    assert place(newer, "kernfs_node", "name") == NOWHERE


def test_a_name_is_there_whole_or_not_at_all() -> None:
    btf = Btf(BTF)
    assert btf.names("only_here")
    assert not btf.names("only_her")
    assert not btf.names("nly_here")


def test_without_btf_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ObservationError, match="CONFIG_DEBUG_INFO_BTF"):
        kernel_fields(tmp_path)


def test_nodes_are_counted_by_the_digits_of_mems_allowed() -> None:
    assert most_nodes("Name:\tx\nMems_allowed:\t" + ",".join(["00000000"] * 32)) == 1024
    assert most_nodes("Mems_allowed:\t1\n") == 4
    with pytest.raises(ObservationError, match="cpusets"):
        most_nodes("Name:\tx\n")
