from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.errors import SimulationError
from detector.simulate import cpuset
from detector.simulate.child import call_in_child
from detector.simulate.cpuset import cpuset_of
from detector.simulate.host import parse_nodelist, read_host


def test_who_enters_may_use_that_node_alone_and_nothing_is_left() -> None:
    node = read_host().nodes[-1]

    def enter() -> list[int]:
        procs.write_text(str(os.getpid()))
        lines = Path("/proc/self/status").read_text().splitlines()
        (allowed,) = (line.split()[1] for line in lines if line.startswith("Mems_allowed_list"))
        return sorted(parse_nodelist(allowed))

    mounts = Path("/proc/mounts").read_text()
    try:
        with cpuset_of(node) as procs:
            assert call_in_child(enter) == [node]
    except SimulationError as error:
        pytest.skip(str(error))
    assert not procs.parent.exists()
    assert Path("/proc/mounts").read_text() == mounts


def test_a_refusal_names_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("memory pids\n")
    monkeypatch.setattr(
        cpuset, "_mounted", lambda kind, _option="": tmp_path if kind == "cgroup2" else None
    )
    with (
        pytest.raises(SimulationError, match=r"cpuset controller is not in .*run as root"),
        cpuset_of(0),
    ):
        pass


def test_a_cpuset_that_cannot_be_written_is_a_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cpuset, "_mounted", lambda _kind, _option="": tmp_path)
    with pytest.raises(SimulationError, match="cannot be made here"), cpuset_of(0):
        pass
    assert list(tmp_path.iterdir()) == []
