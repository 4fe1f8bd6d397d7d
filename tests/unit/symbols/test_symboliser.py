"""The own process is what is looked at: what is mapped in it is known by other means."""

from __future__ import annotations

import ctypes
import io
import mmap
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from detector.symbols import module, opening
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.debug_files import open_debug_file
from detector.symbols.elf import Elf
from detector.symbols.maps import Mappings
from detector.symbols.symboliser import NO_FILE, NOTHING_MAPPED, Symboliser
from tests.unit.symbols.compiled import address_of, build

PATIENT = 60.0
QSORT = ctypes.cast(ctypes.CDLL(None).qsort, ctypes.c_void_p).value or 0


@pytest.fixture
def own() -> Iterator[int]:
    descriptor = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def mappings() -> Mappings:
    return Mappings(Path("/proc/self/maps").read_bytes().splitlines())


def load(library: Path) -> int:
    """Map a library as the loader does; give where its first byte is."""
    ctypes.CDLL(str(library))
    return next(one.start for one in mappings().all if one.name == str(library))


def test_a_function_of_the_c_library_is_named(own: int) -> None:
    (frame,) = Symboliser().frames(own, mappings(), [QSORT + 3], Limit(PATIENT))
    assert (frame.symbol, frame.symbol_offset, frame.missing) == ("qsort", 3, "")
    assert Path(frame.module).name.startswith("libc")


def test_the_byte_before_the_address_is_what_is_named(own: int) -> None:
    (frame,) = Symboliser().frames(own, mappings(), [QSORT], Limit(PATIENT))
    assert frame.symbol != "qsort"


def test_file_and_line_are_named_where_there_is_debug_information(own: int, tmp_path: Path) -> None:
    library = build(tmp_path, "-g", "-shared", "-fPIC", name="library.so")
    base = load(library)
    address, size = address_of(library, "store")
    (frame,) = Symboliser().frames(own, mappings(), [base + address + size], Limit(PATIENT))
    assert (frame.symbol, frame.symbol_offset) == ("store", size)
    assert (frame.file, frame.line) == (str(tmp_path / "program.c"), 6)


def test_a_library_that_was_deleted_is_named_or_said_to_be_gone(own: int, tmp_path: Path) -> None:
    library = build(tmp_path, "-shared", "-fPIC", name="deleted.so")
    address, size = address_of(library, "store")
    place = load(library) + address + size
    library.unlink()
    (frame,) = Symboliser().frames(own, mappings(), [place], Limit(PATIENT))
    # with CAP_CHECKPOINT_RESTORE the mapped file itself can still be opened
    assert frame.symbol == "store" or frame.missing == opening.GONE


def test_code_that_no_file_holds_says_so(own: int) -> None:
    with mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as page:
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        (frame, nothing) = Symboliser().frames(own, mappings(), [address + 9, 9], Limit(PATIENT))
    assert frame.missing == NO_FILE
    assert nothing.missing == NOTHING_MAPPED
    assert (frame.symbol, nothing.symbol) == ("", "")


def test_past_the_limit_every_frame_says_why_it_has_no_name(own: int) -> None:
    frames = Symboliser().frames(own, mappings(), [QSORT + 1, QSORT + 2], Limit(-1))
    assert [frame.symbol for frame in frames] == ["", ""]
    assert all("in time" in frame.missing for frame in frames)


def test_a_line_that_takes_too_long_costs_no_symbol_of_the_stack(
    own: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(_section: bytes, _strings: object, _at: int, check: Callable[[], None]) -> None:
        while True:
            check()

    monkeypatch.setattr(module, "find_line", searched)
    library = build(tmp_path, "-g", "-shared", "-fPIC", name="slow.so")
    store, size = address_of(library, "store")
    stack = [load(library) + store + size - back for back in (0, 1, 2)]
    frames = Symboliser().frames(own, mappings(), stack, Limit(4))
    assert [(frame.symbol, frame.line, frame.missing) for frame in frames] == [("store", 0, "")] * 3


def test_compressed_debug_information_gives_the_line_too(own: int, tmp_path: Path) -> None:
    library = build(tmp_path, "-g", "-gz", "-shared", "-fPIC", name="compressed.so")
    base = load(library)
    address, size = address_of(library, "store")
    (frame,) = Symboliser().frames(own, mappings(), [base + address + size], Limit(PATIENT))
    assert frame.line == 6


def test_debug_information_that_lies_apart_is_found_by_the_build_id(
    own: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = build(tmp_path, "-g", "-shared", "-fPIC", name="stripped.so")
    address, size = address_of(library, "store")
    with library.open("rb", buffering=0) as file:
        build_id = Elf(BoundedFile(file, Limit(PATIENT))).build_id
    assert build_id
    apart = tmp_path / "debug" / build_id.hex()[:2] / f"{build_id.hex()[2:]}.debug"
    apart.parent.mkdir(parents=True)
    subprocess.run(["objcopy", "--only-keep-debug", library, apart], check=True)
    subprocess.run(["strip", library], check=True)
    base = load(library)
    (before,) = Symboliser().frames(own, mappings(), [base + address + size], Limit(PATIENT))
    assert (before.symbol, before.line) == ("", 0)
    monkeypatch.setattr(
        module, "open_debug_file", partial(open_debug_file, folder=tmp_path / "debug")
    )
    (frame,) = Symboliser().frames(own, mappings(), [base + address + size], Limit(PATIENT))
    assert (frame.symbol, frame.symbol_offset, frame.line) == ("store", size, 6)


def test_debug_information_of_another_build_is_not_used(
    own: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = build(tmp_path, "-shared", "-fPIC", name="own.so")
    other = build(tmp_path, "-g", "-O0", "-shared", "-fPIC", name="other.so")
    monkeypatch.setattr(module, "open_debug_file", lambda _: io.FileIO(other))
    address, size = address_of(library, "store")
    place = load(library) + address + size
    (frame,) = Symboliser().frames(own, mappings(), [place], Limit(PATIENT))
    assert (frame.symbol, frame.symbol_offset, frame.line) == ("store", size, 0)
