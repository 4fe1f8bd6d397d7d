from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import SymbolError
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.elf import Elf
from detector.symbols.line_files import Strings
from detector.symbols.lines import Line, find_line
from tests.unit.symbols.compiled import address_of, build

VERSIONS = ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-4 -gdwarf64"]
"""binutils 2.40 does not read line programs of version 5 in 64-bit DWARF."""


def forever() -> None:
    """Never end a search."""


def sections(program: Path) -> tuple[bytes, Strings]:
    with program.open("rb", buffering=0) as file:
        elf = Elf(BoundedFile(file, Limit(60)))
        lines = elf.content(".debug_line")
        assert lines
        names = elf.content(".debug_line_str") or b"", elf.content(".debug_str") or b""
        return lines, Strings(*names)


def addr2line(program: Path, addresses: list[int]) -> list[str]:
    """What binutils says of the same addresses."""
    told = subprocess.check_output(
        ["addr2line", "-s", "-e", program, *map(hex, addresses)], text=True
    )
    return [line.split(" ")[0] for line in told.splitlines()]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_address_of_a_function_has_the_line_that_binutils_says(
    tmp_path: Path, version: str
) -> None:
    program = build(tmp_path, "-g", *version.split())
    lines, strings = sections(program)
    for symbol in ("store", "main"):
        address, size = address_of(program, symbol)
        addresses = list(range(address, address + size))
        found = [find_line(lines, strings, one, forever) for one in addresses]
        assert all(found)
        mine = [f"{Path(line.file).name}:{line.line}" for line in found if line]
        assert mine == addr2line(program, addresses)


def test_version_5_names_the_whole_path(tmp_path: Path) -> None:
    program = build(tmp_path, "-g", "-gdwarf-5")
    address, _ = address_of(program, "store")
    assert find_line(*sections(program), address, forever) == Line(str(tmp_path / "program.c"), 5)


def test_an_address_that_no_program_covers_has_no_line(program: Path) -> None:
    assert find_line(*sections(program), 1, forever) is None


def test_a_search_that_takes_too_long_ends(program: Path) -> None:
    def over() -> None:
        raise SymbolError("in time")

    with pytest.raises(SymbolError, match="in time"):
        find_line(*sections(program), 1, over)


@given(data=st.data())
def test_a_damaged_section_gives_a_line_or_none_or_is_refused(
    program: Path, data: st.DataObject
) -> None:
    lines, strings = sections(program)
    raw = bytearray(lines)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    address, _ = address_of(program, "store")
    for broken in (bytes(raw), bytes(raw[:cut])):
        with suppress(SymbolError):
            found = find_line(broken, strings, address, forever)
            assert found is None or isinstance(found, Line)


@given(st.binary(max_size=400))
def test_any_bytes_give_no_line_or_are_refused(section: bytes) -> None:
    with suppress(SymbolError):
        assert find_line(section, Strings(), 0x1000, forever) is None or section
