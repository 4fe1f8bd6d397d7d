"""The layouts and numbers of bpf/records.h, as Python reads them.

`RECORDS` describes each structure field by field, so that a test can hold every offset against
the compiled header; the `struct` formats that decode are made from the same descriptions.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag
from typing import NamedTuple

VERSION = 3
MASK_BYTES = 128
MASKS = 2
CONTENTS = MASKS + 1
ARGS = 6
NUMBERS = 512
COMM_BYTES = 16
CPUSET = 255
TEXT_CONTENTS = 255
"""In the place of a number of contents: one TEXT follows (TOCTRACE_TEXT)."""
TEXT_BYTES = 4096
ELEMENT_UNUSED = -1
DATA_BYTES = 2048
NO_LOGIN = 0xFFFFFFFF
CLAUSES = 64


class WireStage(IntEnum):
    """enum toctrace_stage."""

    ENTRY = 1
    COPY = 2
    USE = 3
    EXIT = 4
    CALLER = 5
    """No stage: the record is a CALLER."""
    SUPERVISE = 6


class WireAbi(IntEnum):
    """enum toctrace_abi."""

    X86_64 = 1
    I386 = 2


class Beyond(IntEnum):
    """enum toctrace_beyond."""

    CLEAR = 0
    SET = 1
    UNREAD = 2


class Flag(IntFlag):
    """enum toctrace_flag."""

    OWN = 1
    FAULT_HELD = 2
    REFUSED = 4
    WOULD_REFUSE = 8
    KILLED = 16
    LET_THROUGH = 32
    FAULT_FOREIGN = 64


class WireForm(IntEnum):
    """enum toctrace_form."""

    NODEMASK = 0
    PATH = 1
    ADDRESS = 2
    POINTERS = 3
    INTEGERS = 4
    WORDS = 5


class Exact(IntFlag):
    """enum toctrace_exact."""

    EXACT = 1
    NO_EXIT_LOOK = 2
    NO_USE = 4
    USED_APART = 8
    IN_PIECES = 16


class Counter(IntEnum):
    """enum toctrace_counter."""

    CALLS = 0
    EXITS = 1
    RING_FULL = 2
    STATE_FULL = 3
    MARKS_FULL = 4
    COPY_MISSED = 5
    EXIT_MISSED = 6
    CUT_BY_START = 7
    OUT_OF_SCOPE = 8
    USE_BY_KERNEL = 9
    EQUAL = 10
    SENT = 11
    CALLER_LOST = 12
    CALLS_REFUSED = 13
    CALLS_UNREFUSED = 14
    CALLS_KILLED = 15
    CALLS_LET_THROUGH = 16
    UNBACKED = 17
    LOOKS_DROPPED = 18


class Armed(IntEnum):
    """enum toctrace_armed."""

    DISARMED = 0
    ALL = 1
    GATED = 2


class Filter(IntFlag):
    """enum toctrace_filter."""

    MARKED = 1
    PID = 2
    UID = 4
    COMM = 8
    CGROUP = 16


class Seed(IntEnum):
    """enum toctrace_seed."""

    MARKED = 1
    OWN = 2


class Namespace(IntEnum):
    """enum toctrace_namespace: positions in a caller's namespaces."""

    USER = 0
    MNT = 1
    NET = 2
    UTS = 3
    IPC = 4
    CGROUP = 5
    TIME = 6


class Part(IntEnum):
    """enum toctrace_part: what a caller's data is made of, in this order."""

    ARGUMENTS = 0
    STACK = 1
    PARENTS = 2
    EXECUTABLE = 3
    DIRECTORY = 4
    CGROUP = 5


class Deleted(IntFlag):
    """enum toctrace_deleted."""

    EXECUTABLE = 1
    DIRECTORY = 2


class Observing(IntFlag):
    """enum toctrace_observer: who was there, and which supervisors were asked."""

    NOTIFY = 1
    TRACER = 2
    AUDIT = 4
    TRACEPOINT = 8
    NOTIFY_ASKED = 16
    TRACER_ASKED = 32


class Enforce(IntEnum):
    """enum toctrace_enforce."""

    NOTHING = 0
    DRY_RUN = 1
    REFUSE = 2
    KILL = 3


class ClauseUse(IntEnum):
    """enum toctrace_clause_use."""

    END = 0
    NAMED = 1
    EXCEPTED = 2


class Record(NamedTuple):
    """One structure: its C name and its fields as (name, `struct` format), in order."""

    c_name: str
    fields: tuple[tuple[str, str], ...]

    @property
    def format(self) -> str:
        """The `struct` format of the whole: little-endian, no padding added."""
        return "<" + "".join(code for _, code in self.fields)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return struct.calcsize(self.format)

    def offsets(self) -> dict[str, int]:
        """Offset in bytes of each field."""
        found, offset = {}, 0
        for name, code in self.fields:
            found[name] = offset
            offset += struct.calcsize("<" + code)
        return found


CONFIG = Record(
    "toctrace_config",
    (
        ("armed", "I"),
        ("filters", "I"),
        ("pid", "I"),
        ("pid_namespace", "I"),
        ("uid", "I"),
        ("cgroup_level", "I"),
        ("cgroup", "Q"),
        ("comm", f"{COMM_BYTES}s"),
    ),
)

LAYOUT = Record(
    "toctrace_layout",
    (
        ("syscall", "B"),
        ("registers", "B"),
        ("masks", "B"),
        ("narrowed", "B"),
        ("position", f"{MASKS}s"),
        ("bits", f"{MASKS}s"),
        ("form", f"{MASKS}s"),
        ("exact", "B"),
        ("reserved", "B"),
    ),
)

MARK = Record(
    "toctrace_mark",
    (("tgid", "I"), ("tid", "I"), ("ns_tgid", "I"), ("ns_tid", "I")),
)

CLAUSE = Record(
    "toctrace_clause",
    (
        ("use", "B"),
        ("rule", "B"),
        ("blind", "B"),
        ("reserved", "5s"),
        ("uid_least", "Q"),
        ("uid_most", "Q"),
        ("gid_least", "Q"),
        ("gid_most", "Q"),
        ("cgroup_least", "Q"),
        ("cgroup_most", "Q"),
    ),
)

ENFORCEMENT = Record("toctrace_enforcement", (("mode", "I"), ("bank", "I")))

CONTENT = Record(
    "toctrace_content",
    (
        ("address", "Q"),
        ("bits", "I"),
        ("length", "I"),
        ("head", "I"),
        ("head_error", "i"),
        ("tail_error", "i"),
        ("argument", "B"),
        ("beyond", "B"),
        ("word", "B"),
        ("reserved", "B"),
        ("data", f"{MASK_BYTES}s"),
    ),
)

SNAPSHOT = Record(
    "toctrace_snapshot",
    (
        ("version", "H"),
        ("stage", "B"),
        ("syscall", "B"),
        ("abi", "B"),
        ("contents", "B"),
        ("flags", "B"),
        ("missed", "B"),
        ("call", "Q"),
        ("time_ns", "Q"),
        ("returned", "q"),
        ("args", f"{ARGS}Q"),
        ("task", "Q"),
        ("start_ns", "Q"),
        ("cgroup", "Q"),
        ("sequence", "I"),
        ("lost", "I"),
        ("tgid", "I"),
        ("tid", "I"),
        ("ns_tgid", "I"),
        ("ns_tid", "I"),
        ("pid_namespace", "I"),
        ("uid", "I"),
        ("gid", "I"),
        ("cpu", "I"),
        ("comm", f"{COMM_BYTES}s"),
    ),
)
"""Without `content[]`, which follows at its end."""

TEXT = Record(
    "toctrace_text",
    (
        ("address", "Q"),
        ("length", "I"),
        ("wanted", "I"),
        ("error", "i"),
        ("argument", "B"),
        ("beyond", "B"),
        ("reserved", "2s"),
    ),
)
"""Without `data[]`, which follows at its end."""

PARENT = Record(
    "toctrace_parent",
    (("start_ns", "Q"), ("tgid", "I"), ("reserved", "I"), ("comm", f"{COMM_BYTES}s")),
)

CALLER = Record(
    "toctrace_caller",
    (
        ("version", "H"),
        ("stage", "B"),
        ("deleted", "B"),
        ("login_uid", "I"),
        ("call", "Q"),
        ("code_start", "Q"),
        ("code_end", "Q"),
        ("stack_top", "Q"),
        ("inode", "Q"),
        ("device", "I"),
        ("used", "I"),
        ("namespaces", f"{len(Namespace)}I"),
        ("arguments_error", "i"),
        ("parts", f"{len(Part)}H"),
        ("cut", "B"),
        ("observers", "B"),
        ("reserved", "2s"),
    ),
)
"""Without `data[]`, which follows at its end."""

RECORDS = (CONFIG, LAYOUT, MARK, CLAUSE, ENFORCEMENT, CONTENT, SNAPSHOT, TEXT, PARENT, CALLER)
ENUMS = {
    "toctrace_stage": WireStage,
    "toctrace_abi": WireAbi,
    "toctrace_beyond": Beyond,
    "toctrace_flag": Flag,
    "toctrace_form": WireForm,
    "toctrace_exact": Exact,
    "toctrace_counter": Counter,
    "toctrace_armed": Armed,
    "toctrace_filter": Filter,
    "toctrace_seed": Seed,
    "toctrace_namespace": Namespace,
    "toctrace_part": Part,
    "toctrace_deleted": Deleted,
    "toctrace_observer": Observing,
    "toctrace_enforce": Enforce,
    "toctrace_clause_use": ClauseUse,
}
