from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.hunt.found_files import find_files


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    for name in ("a/aa.000001.toctrace", "b/deep/bb.000001.toctrace", "b/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def found(*paths: str) -> list[str]:
    return [file.name[:2] for file in find_files(paths, lambda error: pytest.fail(str(error)))]


def test_a_folder_is_searched_to_its_bottom(cases: Path) -> None:
    assert found(str(cases)) == ["aa", "bb"]


def test_files_patterns_and_overlapping_folders_count_once(cases: Path) -> None:
    assert found(f"{cases}/a/aa.000001.toctrace", f"{cases}/?", str(cases)) == ["aa", "bb"]
    assert found(f"{cases}/**/*.toctrace") == ["aa", "bb"]


def test_paths_are_told_as_they_are_from_the_root(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(cases)
    assert find_files(["a"], lambda _: None) == [cases / "a" / "aa.000001.toctrace"]


@pytest.mark.parametrize("path", ["none", "b/notes.txt", "*.toctrace"])
def test_a_path_that_stands_for_no_recording_is_a_usage_error(cases: Path, path: str) -> None:
    with pytest.raises(UsageError, match="no recording is there"):
        found(str(cases), str(cases / path))


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_taken(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os  # noqa: PLC0415

    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    told: list[OSError] = []
    assert [file.name[:2] for file in find_files([str(cases)], told.append)] == ["bb"]
    assert [error.filename for error in told] == [str(cases / "a")]
