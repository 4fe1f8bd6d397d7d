"""The repository that a job stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.live.repository import place_in, repository_root
from detector.render.location import Location


def test_the_root_is_the_nearest_folder_with_git_in_it(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    assert repository_root(below) == tmp_path.resolve()


def test_without_one_it_is_the_folder_itself(tmp_path: Path) -> None:
    assert repository_root(tmp_path) == tmp_path.resolve()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ci/build.sh", Location("ci/build.sh", 1)),
        ("ci/build.sh:12", Location("ci/build.sh", 12)),
        ("./ci//build.sh:3", Location("ci/build.sh", 3)),
        ("a:b.sh", Location("a:b.sh", 1)),
        ("a:b.sh:7", Location("a:b.sh", 7)),
    ],
)
def test_a_place_is_read(text: str, place: Location, tmp_path: Path) -> None:
    assert place_in(tmp_path.resolve(), text) == place


def test_an_absolute_path_inside_is_made_relative(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    assert place_in(root, f"{root}/ci/build.sh:2") == Location("ci/build.sh", 2)


@pytest.mark.parametrize("text", ["", "../other.sh", "/etc/passwd", ".", "ci/build.sh:0"])
def test_a_place_that_github_would_refuse_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--location"):
        place_in(tmp_path.resolve(), text)
