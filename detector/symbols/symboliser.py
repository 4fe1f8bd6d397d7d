"""Addresses of a process to frames: the room's front door.

    directory = os.open("/proc/4711", os.O_RDONLY | os.O_DIRECTORY)
    frames = Symboliser().frames(directory, mappings, addresses, Limit(1.0))

Opening and reading a file of the watched system can be held back by whoever serves it (FUSE), so
this is to be run where waiting harms nobody: on a thread that can be left behind.
"""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import closing

from detector.errors import SymbolError
from detector.model.frame import Frame
from detector.symbols.bounded_file import Limit
from detector.symbols.maps import Mappings
from detector.symbols.module import Module, Place
from detector.symbols.opening import open_mapped

MOST_MODULES = 32
"""Files whose symbol tables are kept; the one asked for least recently goes first."""
MOST_PLACES = 4096
"""Places that are remembered."""
NOTHING_MAPPED = "nothing is mapped there"
NO_FILE = "no file is mapped there: code made at run time, or the kernel's own"

_Version = tuple[int, int, int, int]
"""What tells a file's content apart: device, inode, size, time of its last change in ns."""


class Symboliser:
    """Names addresses, and remembers what it read. For one thread at a time."""

    def __init__(self) -> None:
        """Nothing is read until it is asked for."""
        self._modules: OrderedDict[_Version, Module] = OrderedDict()
        self._places: OrderedDict[tuple[_Version, int], Place] = OrderedDict()

    def frames(
        self, directory: int, mappings: Mappings, addresses: Iterable[int], limit: Limit
    ) -> tuple[Frame, ...]:
        """Name a stack: each address is that behind an instruction, as a return address is.

        So is what a watchpoint's trap gives (x86 traps after the store): the byte before is looked
        up. `directory` is a descriptor of the process' folder in /proc. What cannot be named says
        why; this raises nothing, and ends soon after `limit`.
        """
        return tuple(self._frame(directory, mappings, address, limit) for address in addresses)

    def _frame(self, directory: int, mappings: Mappings, address: int, limit: Limit) -> Frame:
        mapping = mappings.at(address - 1)
        if mapping is None:
            return Frame(address=address, missing=NOTHING_MAPPED)
        if not mapping.has_file:
            return Frame(address=address, module=mapping.name, missing=NO_FILE)
        offset = mapping.file_offset(address)
        try:
            limit.check()
            with closing(open_mapped(directory, mapping)) as file:
                place = self._place(file, offset, limit)
        except SymbolError as error:
            place = Place(missing=str(error))
        return Frame(
            address=address,
            module=mapping.name,
            offset=offset,
            symbol=place.symbol,
            symbol_offset=place.symbol_offset,
            file=place.file,
            line=place.line,
            missing=place.missing,
        )

    def _place(self, file: io.FileIO, offset: int, limit: Limit) -> Place:
        version = _version(file)
        known = self._places.get((version, offset))
        if known is None:
            known = self._module(version, file, limit).place(file, offset - 1, offset, limit)
            self._places[version, offset] = known
            if len(self._places) > MOST_PLACES:
                self._places.popitem(last=False)
        return known

    def _module(self, version: _Version, file: io.FileIO, limit: Limit) -> Module:
        known = self._modules.pop(version, None)
        if known is None:
            known = Module(file, limit)
        self._modules[version] = known
        if len(self._modules) > MOST_MODULES:
            self._modules.popitem(last=False)
        return known


def _version(file: io.FileIO) -> _Version:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
