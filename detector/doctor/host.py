"""The host as the checks see it: its files, its names, its interpreter. The only I/O they have."""

from __future__ import annotations

import os
import stat
import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detector.doctor.bcc_package import BccPackage, find_bcc
from detector.doctor.distribution import Family, parse_family
from detector.doctor.symbols import parse_blacklist, parse_filter_functions, parse_kallsyms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SMALL = 1 << 20
"""Bytes: no file of settings is larger."""
LARGE = 1 << 26
"""Bytes: kallsyms and ftrace's list have 15 MB on a kernel with many modules."""
TRACEFS = ("sys/kernel/tracing", "sys/kernel/debug/tracing")
"""Where tracefs is looked for, as libbcc does (src/cc/libbpf.c: tracefs_path)."""


TYPE_FIELD = 2
"""Where a line of /proc/self/mounts has the type: fs/proc_namespace.c, show_vfsmnt."""


class Uname(msgspec.Struct, frozen=True, kw_only=True):
    """What uname(2) says."""

    sysname: str
    release: str
    machine: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A file's text, or why there is none."""

    text: str = ""
    error: str = ""
    """Empty when the file was read."""

    @property
    def readable(self) -> bool:
        """Whether the file was read, to its end."""
        return not self.error


class Host:
    """One host. Tests give it a folder as `root`, and every answer that is no file."""

    def __init__(
        self,
        root: Path = Path("/"),
        *,
        uname: Uname | None = None,
        environ: Mapping[str, str] | None = None,
        bcc: Callable[[], BccPackage] = find_bcc,
    ) -> None:
        """Take the root folder, uname(2)'s answer, the environment, and who looks for bcc."""
        self._root = root
        self._bcc = bcc
        self.environ = os.environ if environ is None else environ
        self.uname = uname or _this_uname()

    def read(self, path: str, limit: int = SMALL) -> Content:
        """Read a file given relative to the root; never raises, never blocks, never overflows.

        Bytes that are not UTF-8 are replaced. A file longer than `limit` bytes is not read at all:
        half a list would be taken for a whole one.
        """
        data, error = self._bytes(path, limit)
        return Content(text=data.decode(errors="replace"), error=error)

    def exists(self, path: str) -> bool:
        """Say whether something is there (False, too, where that may not be asked)."""
        return os.path.lexists(self._root / path)

    def is_file(self, path: str) -> bool:
        """Say whether a regular file is there, links followed."""
        return os.path.isfile(self._root / path)  # noqa: PTH113 - Path.is_file raises on long names

    def is_dir(self, path: str) -> bool:
        """Say whether a folder is there, links followed."""
        return os.path.isdir(self._root / path)  # noqa: PTH112 - Path.is_dir raises on long names

    def link(self, path: str) -> str:
        """Return where a symbolic link points, or nothing."""
        if not _sane(path):
            return ""
        try:
            return str((self._root / path).readlink())
        except OSError:
            return ""

    @cached_property
    def functions(self) -> Mapping[str, int] | None:
        """How many functions have each name; None when the kernel does not list them."""
        return parse_kallsyms(self.read("proc/kallsyms", LARGE).text) or None

    @cached_property
    def unprobeable(self) -> frozenset[str] | None:
        """The kprobes blacklist; None when it cannot be read."""
        content = self.read("sys/kernel/debug/kprobes/blacklist", LARGE)
        return parse_blacklist(content.text) if content.readable else None

    @cached_property
    def traceable(self) -> frozenset[str] | None:
        """What ftrace can trace; None when it cannot be read."""
        for folder in TRACEFS:
            content = self.read(f"{folder}/available_filter_functions", LARGE)
            if content.readable:
                return parse_filter_functions(content.text) or None
        return None

    @cached_property
    def config(self) -> frozenset[str]:
        """Lines of the running kernel's build configuration; empty where it is not kept."""
        packed, _ = self._bytes("proc/config.gz", SMALL)
        places = (f"boot/config-{self.uname.release}", f"lib/modules/{self.uname.release}/config")
        texts = (_unzip(packed), *(self.read(place).text for place in places))
        return frozenset(next((text for text in texts if text), "").split("\n"))

    @cached_property
    def status(self) -> Mapping[str, str]:
        """Fields of /proc/self/status."""
        lines = self.read("proc/self/status").text.split("\n")
        return {
            key: value.strip() for key, found, value in (i.partition(":") for i in lines) if found
        }

    @cached_property
    def capabilities(self) -> int | None:
        """The effective capabilities as bits (linux/capability.h), or None."""
        try:
            return int(self.status.get("CapEff", ""), 16)
        except ValueError:
            return None

    @cached_property
    def filesystems(self) -> Mapping[str, str]:
        """Where each type of filesystem is mounted; the first place of each."""
        lines = [line.split(" ") for line in self.read("proc/self/mounts").text.split("\n")]
        return {
            fields[TYPE_FIELD]: fields[1] for fields in reversed(lines) if len(fields) > TYPE_FIELD
        }

    @cached_property
    def family(self) -> Family:
        """The distribution's family."""
        return parse_family(self.read("etc/os-release").text)

    @cached_property
    def bcc(self) -> BccPackage:
        """The module named bcc, as this interpreter sees it."""
        return self._bcc()

    def _bytes(self, path: str, limit: int) -> tuple[bytes, str]:
        if not _sane(path):
            return b"", "no such file"
        try:
            # Without O_NONBLOCK, opening a FIFO put there by somebody would wait for ever.
            fd = os.open(self._root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    return b"", "not a regular file"
                data = file.read(limit + 1)
        except OSError as error:
            return b"", (error.strerror or "cannot be read").lower()
        return (data, "") if len(data) <= limit else (b"", f"larger than {limit} bytes")


def _sane(path: str) -> bool:
    """Refuse what no path can hold; the release and the environment are part of some."""
    return "\0" not in path


def _unzip(packed: bytes) -> str:
    """Unpack gzip, at most `SMALL` bytes of it; nothing when it is none."""
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, SMALL).decode(errors="replace")
    except zlib.error:
        return ""


def _this_uname() -> Uname:
    name = os.uname()
    return Uname(sysname=name.sysname, release=name.release, machine=name.machine)
