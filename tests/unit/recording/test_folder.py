from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.recording.folder import CaseFolder
from tests.unit.recording.made import RUN, record


def test_a_case_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        record(tmp_path / "case")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "case").stat().st_mode) == 0o700
    (file,) = (tmp_path / "case").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_others_may_write_to_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case").chmod(0o777)
    with pytest.raises(UsageError, match="chmod 700"):
        CaseFolder(tmp_path / "case")


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "case").symlink_to("real")
    with pytest.raises(UsageError, match="no case can be kept"):
        CaseFolder(tmp_path / "case")


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_in_the_place_of_a_file_is_not_written_through(
    tmp_path: Path, *, dangling: bool
) -> None:
    victim = tmp_path / "victim"
    if not dangling:
        victim.write_text("untouched")
    (tmp_path / "case").mkdir(mode=0o700)
    (tmp_path / "case" / f"{RUN}.000001.toctrace").symlink_to(victim)
    lived = record(tmp_path / "case")
    assert not victim.exists() if dangling else victim.read_text() == "untouched"
    assert sum(n for cause, n in lived.observation.lost.items() if "disk" in cause) > 0


def test_a_second_recording_leaves_the_first_one_as_it_is(tmp_path: Path) -> None:
    record(tmp_path / "case")
    (first,) = (tmp_path / "case").iterdir()
    before = first.read_bytes()
    record(tmp_path / "case", run="beef")
    assert first.read_bytes() == before
    assert len(list((tmp_path / "case").iterdir())) == 2
