"""A cpuset is read as /proc has it, or the reason is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.cpusets import NO_CPUSETS, parse_allowed, read_cpuset
from detector.enrich.procfs import ProcessDirectory
from detector.errors import EnrichmentError
from tests.unit.enrich.fake_proc import add_process


def test_a_real_process_has_one() -> None:
    with ProcessDirectory(Path("/proc"), os.getpid()) as directory:
        found = read_cpuset(directory)
    assert found.path.startswith("/")
    status = Path("/proc/self/status").read_text()
    assert f"Cpus_allowed_list:\t{found.cpus}\nMems_allowed:" in status
    assert f"Mems_allowed_list:\t{found.mems}\n" in status


def test_a_kernel_without_cpusets_says_so(tmp_path: Path) -> None:
    folder = add_process(tmp_path, 100)
    (folder / "status").write_text("Cpus_allowed_list:\t0-3\nMems_allowed_list:\t0\n")
    with (
        ProcessDirectory(tmp_path, 100) as directory,
        pytest.raises(EnrichmentError, match="CONFIG_CPUSETS") as raised,
    ):
        read_cpuset(directory)
    assert str(raised.value) == NO_CPUSETS


@given(st.binary())
def test_any_status_is_parsed_or_refused(status: bytes) -> None:
    try:
        cpus, mems = parse_allowed(status)
    except EnrichmentError:
        return
    assert isinstance(cpus, str)
    assert isinstance(mems, str)
