"""Places in a repository."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.finding import Finding
from detector.model.frame import Frame
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


def raced_from(*frames: Frame) -> Finding:
    process = msgspec.structs.replace(PROCESS, stack=frames)
    return msgspec.structs.replace(RACE, process=process)


def test_the_innermost_source_line_in_the_repository_is_the_place() -> None:
    finding = raced_from(
        Frame(address=1, file="/usr/src/glibc/syscall.S", line=38),
        Frame(address=2, file="/work/project/src/../racer.c", line=41),
        Frame(address=3, file="/work/project/main.c", line=7),
    )
    assert location_of(finding, ROOT, None) == Location("racer.c", 41)
    assert location_of(finding, ROOT, Location("ci/build.sh", 3)) == Location("racer.c", 41)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("/work/project/racer.c", 0),
        ("/work/project/../other/racer.c", 1),
        ("/work/projects/racer.c", 1),
        ("/work/project", 1),
        ("racer.c", 1),
        ("", 0),
    ],
)
def test_a_source_that_is_not_known_to_be_in_the_repository_is_no_place(
    file: str, line: int
) -> None:
    given_place = Location("ci/build.sh", 3)
    finding = raced_from(Frame(address=1, file=file, line=line))
    assert location_of(finding, ROOT, given_place) == given_place


@given(texts, st.integers(1, 1 << 31))
def test_any_source_becomes_a_relative_uri(path: str, line: int) -> None:
    uri = location_of(
        raced_from(Frame(address=1, file=f"{ROOT}/{path}", line=line)), ROOT, None
    ).uri
    assert uri.isascii()
    assert not uri.startswith("/")
    assert ".." not in unquote(uri).split("/")


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
