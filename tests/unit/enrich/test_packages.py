"""A file's package is what dpkg's lists say, within a bound, until dpkg changes something."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from detector.enrich.bounded import BoundedReader
from detector.enrich.packages import INFO, NO_DATABASE, SLOW, UNOWNED, Packages
from detector.errors import EnrichmentError

SECONDS = 30.0


@pytest.fixture
def info(tmp_path: Path) -> Path:
    """dpkg's folder below tmp_path."""
    folder = tmp_path / INFO
    folder.mkdir(parents=True)
    (folder / "racer:amd64.list").write_text("/.\n/usr\n/usr/bin\n/usr/bin/racer\n")
    (folder / "old.list").write_text("/bin/old\n")
    (folder / "racer:amd64.md5sums").write_text("/usr/bin/other\n")
    return folder


@pytest.mark.usefixtures("info")
def test_the_owner_is_the_package_that_lists_the_path(tmp_path: Path) -> None:
    packages = Packages(tmp_path, BoundedReader())
    assert packages.owner("/usr/bin/racer", SECONDS) == "racer:amd64"
    assert packages.owner("/usr/bin/old", SECONDS) == "old"  # listed from before /usr was merged
    for path in ("/usr/bin/race", "/bin/racer", "/usr/bin/other", "/usr/bin/racer/x", "racer"):
        with pytest.raises(EnrichmentError, match=UNOWNED):
            packages.owner(path, SECONDS)


def test_an_answer_is_remembered_until_dpkg_changes_something(info: Path, tmp_path: Path) -> None:
    packages = Packages(tmp_path, BoundedReader())
    assert packages.owner("/usr/bin/racer", SECONDS) == "racer:amd64"
    assert packages.owner("/usr/bin/racer", 0.0) == "racer:amd64"
    (info / "racer:amd64.list").unlink()
    os.utime(info, ns=(1, 1))
    with pytest.raises(EnrichmentError, match=SLOW):
        packages.owner("/usr/bin/racer", 0.0)
    with pytest.raises(EnrichmentError, match=UNOWNED):
        packages.owner("/usr/bin/racer", SECONDS)


@pytest.mark.usefixtures("info")
def test_looking_takes_no_more_memory_than_the_lists_are_long(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        assert Packages(tmp_path, BoundedReader()).owner("/bin/old", SECONDS) == "old"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_while_a_path_is_looked_for_it_is_looked_for_once(info: Path, tmp_path: Path) -> None:
    reader = BoundedReader()
    packages = Packages(tmp_path, reader)
    slow = info / "slow.list"
    os.mkfifo(slow)  # whoever opens it waits
    for _ in range(3):
        with pytest.raises(EnrichmentError, match=SLOW):
            packages.owner("/tmp/new", 0.1)
    assert reader.stuck == 1
    slow.open("w").close()


def test_a_host_without_dpkg_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="no dpkg"):
        Packages(tmp_path, BoundedReader()).owner("/usr/bin/racer", SECONDS)
    assert "rpm" in NO_DATABASE


def test_this_hosts_own_database_is_understood() -> None:
    if not (Path("/") / INFO).exists():
        pytest.skip("no dpkg here")
    assert Packages(Path("/"), BoundedReader()).owner("/usr/bin/dpkg", SECONDS) == "dpkg"
