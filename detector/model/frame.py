"""Frames: places in a user program's code, named as far as its files tell."""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One address in the code of a process. All names are hostile text: the process chose them."""

    address: int
    """User address, as the kernel gave it: of an instruction, or the one after it."""
    module: str = ""
    """Path of the mapped file, as the kernel shows it; empty: no file is mapped there."""
    offset: int | None = None
    """Of the address in that file, in bytes; None without a module."""
    symbol: str = ""
    """Function, as the file's symbol table has it (C++ names stay mangled); empty: not known."""
    symbol_offset: int = 0
    """Bytes from the function's beginning to the address."""
    file: str = ""
    """Source file, as the debug information names it; empty: not known."""
    line: int = 0
    """Line in it, from 1; 0: not known."""
    missing: str = ""
    """Why there is no symbol; empty where there is one."""
