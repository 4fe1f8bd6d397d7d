"""Reading never raises, blocks or overflows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detector.doctor.host import Host

if TYPE_CHECKING:
    from tests.unit.doctor.fake_host import FakeHost


def test_a_fifo_is_refused_without_waiting(fake: FakeHost) -> None:
    """Nobody ever writes to it."""
    os.mkfifo(fake.root / "fifo")
    assert fake.host().read("fifo").error == "not a regular file"


def test_a_folder_is_refused(fake: FakeHost) -> None:
    """Opening it works, reading it does not."""
    assert not fake.host().read("proc").readable


def test_a_file_over_the_limit_is_not_read_by_half(fake: FakeHost) -> None:
    """Half a list of symbols would cost stages."""
    fake.write("big", b"x" * 11)
    assert fake.host().read("big", limit=10).error == "larger than 10 bytes"
    assert fake.host().read("big", limit=11).text == "x" * 11


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "gone"])
def test_impossible_paths_are_not_there(fake: FakeHost, path: str) -> None:
    """The release and BCC_KERNEL_SOURCE become parts of paths."""
    host = fake.host()
    assert not host.read(path).readable
    assert not host.exists(path)
    assert not host.is_file(path)
    assert not host.is_dir(path)
    assert host.link(path) == ""


def test_a_gzip_bomb_is_cut(fake: FakeHost) -> None:
    """The configuration has some 300 KB."""
    fake.configure("CONFIG_BPF=y", "x" * (1 << 22))
    assert max(map(len, fake.host().config)) <= 1 << 20


def test_the_real_root_is_the_default() -> None:
    """Without arguments it is this machine."""
    assert Host().uname.release == os.uname().release
    assert Host().read("proc/self/status").readable == Path("/proc/self/status").exists()
