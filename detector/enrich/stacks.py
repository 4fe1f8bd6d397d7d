"""The user stack of a call, named: of a process that lives, or of its executable's file alone."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from detector.enrich.bounded import NotBegunError
from detector.errors import EnrichmentError, SymbolError
from detector.model.frame import Frame
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.elf import Elf
from detector.symbols.maps import Mapping, Mappings
from detector.symbols.opening import open_mapped
from detector.symbols.symboliser import Symboliser

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from detector.enrich.bounded import BoundedReader
    from detector.enrich.procfs import ProcessDirectory
    from detector.model.caller import Caller

MAPS_BYTES = 4 << 20
"""More mappings than fit here are not looked at."""
SLOW = "its symbols could not be read in time"
NOT_TOLD = "the kernel's programs did not take it"
ELSEWHERE = "it is not in the executable's code, and what else was mapped is not known any more"
_PT_LOAD = 1
_PAGE = 4096
_CALL_BYTES = 7
"""The longest call instruction: FF /2 with an index and a displacement of 4 bytes, after a REX."""


class Stacks:
    """Names stacks, and remembers what it read of files."""

    def __init__(self, reader: BoundedReader) -> None:
        """Read on `reader`'s threads, which may be left behind."""
        self._reader = reader
        self._symboliser = Symboliser()

    def alive(
        self, directory: ProcessDirectory, caller: Caller, seconds: float
    ) -> tuple[Frame, ...]:
        """Name the stack by what is mapped in the process now. Raises EnrichmentError."""

        def work() -> tuple[Frame, ...]:
            with directory.open_memory_file("maps") as file:
                mappings = Mappings(_whole(file).split(b"\n"))
            return self._frames(directory.fileno(), mappings, caller, Limit(seconds))

        return self._bounded(work, seconds)

    def ended(
        self, file: io.FileIO, folder: int, caller: Caller, seconds: float
    ) -> tuple[Frame, ...]:
        """Name what of the stack is in the executable, by its file alone. Raises EnrichmentError.

        `file` is closed; below `folder`, a descriptor of one in /proc, it is found again.
        """

        def work() -> tuple[Frame, ...]:
            limit = Limit(seconds)
            mappings = Mappings(())
            with file:
                mappings.all.append(code_of(caller, file, limit))
            named = self._frames(folder, mappings, caller, limit)
            return tuple(
                frame if frame.module else Frame(address=frame.address, missing=ELSEWHERE)
                for frame in named
            )

        return self._bounded(work, seconds)

    def _frames(
        self, folder: int, mappings: Mappings, caller: Caller, limit: Limit
    ) -> tuple[Frame, ...]:
        addresses = return_addresses(
            caller, mappings, lambda address: _is_behind_call(folder, mappings, address, limit)
        )
        return self._symboliser.frames(folder, mappings, addresses, limit)

    def _bounded(self, work: Callable[[], tuple[Frame, ...]], seconds: float) -> tuple[Frame, ...]:
        try:
            return self._reader.run(work, seconds, held=SLOW)
        except (OSError, SymbolError) as error:
            raise EnrichmentError(str(error)) from error
        except NotBegunError:
            raise  # nobody was left behind: what is known of files stays
        except EnrichmentError:
            self._symboliser = Symboliser()  # a thread that was left behind has the other one
            raise


def return_addresses(
    caller: Caller, mappings: Mappings, follows_call: Callable[[int], bool]
) -> tuple[int, ...]:
    """Give the addresses of a stack that can be of code, innermost first.

    Frame pointers lead astray where code has none: what is not in code is left out. The word at the
    stack pointer stands second where it is an address behind a call.
    """
    innermost, *others = caller.stack or (0,)
    found = [address for address in others if _is_code(mappings, address)]
    top = caller.stack_top
    if _is_code(mappings, top) and top not in found[:1] and follows_call(top):
        found.insert(0, top)
    return (innermost, *found) if innermost else tuple(found)


def _is_code(mappings: Mappings, address: int) -> bool:
    mapping = mappings.at(address - 1)
    return mapping is not None and mapping.executable


def _is_behind_call(folder: int, mappings: Mappings, address: int, limit: Limit) -> bool:
    """Whether the instruction before an address is a call, by the mapped file's bytes."""
    mapping = mappings.at(address - 1)
    if mapping is None or not mapping.has_file:
        return False
    offset = mapping.file_offset(address)
    try:
        with closing(open_mapped(folder, mapping)) as file:
            before = BoundedFile(file, limit).read(max(offset - _CALL_BYTES, 0), _CALL_BYTES)
    except SymbolError:
        return False
    return is_call(before)


def is_call(before: bytes) -> bool:
    """Whether bytes can end with a call: E8 with a displacement, or FF /2 (Intel SDM, volume 2)."""
    if before[-5:-4] == b"\xe8":
        return True
    return any(
        before[-length] == 0xFF and before[1 - length] >> 3 & 7 == 2  # noqa: PLR2004  the /2
        for length in (2, 3, 4, 6, 7)
        if len(before) >= length
    )


def code_of(caller: Caller, file: io.FileIO, limit: Limit) -> Mapping:
    """Make the mapping of an executable's code of where the kernel said that it is.

    fs/binfmt_elf.c load_elf_binary(): start_code is the address of its first executable segment,
    end_code the end of its last one. Raises SymbolError where no single segment has that size.
    """
    start, end = caller.code
    for segment in Elf(BoundedFile(file, limit)).segments:
        same_place = segment.address % _PAGE == start % _PAGE
        if segment.kind == _PT_LOAD and same_place and segment.size == end - start:
            return Mapping(
                start=start,
                end=end,
                executable=True,
                shared=False,
                offset=segment.offset,
                device=caller.program.device if caller.program else (0, 0),
                inode=caller.program.inode if caller.program else 0,
                path=os.fsencode(caller.executable or ""),
            )
    raise SymbolError(ELSEWHERE)


def _whole(file: io.FileIO) -> bytes:
    """Read a file from its beginning, up to the bound."""
    parts: list[bytes] = []
    size = 0
    while size < MAPS_BYTES and (part := file.read(1 << 16)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
