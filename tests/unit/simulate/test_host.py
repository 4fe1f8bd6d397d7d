from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from detector.errors import SimulationError
from detector.simulate.host import Host, parse_nodelist, read_host

if TYPE_CHECKING:
    from pathlib import Path

BITS_1024 = ",".join(["00000000"] * 31 + ["00000003"])


def fake(root: Path, *, online: str = "0-1", allowed: str = "0-1", bits: str = BITS_1024) -> Host:
    nodes = root / "sys/devices/system/node"
    nodes.mkdir(parents=True)
    (nodes / "online").write_text(f"{online}\n")
    (nodes / "has_memory").write_text(f"{online}\n")
    status = root / "proc/self/status"
    status.parent.mkdir(parents=True)
    status.write_text(f"Name:\tx\nMems_allowed:\t{bits}\nMems_allowed_list:\t{allowed}\n")
    return read_host(root / "proc", root / "sys")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0\n", {0}), ("0-2,7", {0, 1, 2, 7}), ("\n", set()), ("3,5-6", {3, 5, 6})],
)
def test_a_list_of_the_kernel_is_read(text: str, numbers: set[int]) -> None:
    assert parse_nodelist(text) == numbers


def test_only_nodes_that_the_cpuset_allows_are_used(tmp_path: Path) -> None:
    assert fake(tmp_path, online="0-3", allowed="1-2").nodes == (1, 2)


def test_other_is_another_node(tmp_path: Path) -> None:
    assert fake(tmp_path).other == (1,)


def test_other_on_one_node_is_one_node_too_many(tmp_path: Path) -> None:
    assert fake(tmp_path, online="0", allowed="0").other == (0, 62)


def test_a_host_with_the_nodes_that_must_be_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="node numbers 40 to 63 must not exist"):
        fake(tmp_path, online="0-63", allowed="0-63")


def test_a_kernel_that_knows_few_nodes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="CONFIG_NODES_SHIFT"):
        fake(tmp_path, bits="3")


def test_a_kernel_without_nodes_is_refused_by_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="node/online is missing"):
        read_host(tmp_path, tmp_path)


def test_another_architecture_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(SimulationError, match="aarch64"):
        read_host()


def test_this_host_has_a_node() -> None:
    assert read_host().nodes
