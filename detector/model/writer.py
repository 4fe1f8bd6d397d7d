"""Writers: who was seen to write an argument of a call, from where in which program."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.model.frame import Frame


class Way(StrEnum):
    """How a word of memory was written, and thereby how that was seen."""

    STORE = "store"
    """An instruction of the writer's own: it tripped a hardware watchpoint."""
    SYSTEM_CALL = "system call"
    """A system call of the writer's that fills memory, as read(2): it tripped one too."""
    PROCESS_VM_WRITEV = "process_vm_writev"
    PROC_MEM = "/proc/PID/mem"
    PTRACE = "ptrace"


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """One thread that wrote one word by one instruction. Texts are hostile."""

    way: Way
    argument: str
    """The argument that the word belongs to."""
    address: int
    """Of the word, in the caller's memory."""
    word: int | None = None
    """What the word held right after the first such write seen; None: not to be had."""
    tgid: int
    """Root namespace, as tid."""
    tid: int
    start_ns: int
    """`task_struct.start_boottime`, ns."""
    comm: str
    executable: str | None = None
    frames: tuple[Frame, ...] = ()
    """The user stack, innermost first: the first is the writing instruction, or the system call
    that wrote. Its address is the one behind the instruction, as x86 reports it."""
    source: str = ""
    """The line of the first frame's source file, where it could be read; empty: it could not."""
    hits: int
    """How often it was seen up to the finding."""
    last_ns: int
    """CLOCK_BOOTTIME, ns, of the last of them."""
    missing: str = ""
    """Why the code is not named; empty where nothing is missing."""
