from __future__ import annotations

from pathlib import Path

from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.replay import DELETED, replay
from detector.recording.verify import verify
from tests.unit.recording.made import RUN, items, record
from tests.unit.samples import RULES

MANY = 4000


def test_a_file_that_has_grown_to_the_size_is_closed_and_its_head_given_out(tmp_path: Path) -> None:
    lived = record(tmp_path / "case", items(MANY), bounds=Bounds(rotate_bytes=1))
    names = sorted(file.name for file in (tmp_path / "case").iterdir())
    assert len(names) > 3
    assert names == [f"{RUN}.{number:06}.toctrace" for number in range(1, len(names) + 1)]
    assert [str(name) for _, name, _ in lived.heads] == names
    assert [last for *_, last in lived.heads] == [False] * (len(names) - 1) + [True]
    (path,) = find_recordings([tmp_path / "case"])
    found = verify(path, [head for head, *_ in lived.heads])
    assert found.sealed_whole


def test_a_file_that_has_grown_too_old_is_closed(tmp_path: Path) -> None:
    record(tmp_path / "case", items(MANY), bounds=Bounds(rotate_s=0.0))
    assert len(list((tmp_path / "case").iterdir())) > 3


def test_past_the_bound_the_oldest_files_go_and_the_recording_says_so(tmp_path: Path) -> None:
    bound = 100_000
    other = record(tmp_path / "case", run="beef")
    seen: list[int] = []

    def weigh() -> None:
        seen.append(sum(file.stat().st_size for file in (tmp_path / "case").glob(f"{RUN}.*")))

    lived = record(tmp_path / "case", items(MANY), bounds=Bounds(most_bytes=bound), at_head=weigh)
    files = sorted((tmp_path / "case").glob(f"{RUN}.*"))
    assert files[0].name > f"{RUN}.000001.toctrace"
    assert len(seen) > 4
    assert max(seen) <= bound
    (path,) = find_recordings([files[0]])
    found = verify(path)
    assert found.whole
    assert found.deleted == int(files[0].name.split(".")[1]) - 1
    replayed = replay(path, RULES, lambda *_: None)
    assert replayed.observation is not None
    assert replayed.observation.lost[DELETED] == found.deleted
    assert not replayed.observation.whole
    assert other.heads
    assert (tmp_path / "case" / "beef.000001.toctrace").exists()
    assert lived.observation.judged > replayed.observation.judged


def test_a_missing_first_file_that_nobody_deleted_on_purpose_is_told(tmp_path: Path) -> None:
    record(tmp_path / "case", items(MANY), bounds=Bounds(rotate_bytes=1))
    (tmp_path / "case" / f"{RUN}.000001.toctrace").unlink()
    (path,) = find_recordings([tmp_path / "case"])
    assert any("are not there" in str(gap) for gap in verify(path).gaps)
