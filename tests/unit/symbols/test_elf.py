from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import SymbolError
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.elf import Elf
from tests.unit.symbols.compiled import address_of, build

PATIENT = 60.0


@contextmanager
def opened(path: Path) -> Iterator[Elf]:
    with path.open("rb", buffering=0) as file:
        yield Elf(BoundedFile(file, Limit(PATIENT)))


def function_at(elf: Elf, address: int) -> str | None:
    functions = elf.functions()
    assert functions is not None
    found = functions.at(address)
    return None if found is None else elf.name_of(found)


def test_a_function_is_named_from_its_first_byte_to_its_last(program: Path) -> None:
    address, size = address_of(program, "store")
    with opened(program) as elf:
        assert function_at(elf, address) == "store"
        assert function_at(elf, address + size - 1) == "store"
        assert function_at(elf, address + size) != "store"


def test_what_is_before_the_first_function_is_not_named(program: Path) -> None:
    with opened(program) as elf:
        assert function_at(elf, 1) is None


def test_a_place_in_the_file_has_the_address_that_it_is_loaded_at(program: Path) -> None:
    """The program's headers say so; readelf reads them independently."""
    told = subprocess.check_output(["readelf", "-lW", program], text=True)
    loads = re.findall(r"LOAD +0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+)", told)
    assert loads
    with opened(program) as elf:
        for offset, address, size in ((int(a, 16), int(b, 16), int(c, 16)) for a, b, c in loads):
            assert elf.virtual(offset) == address
            assert elf.virtual(offset + size - 1) == address + size - 1
        assert elf.virtual(program.stat().st_size + 1) is None


def test_the_build_id_is_the_linkers(program: Path) -> None:
    told = subprocess.check_output(["readelf", "-n", program], text=True)
    (wanted,) = re.findall(r"Build ID: ([0-9a-f]+)", told)
    with opened(program) as elf:
        found = elf.build_id
    assert found is not None
    assert found.hex() == wanted


def test_a_stripped_program_has_the_functions_that_it_exports(tmp_path: Path) -> None:
    exporting = build(tmp_path, "-rdynamic")
    address, _ = address_of(exporting, "main")
    subprocess.run(["strip", exporting], check=True)
    with opened(exporting) as elf:
        assert function_at(elf, address) == "main"


def test_a_compressed_section_is_inflated(tmp_path: Path, program: Path) -> None:
    small = tmp_path / "small"
    subprocess.run(["objcopy", "--compress-debug-sections=zlib", program, small], check=True)
    with opened(small) as compressed, opened(program) as plain:
        assert compressed.content(".debug_info") == plain.content(".debug_info")
        assert compressed.content(".no_such_section") is None


def everything(elf: Elf) -> None:
    """Read all that there is to read."""
    functions = elf.functions()
    found = functions.at(0x1139) if functions else None
    if found is not None:
        elf.name_of(found)
    elf.virtual(0x1139)
    assert elf.build_id is None or elf.build_id
    elf.content(".debug_line")


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    program: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    raw = bytearray(program.read_bytes())
    headers = int.from_bytes(raw[40:48], "little")
    places = st.one_of(
        st.integers(0, 63), st.integers(64, 1024), st.integers(headers, len(raw) - 1)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(places)] = data.draw(st.integers(0, 255))
    broken = tmp_path_factory.getbasetemp() / "broken"
    broken.write_bytes(
        raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    )
    with broken.open("rb", buffering=0) as file, suppress(SymbolError):
        everything(Elf(BoundedFile(file, Limit(PATIENT))))


def test_past_its_limit_nothing_is_read(program: Path) -> None:
    with program.open("rb", buffering=0) as file, pytest.raises(SymbolError, match="in time"):
        Elf(BoundedFile(file, Limit(-1)))
