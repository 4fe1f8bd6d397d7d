"""Places in a repository."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given

from detector.render.location import Location, location_of, program_of, relative
from tests.unit.hostile import texts
from tests.unit.samples import PROCESS, findings

ROOT = "/work/project"
RACE = findings()["race"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/work/project/build/racer", "build/racer"),
        ("/usr/bin/racer", "usr/bin/racer"),
        ("/work/project/../other/racer", "work/other/racer"),
        ("/work/projects/racer", "work/projects/racer"),
        ("//usr//bin/racer", "usr/bin/racer"),
        ("/work/project", ""),
        ("../../racer", "racer"),
    ],
)
def test_a_path_is_relative_to_the_repository_or_only_loses_its_slash(path: str, told: str) -> None:
    assert relative(path, ROOT) == told


@given(texts)
def test_any_path_becomes_a_relative_uri(path: str) -> None:
    uri = Location(relative(path, ROOT) or "unknown").uri
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert uri.isascii()
    assert not uri.startswith("/")
    assert ".." not in unquote(uri).split("/")


def test_an_executable_that_was_deleted_is_the_same_program() -> None:
    gone = msgspec.structs.replace(PROCESS, executable="/work/project/racer (deleted)")
    assert program_of(msgspec.structs.replace(RACE, process=gone), ROOT) == "racer"


def test_without_an_executable_the_tasks_name_stands_for_it() -> None:
    unknown = msgspec.structs.replace(PROCESS, executable=None)
    assert program_of(msgspec.structs.replace(RACE, process=unknown), ROOT) == "racer"


def test_a_place_that_was_given_wins() -> None:
    given_place = Location(".github/workflows/ci.yml", 12)
    assert location_of(RACE, ROOT, given_place) is given_place
    assert location_of(RACE, ROOT, None) == Location("usr/local/bin/racer")
