"""The calls that take paths or socket addresses, made so that nothing comes of them.

Every path is in a folder that does not exist, every address is this host's loopback.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detector.raw_syscall import raw_syscall

if TYPE_CHECKING:
    from collections.abc import Callable

AT_FDCWD = -100
_FOLDER = "/toctrace/nowhere/xxxxx/"
"""It is as long as three words: the name that follows is one word of its own."""
_PORT = 40009
"""Where nobody listens."""
_NOTHING = ctypes.create_string_buffer(24)
"""A struct open_how of zeros (include/uapi/linux/openat2.h)."""
_WORD = ctypes.create_string_buffer(b"nothing")
_WORDS = (ctypes.c_void_p * 2)(ctypes.addressof(_WORD), None)
_ENVIRONMENT = (ctypes.c_void_p * 1)(None)
_ROOT = ctypes.create_string_buffer(b"/")


@dataclass(frozen=True)
class TextCall:
    """One call."""

    syscall: str
    arguments: tuple[str, ...]
    """Those that are texts, in the table's order."""
    make: Callable[[int, int], int]
    """Call with the addresses of the first text and of the second (0 where it has but one); give
    what the kernel returned."""
    error: str | None = "ENOENT"
    """What it ends with, however the texts read."""
    is_address: bool = False
    returns_at_exit: bool = True
    """Whether its memory can be looked at once more when it returns."""
    unused: dict[str, str] = field(default_factory=dict)
    """Arguments that the call ends before it uses, as a finding shows them."""

    def first(self, repetition: int) -> bytes:
        """Give the text that a look at the entry finds; repetitions tell calls apart."""
        return self._text("ab"[repetition % 2])

    def second(self, repetition: int) -> bytes:
        """Give the text that a writer puts in its place."""
        return self._text("yz"[repetition % 2])

    def other(self) -> bytes:
        """Give the text of the argument that stays as it is."""
        return b"toctrac\0" if self.syscall == "mount" else _path("o")

    @property
    def word(self) -> int:
        """Which word of the text differs."""
        return 0 if self.is_address else len(_FOLDER) // 8

    def _text(self, letter: str) -> bytes:
        return _loopback(ord(letter)) if self.is_address else _path(letter)


def shown(text: bytes, *, is_address: bool) -> str:
    """Give a text as a finding shows it."""
    if not is_address:
        return text.rstrip(b"\0").decode()
    return f"{socket.inet_ntoa(text[4:8])}:{_PORT}"


def _path(letter: str) -> bytes:
    return (_FOLDER + 7 * letter).encode() + b"\0"


def _loopback(octet: int) -> bytes:
    """Give a struct sockaddr_in of 127.0.N.1."""
    return struct.pack("=H", socket.AF_INET) + struct.pack(">HBBBB8x", _PORT, 127, 0, octet, 1)


def _connect(address: int, _: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        return raw_syscall(42, made.fileno(), address, 16)


def _bind(address: int, _: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        return raw_syscall(49, made.fileno(), address, 16)


def _sendto(address: int, _: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        return raw_syscall(44, made.fileno(), ctypes.addressof(_WORD), 1, 0, address, 16)


def _at(number: int) -> Callable[[int, int], int]:
    return lambda one, _: raw_syscall(number, AT_FDCWD, one, 0, 0)


def _between(number: int) -> Callable[[int, int], int]:
    return lambda one, two: raw_syscall(number, AT_FDCWD, one, AT_FDCWD, two, 0)


def _execute(*before: int, number: int) -> Callable[[int, int], int]:
    words, environment = ctypes.addressof(_WORDS), ctypes.addressof(_ENVIRONMENT)
    return lambda one, _: raw_syscall(number, *before, one, words, environment, 0)


def _mounted() -> str:
    """What mounting a file system of an unknown kind ends with."""
    return "EPERM" if os.geteuid() else "ENODEV"


TEXT_CALLS = (
    TextCall("open", ("pathname",), lambda one, _: raw_syscall(2, one, 0, 0)),
    TextCall("openat", ("pathname",), _at(257)),
    TextCall(
        "openat2",
        ("pathname",),
        lambda one, _: raw_syscall(437, AT_FDCWD, one, ctypes.addressof(_NOTHING), 24),
    ),
    TextCall("creat", ("pathname",), lambda one, _: raw_syscall(85, one, 0o600)),
    TextCall("connect", ("addr",), _connect, error=None, is_address=True),
    TextCall("bind", ("addr",), _bind, error=None, is_address=True),
    TextCall("sendto", ("addr",), _sendto, error=None, is_address=True),
    TextCall(
        "execve",
        ("pathname",),
        _execute(number=59),
        returns_at_exit=False,
        unused={"argv": _WORD.value.decode()},
    ),
    TextCall(
        "execveat",
        ("pathname",),
        _execute(AT_FDCWD, number=322),
        returns_at_exit=False,
        unused={"argv": _WORD.value.decode()},
    ),
    TextCall("unlinkat", ("pathname",), _at(263)),
    TextCall("renameat2", ("oldpath", "newpath"), _between(316)),
    TextCall("linkat", ("oldpath", "newpath"), _between(265)),
    TextCall(
        "symlinkat",
        ("target", "linkpath"),
        lambda one, two: raw_syscall(266, one, AT_FDCWD, two),
    ),
    TextCall(
        "mount",
        ("source", "filesystemtype"),
        lambda one, two: raw_syscall(165, one, ctypes.addressof(_ROOT), two, 0, 0),
        error=_mounted(),
    ),
)
