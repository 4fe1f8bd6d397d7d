"""Stacks are named by a process' mappings, or by its executable's file alone once it has ended."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.enrich.stacks import ELSEWHERE, Stacks, is_call, return_addresses
from detector.errors import EnrichmentError
from detector.model.caller import Caller, Program
from detector.symbols.maps import Mappings
from tests.unit.enrich.test_executables import program_of

SECONDS = 30.0
SOURCE = """
#include <unistd.h>
__attribute__((noinline)) void wait_here(void) { pause(); }
int main(void) { wait_here(); return 0; }
"""
MAPS = (
    b"1000-3000 r-xp 00000000 08:01 7 /bin/racer",
    b"3000-4000 rw-p 00002000 08:01 7 /bin/racer",
    b"8000-9000 r-xp 00000000 08:01 8 /lib/libc.so.6",
)

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "racer.c").write_text(SOURCE)
    options = ("-static", "-g", "-O1", "-fno-pie", "-no-pie")
    command = ["gcc", *options, "-o", str(folder / "racer"), str(folder / "racer.c")]
    subprocess.run(command, check=True)
    return folder / "racer"


@pytest.fixture
def running(program: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([program]) as child:
        while b"racer" not in Path(f"/proc/{child.pid}/maps").read_bytes():
            pass  # the fork has not run it yet
        yield child
        child.kill()


def address_of(program: Path, function: str) -> int:
    told = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[0], 16) for line in told.splitlines() if line.endswith(function))


def code_of(child: int) -> tuple[int, int]:
    """What the kernel tells of the executable's code (fields 26 and 27 of stat)."""
    stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return int(stat[23]), int(stat[24])


def test_a_living_process_is_named_by_what_it_maps(
    program: Path, running: subprocess.Popen[bytes]
) -> None:
    inside = address_of(program, " wait_here") + 4
    with ProcessDirectory(Path("/proc"), running.pid) as directory:
        (frame,) = Stacks(BoundedReader()).alive(directory, Caller(stack=(inside,)), SECONDS)
    assert (frame.symbol, frame.module, frame.line) == ("wait_here", str(program), 3)


def test_a_process_that_has_ended_is_named_by_its_executable_alone(
    program: Path, running: subprocess.Popen[bytes]
) -> None:
    caller = Caller(
        executable=str(program),
        program=program_of(program),
        code=code_of(running.pid),
        stack=(address_of(program, " wait_here") + 4, 0x7FFF_0000_1000),
    )
    running.kill()
    running.wait()
    with ProcessDirectory(Path("/proc"), os.getpid()) as directory:
        frames = Stacks(BoundedReader()).ended(
            io.FileIO(program), directory.fileno(), caller, SECONDS
        )
    assert [(frame.symbol, frame.file, frame.line) for frame in frames] == [
        ("wait_here", str(program.with_suffix(".c")), 3)
    ]


def test_what_is_known_of_files_stays_while_other_reads_are_held_back() -> None:
    stacks = Stacks(BoundedReader(stuck_bound=0))
    known = stacks._symboliser
    with (
        ProcessDirectory(Path("/proc"), os.getpid()) as directory,
        pytest.raises(EnrichmentError, match="already hold"),
    ):
        stacks.alive(directory, Caller(stack=(0x1000,)), SECONDS)
    assert stacks._symboliser is known


def test_code_that_is_in_no_single_segment_is_not_guessed_at(program: Path) -> None:
    caller = Caller(program=Program(device=(0, 0), inode=1), code=(0x1000, 0x1001), stack=(0x1000,))
    with pytest.raises(EnrichmentError, match="not in the executable's code"):
        Stacks(BoundedReader()).ended(io.FileIO(program), 0, caller, SECONDS)
    assert "not known any more" in ELSEWHERE


def addresses(stack: tuple[int, ...], top: int = 0, *, follows: bool = True) -> tuple[int, ...]:
    caller = Caller(stack=stack, stack_top=top)
    return return_addresses(caller, Mappings(MAPS), lambda _: follows)


def test_what_is_not_in_code_is_no_return_address() -> None:
    assert addresses((0x8100, 0x1100, 0x3100, 0x7FFC00000000)) == (0x8100, 0x1100)


def test_the_word_at_the_stack_pointer_is_the_caller_of_a_function_without_a_frame() -> None:
    assert addresses((0x8100, 0x1100), top=0x1200) == (0x8100, 0x1200, 0x1100)
    assert addresses((0x8100, 0x1100), top=0x1100) == (0x8100, 0x1100)
    assert addresses((0x8100, 0x1100), top=0x3200) == (0x8100, 0x1100)
    assert addresses((0x8100, 0x1100), top=0x1200, follows=False) == (0x8100, 0x1100)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("0090e811223344", True),  # call +0x44332211
        ("909090909041ffd4"[2:], True),  # call *%r12
        ("9090909090ffd0", True),  # call *%rax
        ("90ff1511223344", True),  # call *0x44332211(%rip)
        ("90909090ff5008", True),  # call *8(%rax)
        ("9090909090ffe0", False),  # jmp *%rax
        ("90909090900f05", False),  # syscall
        ("", False),
    ],
)
def test_calls_are_told_by_their_bytes(code: str, *, call: bool) -> None:
    assert is_call(bytes.fromhex(code)) is call


@given(st.binary(max_size=7))
def test_any_bytes_have_an_answer(before: bytes) -> None:
    assert is_call(before) in {True, False}
