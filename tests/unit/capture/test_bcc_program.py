from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector.capture.bcc_program import Program
from detector.errors import ObservationError
from tests.unit.capture.fake_bcc import Lib, install


def test_a_missing_bcc_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcc", None)
    with pytest.raises(ObservationError, match=r"cannot be imported by .*python3-bpfcc"):
        Program(Path("unread.c"), {})


def test_the_unrelated_bcc_is_told_from_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    unrelated = ModuleType("bcc")
    unrelated.__file__ = "/somewhere/bcc/__init__.py"
    monkeypatch.setitem(sys.modules, "bcc", unrelated)
    with pytest.raises(ObservationError, match=r"/somewhere/bcc.*unrelated package"):
        Program(Path("unread.c"), {})


@pytest.fixture
def lib(monkeypatch: pytest.MonkeyPatch) -> Lib:
    return install(monkeypatch)


@pytest.fixture
def program(lib: Lib, tmp_path: Path) -> Program:
    source = tmp_path / "empty.bpf.c"
    source.write_text("")
    program = Program(source, {})
    assert program._lib is lib
    return program


def test_one_function_has_several_tracing_programs(program: Program, lib: Lib) -> None:
    """do_filp_open is where openat and execve use their paths."""
    for name in ("use_filename_2", "use_executable_2"):
        assert program.attach_fentry("do_filp_open", name) == "fentry:do_filp_open"
        assert program.attach_fexit("do_filp_open", name) == "fexit:do_filp_open"
    kinds = ("kfunc__", "kretfunc__")
    assert lib.loaded == [
        (f"{kind}do_filp_open".encode(), f"{kind}{name}".encode())
        for name in ("use_filename_2", "use_executable_2")
        for kind in kinds
    ]
    assert len({one.fd for one in program.attached}) == 4
    program.detach()
    assert (program._bpf.kfunc_entry_fds, program._bpf.kfunc_exit_fds) == ({}, {})
    program.attach_fentry("do_filp_open", "use_executable_2")
    assert len(lib.loaded) == 4  # it is loaded already


def test_programs_that_the_kernel_skipped_are_counted_of_every_kind(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def misses(fd: int) -> int:
        asked.append(fd)
        return 1

    monkeypatch.setattr("detector.capture.bcc_program.recursion_misses", misses)
    program.attach_fentry("do_filp_open", "use_filename_2")
    program.attach_fentry("do_filp_open", "use_executable_2")
    program.attach_kprobe("do_migrate_pages", "use")
    program.attach_kprobe("do_mbind", "use")
    program.attach_tracepoint("syscalls:sys_enter_migrate_pages", "enter_migrate_pages")
    assert program.skipped() == 4  # a program at two functions is one program
    assert sorted(asked) == sorted(one.fd for one in program._bpf.funcs.values())
