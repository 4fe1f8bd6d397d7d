"""One record of who made a call to a model's Caller. Pure."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from itertools import pairwise

from detector.capture.wire import (
    CALLER,
    NO_LOGIN,
    PARENT,
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

_HEAD = struct.Struct(CALLER.format)
_PARENT = struct.Struct(PARENT.format)
_ADDRESS = struct.Struct("<Q")
_STAGE_AT = CALLER.offsets()["stage"]
_MINOR_BITS = 20
"""include/linux/kdev_t.h: a dev_t inside the kernel."""

CUT = "its record in the kernel had no room for all of it"
FIELDS = {
    Part.ARGUMENTS: "command_line",
    Part.STACK: "stack",
    Part.PARENTS: "ancestors",
    Part.EXECUTABLE: "executable",
    Part.DIRECTORY: "working_directory",
    Part.CGROUP: "cgroup_path",
}
"""By part of the record: the field of a Caller that is made of it."""
PRESENT = {
    Observing.NOTIFY | Observing.NOTIFY_ASKED: Present.NOTIFY,
    Observing.TRACER | Observing.TRACER_ASKED: Present.TRACER,
    Observing.AUDIT: Present.AUDIT,
    Observing.TRACEPOINT: Present.TRACEPOINT,
}
"""By flags of the record, any of which says so: who was there. Who was asked may have gone."""
ASKED = {Observing.NOTIFY_ASKED: Present.NOTIFY, Observing.TRACER_ASKED: Present.TRACER}


def is_caller(record: bytes) -> bool:
    """Whether a record of the ring buffer says who called; any other one is a snapshot."""
    return len(record) > _STAGE_AT and record[_STAGE_AT] == WireStage.CALLER


def decode_caller(record: bytes) -> tuple[int, Caller]:
    """Read one `struct toctrace_caller`; give the number of its call, too.

    Raises RecordError where it is shorter than it says, or of another version.
    """
    if len(record) < _HEAD.size:
        raise RecordError(f"a caller of {len(record)} bytes is shorter than its head")
    (
        version, _, deleted, login_uid, call, code_start, code_end, stack_top, inode, device, _,
        *rest,
    ) = _HEAD.unpack_from(record)  # fmt: skip
    if version != VERSION:
        raise RecordError(f"a caller of version {version}; this tool reads {VERSION}")
    namespaces, rest = rest[: len(Namespace)], rest[len(Namespace) :]
    arguments_error, *lengths, cut, observing, _ = rest
    parts = _parts(record, lengths)
    missing = {FIELDS[part]: CUT for part in Part if cut >> part & 1}
    if arguments_error:
        missing["command_line"] = (
            f"it could not be read in the call: {os.strerror(-arguments_error)}"
        )
    return call, Caller(
        executable=_path(parts[Part.EXECUTABLE], whole=not cut >> Part.EXECUTABLE & 1),
        deleted=bool(deleted & Deleted.EXECUTABLE),
        program=Program(device=_numbers(device), inode=inode) if inode else None,
        code=(code_start, code_end),
        command_line=_words(parts[Part.ARGUMENTS]),
        working_directory=_path(parts[Part.DIRECTORY], whole=not cut >> Part.DIRECTORY & 1),
        cgroup_path=_path(parts[Part.CGROUP], whole=not cut >> Part.CGROUP & 1),
        login_uid=None if login_uid == NO_LOGIN else login_uid,
        namespaces={
            kind.name.lower(): number
            for kind, number in zip(Namespace, namespaces, strict=True)
            if number
        },
        ancestors=tuple(
            Ancestor(tgid=tgid, start_ns=start_ns, comm=_text(comm.partition(b"\0")[0]))
            for start_ns, tgid, _, comm in _PARENT.iter_unpack(parts[Part.PARENTS])
        ),
        stack=tuple(address for (address,) in _ADDRESS.iter_unpack(parts[Part.STACK])),
        stack_top=stack_top,
        observers=_told(observing, PRESENT),
        asked=_told(observing, ASKED),
        missing=missing,
    )


def _told(observing: int, words: Mapping[Observing, Present]) -> tuple[Present, ...]:
    return tuple(word for flags, word in words.items() if observing & flags)


def _parts(record: bytes, lengths: list[int]) -> dict[Part, bytes]:
    """Cut the data up. Raises RecordError where it is too short, or a part is no whole number."""
    ends = [_HEAD.size]
    for length in lengths:
        ends.append(ends[-1] + length)
    if ends[-1] > len(record):
        raise RecordError(f"a caller of {len(record)} bytes that says {ends[-1]}")
    if lengths[Part.PARENTS] % _PARENT.size or lengths[Part.STACK] % _ADDRESS.size:
        raise RecordError("a caller with a part of a parent, or of an address")
    return {
        part: record[begin:end] for part, (begin, end) in zip(Part, pairwise(ends), strict=True)
    }


def _path(names: bytes, *, whole: bool) -> str | None:
    """Put a path's names, the last one first, in order; one that is not whole begins with `...`."""
    if not names:
        return None
    found = [_text(name) for name in names.removesuffix(b"\0").split(b"\0")]
    # the root of a file system is called `/`; that of the cgroups has no name
    found = [name for name in reversed(found) if name not in {"", "/"}]
    return ("/" if whole else ".../") + "/".join(found)


def _words(arguments: bytes) -> tuple[str, ...]:
    """Split a command line as /proc does; trailing zero bytes (setproctitle pads) are dropped."""
    stripped = arguments.rstrip(b"\0")
    return tuple(_text(word) for word in stripped.split(b"\0")) if stripped else ()


def _numbers(device: int) -> tuple[int, int]:
    return device >> _MINOR_BITS, device & ((1 << _MINOR_BITS) - 1)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
