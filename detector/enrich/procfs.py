"""One process' directory in /proc, held open so that a reused pid is never read by mistake.

A descriptor of /proc/PID pins the kernel's `struct pid`: once that process is gone every read
through it fails (fs/proc/base.c: get_proc_task), even if another process has the number by then.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from pathlib import Path

NO_LOGIN = 0xFFFFFFFF
"""include/linux/audit.h: nobody logged in."""
NS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
"""/proc/PID/stat gives times in ticks, `nsec_to_clock_t` of the kernel's ns, rounded down."""

SMALL_FILE_BYTES = 4096
"""Enough of stat, comm, cgroup and status; a process cannot make them longer than this."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What is used of /proc/PID/stat (fs/proc/array.c: do_task_stat)."""

    comm: str
    parent_tgid: int
    """0: none, or outside the pid namespace that /proc shows."""
    start_ticks: int
    """`start_boottime` in clock ticks since boot."""


def text(raw: bytes) -> str:
    """Decode bytes of the watched system; what is not UTF-8 becomes backslash escapes."""
    return raw.decode("utf-8", "backslashreplace")


def parse_stat(raw: bytes) -> Stat:
    """Parse a stat line; the name may hold spaces, parentheses and newlines.

    Raises EnrichmentError if it is not one.
    """
    start, end = raw.find(b"("), raw.rfind(b")")
    fields = raw[end + 1 :].split()
    try:
        # field 4 is the parent, field 22 the start time; the split begins with field 3
        parent, ticks = int(fields[1]), int(fields[19])
    except (IndexError, ValueError):
        message = "the process' stat line in /proc is not understood"
        raise EnrichmentError(message) from None
    return Stat(comm=text(raw[start + 1 : end]), parent_tgid=parent, start_ticks=ticks)


def parse_command_line(raw: bytes) -> tuple[str, ...]:
    """Split a command line at its zero bytes; trailing ones (setproctitle pads) are dropped."""
    stripped = raw.rstrip(b"\0")
    return tuple(text(word) for word in stripped.split(b"\0")) if stripped else ()


def reason(error: OSError) -> str:
    """Say for a person why a file of a process in /proc could not be read."""
    if isinstance(error, (FileNotFoundError, ProcessLookupError)):
        return "the process had ended before /proc could be read"
    if isinstance(error, PermissionError):
        return "/proc of the process may not be read (run as root, with CAP_SYS_PTRACE)"
    return f"/proc of the process could not be read: {error.strerror or error}"


class ProcessDirectory:
    """/proc/TGID of one process, and the view of it that one of its threads has."""

    def __init__(self, root: Path, tgid: int, tid: int | None = None) -> None:
        """Open it under `root`; raise EnrichmentError where it is not there.

        `tid`: the thread whose memory is meant; a leader that has ended alone leaves a
        directory without memory, while its other threads go on.
        """
        self.tgid = tgid
        self._thread = f"task/{tgid if tid is None else tid}/"
        try:
            self._descriptor = os.open(
                root / str(tgid), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            )
        except OSError as error:
            raise EnrichmentError(reason(error)) from error

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def fileno(self) -> int:
        """Give the folder's descriptor, open as long as this is."""
        return self._descriptor

    def leader(self) -> int:
        """Give the number of the process that this is a thread of; raise EnrichmentError."""
        try:
            for line in self.read("status").split(b"\n"):
                name, _, value = line.partition(b":")
                if name == b"Tgid" and value.strip().isdigit():
                    return int(value)
        except OSError as error:
            raise EnrichmentError(reason(error)) from error
        return self.tgid

    def working_directory(self) -> str:
        """Give the working directory as the kernel shows it; raise EnrichmentError."""
        try:
            return text(os.readlink(b"cwd", dir_fd=self._descriptor))
        except OSError as error:
            raise EnrichmentError(reason(error)) from error

    def login_uid(self) -> int:
        """Give the loginuid; NO_LOGIN where nobody logged in. Raises EnrichmentError."""
        try:
            return int(self.read("loginuid"))
        except FileNotFoundError:
            return NO_LOGIN  # a kernel without CONFIG_AUDIT
        except (OSError, ValueError) as error:
            raise EnrichmentError(reason(OSError(str(error)))) from error

    def open(self, name: str) -> io.FileIO:
        """Open a file below the directory for reading, unbuffered; raises OSError."""
        return io.FileIO(
            os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._descriptor), closefd=True
        )

    def open_memory_file(self, name: str) -> io.FileIO:
        """Open a file about memory (smaps, cmdline): the thread's, else the process'."""
        try:
            return self.open(self._thread + name)
        except (FileNotFoundError, ProcessLookupError):
            return self.open(name)

    def read(self, name: str) -> bytes:
        """Read a small file that takes no lock a process could hold back; raises OSError."""
        with self.open(name) as file:
            return file.read(SMALL_FILE_BYTES) or b""

    def stat(self) -> Stat:
        """Read and parse stat; raise EnrichmentError with the reason."""
        try:
            return parse_stat(self.read("stat"))
        except OSError as error:
            raise EnrichmentError(reason(error)) from error

    def thread_comm(self) -> str:
        """Give the thread's name now; raise EnrichmentError with the reason."""
        try:
            return text(self.read(self._thread + "comm").removesuffix(b"\n"))
        except OSError as error:
            raise EnrichmentError(reason(error)) from error

    def executable(self) -> str:
        """Give the path that runs, as the kernel shows it; raise EnrichmentError."""
        for name in (self._thread + "exe", "exe"):
            try:
                return text(os.readlink(name.encode(), dir_fd=self._descriptor))
            except (FileNotFoundError, ProcessLookupError):
                continue
            except OSError as error:
                raise EnrichmentError(reason(error)) from error
        message = "the process had ended before /proc could be read"
        raise EnrichmentError(message)

    def inode(self, name: str) -> int:
        """Give the inode behind a link such as ns/pid; raise EnrichmentError."""
        try:
            return os.stat(name, dir_fd=self._descriptor).st_ino
        except OSError as error:
            raise EnrichmentError(reason(error)) from error
