from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.live.cgroup import cgroup_filter


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A hierarchy with one cgroup two levels down."""
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.procs").touch()
    (tmp_path / "a" / "plain").mkdir()
    return tmp_path


@pytest.mark.parametrize("given", ["/a/b", "a/b", "FULL/a/b"])
def test_a_path_is_full_or_begins_at_the_root(given: str, root: Path) -> None:
    path = Path(given.replace("FULL", str(root)))
    assert cgroup_filter(path, root) == ((root / "a" / "b").stat().st_ino, 2)


@pytest.mark.parametrize("given", ["/", "FULL"])
def test_the_root_is_at_level_0(given: str, root: Path) -> None:
    assert cgroup_filter(Path(given.replace("FULL", str(root))), root) == (root.stat().st_ino, 0)


@pytest.mark.parametrize("given", ["/none", "/a/plain"])
def test_what_is_no_cgroup_is_refused_by_name(given: str, root: Path) -> None:
    with pytest.raises(UsageError, match=f"--cgroup {given}: .* is no cgroup"):
        cgroup_filter(Path(given), root)
