from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.enrich.cgroups import Cgroups, mount_point, parse_unified
from detector.enrich.mounts import Mount, parse_mountinfo
from detector.errors import EnrichmentError

SECONDS = 10.0


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "system.slice/build.service").mkdir(parents=True)
    (tmp_path / "user.slice").mkdir()
    (tmp_path / "cgroup.procs").touch()
    return tmp_path


def test_a_cgroup_is_found_by_its_number_with_and_without_a_hint(tree: Path) -> None:
    number = (tree / "system.slice/build.service").stat().st_ino
    for hint in (None, "/user.slice", "/system.slice/build.service", "/gone"):
        found = Cgroups(tree).path(number, hint, SECONDS)
        assert found == "/system.slice/build.service"
    assert Cgroups(tree).path(tree.stat().st_ino, None, SECONDS) == "/"


def test_what_was_found_once_is_known_after_it_is_gone(tree: Path) -> None:
    cgroups = Cgroups(tree)
    number = (tree / "user.slice").stat().st_ino
    cgroups.path(number, None, SECONDS)
    (tree / "user.slice").rmdir()
    assert cgroups.path(number, None, SECONDS) == "/user.slice"


def test_the_cache_is_bounded(tree: Path) -> None:
    cgroups = Cgroups(tree, bound=1)
    for name in ("user.slice", "system.slice"):
        cgroups.path((tree / name).stat().st_ino, None, SECONDS)
    assert len(cgroups._paths) == 1


@pytest.mark.parametrize(("seconds", "words"), [(SECONDS, "gone"), (-1.0, "too many")])
def test_one_that_is_not_found_is_a_reason(tree: Path, seconds: float, words: str) -> None:
    with pytest.raises(EnrichmentError, match=words):
        Cgroups(tree).path(2**62, None, seconds)


def test_no_mount_is_a_reason() -> None:
    with pytest.raises(EnrichmentError, match="mounted"):
        Cgroups(None).path(1, None, SECONDS)


def test_a_name_that_is_not_utf_8_is_escaped(tree: Path) -> None:
    os.mkdir(os.fsencode(tree) + b"/\xff")  # noqa: PTH102 bytes
    number = os.stat(os.fsencode(tree) + b"/\xff").st_ino  # noqa: PTH116 bytes
    assert Cgroups(tree).path(number, None, SECONDS) == "/\\xff"


def test_the_unified_line_is_told_from_version_one() -> None:
    assert parse_unified(b"4:memory:/a\n0::/b c\n") == "/b c"
    assert parse_unified(b"4:memory:/a\n") is None
    assert mount_point([Mount((0, 1), "/x", "cgroup"), Mount((0, 2), "/y", "cgroup2")]) == "/y"
    assert mount_point([]) is None


def test_this_process_real_cgroup_is_found_by_its_inode() -> None:
    point = mount_point(parse_mountinfo(Path("/proc/self/mountinfo").read_bytes()))
    path = parse_unified(Path("/proc/self/cgroup").read_bytes())
    if point is None or path is None or not Path(point + path).exists():
        pytest.skip("no cgroup v2 that this process could see itself in")
    number = Path(point + path).stat().st_ino
    assert Cgroups(Path(point)).path(number, None, SECONDS) == path
