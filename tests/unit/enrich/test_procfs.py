from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.procfs import (
    NS_PER_TICK,
    ProcessDirectory,
    Stat,
    parse_command_line,
    parse_stat,
    reason,
)
from detector.errors import EnrichmentError
from tests.unit.enrich.fake_proc import add_process

NAMES = st.binary(max_size=15).filter(lambda raw: b"\0" not in raw)


@given(NAMES, st.integers(0, 4_194_304), st.integers(0, 2**60))
def test_a_hostile_name_never_shifts_the_fields_of_stat(
    name: bytes, parent: int, ticks: int
) -> None:
    raw = b"42 (%b) S %d " % (name, parent) + b"0 " * 17 + b"%d 0 0\n" % ticks
    assert parse_stat(raw) == Stat(name.decode("utf-8", "backslashreplace"), parent, ticks)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_stat_are_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(EnrichmentError, match="stat"):
        parse_stat(raw.replace(b" ", b""))


def test_a_command_line_keeps_empty_words_and_drops_the_padding() -> None:
    assert parse_command_line(b"a\0\0b\0\0\0") == ("a", "", "b")
    assert parse_command_line(b"") == ()
    assert parse_command_line(b"\xff\0") == ("\\xff",)


def test_a_directory_held_open_is_never_another_process() -> None:
    with (
        subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as child,
        ProcessDirectory(Path("/proc"), child.pid) as directory,
    ):
        assert directory.stat().parent_tgid == os.getpid()
        child.communicate()
        with pytest.raises(EnrichmentError, match="had ended"):
            directory.stat()
        with pytest.raises(EnrichmentError, match="had ended"):
            directory.executable()


def test_what_the_tool_runs_is_read_from_the_real_proc() -> None:
    with ProcessDirectory(Path("/proc"), os.getpid()) as directory:
        assert directory.executable() == str(Path("/proc/self/exe").readlink())
        assert directory.thread_comm() == Path("/proc/self/comm").read_text().rstrip("\n")
        assert directory.inode("ns/pid") == Path("/proc/self/ns/pid").stat().st_ino
        started = directory.stat().start_ticks * NS_PER_TICK
        assert 0 < started < 2**63


def test_a_process_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="had ended"):
        ProcessDirectory(tmp_path, 7)


def test_the_process_is_read_where_the_thread_is_gone(tmp_path: Path) -> None:
    add_process(tmp_path, 7)
    with (
        ProcessDirectory(tmp_path, 7, tid=8) as directory,
        directory.open_memory_file("cmdline") as file,
    ):
        assert file.read() == b"racer\0--fast\0"
        assert directory.executable() == "/usr/bin/racer"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(), "had ended"),
        (ProcessLookupError(), "had ended"),
        (PermissionError(), "CAP_SYS_PTRACE"),
        (OSError(5, "Input/output error"), "Input/output"),
    ],
)
def test_an_error_is_said_for_a_person(error: OSError, words: str) -> None:
    assert words in reason(error)
