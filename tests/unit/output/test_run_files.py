"""The files at the end of a run."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from detector.errors import UsageError
from detector.exits import Exit
from detector.output.run_files import RunFiles
from detector.render.run_report import RunReport
from tests.unit.messages import reports

REPORTS = reports()


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> RunReport:
    """A run of each outcome."""
    return REPORTS[request.param]


def test_every_file_that_was_asked_for_is_written(report: RunReport, tmp_path: Path) -> None:
    files = RunFiles(
        status=tmp_path / "status.json",
        summary=tmp_path / "summary.txt",
        sarif=tmp_path / "toctrace.sarif",
        junit=tmp_path / "junit.xml",
    )
    files.check()
    assert files.write(report, "text\n") == (report.exit_status, [])
    assert json.loads((tmp_path / "status.json").read_text())["type"] == "status"
    assert json.loads((tmp_path / "toctrace.sarif").read_text())["version"] == "2.1.0"
    assert ET.parse(tmp_path / "junit.xml").getroot().tag == "testsuites"  # noqa: S314  (ours)
    assert (tmp_path / "summary.txt").read_text() == "text\n"


def test_nothing_is_written_that_nobody_asked_for(tmp_path: Path) -> None:
    files = RunFiles(junit=tmp_path / "junit.xml")
    assert files.write(REPORTS["clean"], "text\n") == (0, [])
    assert [file.name for file in tmp_path.iterdir()] == ["junit.xml"]


@pytest.mark.parametrize(("name", "markdown"), [("s.md", True), ("s.markdown", True), ("s", False)])
def test_a_summary_is_markdown_by_its_name(
    name: str,
    markdown: bool,  # noqa: FBT001  (pytest passes it by name)
    tmp_path: Path,
) -> None:
    path = tmp_path / name
    RunFiles(summary=path).write(REPORTS["clean"], "text\n")
    assert path.read_text().startswith("# toctrace: ") is markdown


def test_githubs_summary_of_the_step_is_markdown_and_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "step_summary_1f0a"
    path.write_text("## the command's own\n")
    RunFiles(summary=path, step_summary=path).write(REPORTS["clean"], "text\n")
    assert path.read_text().startswith("## the command's own\n# toctrace: ")


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("field", ["status", "summary", "sarif", "junit"])
def test_the_commands_stdout_is_refused(field: str, name: str) -> None:
    with pytest.raises(UsageError, match="stdout"):
        RunFiles(**{field: Path(name)}).check()


def test_a_file_that_cannot_be_written_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    files = RunFiles(sarif=tmp_path / "none" / "a.sarif", junit=tmp_path / "junit.xml")
    with pytest.raises(UsageError):
        files.check()
    status, (failure,) = files.write(REPORTS["clean"], "")
    assert status == Exit.DEGRADED
    assert "a.sarif" in failure
    assert (tmp_path / "junit.xml").exists()


def told(path: Path) -> int:
    status: int = json.loads(path.read_text())["exit_status"]
    return status


@pytest.mark.parametrize(("outcome", "exit_status"), [("clean", 12), ("findings", 10)])
def test_what_is_lost_beside_the_files_is_told_in_them(
    outcome: str, exit_status: int, tmp_path: Path
) -> None:
    path = tmp_path / "status.json"
    files = RunFiles(status=path)
    assert files.write(REPORTS[outcome], "", ["a baseline"]) == (exit_status, ["a baseline"])
    assert told(path) == exit_status


def test_a_summary_of_the_step_that_takes_nothing_is_told_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    full = Path("/dev/full")
    files = RunFiles(status=path, summary=full, step_summary=full)
    status, failures = files.write(REPORTS["clean"], "")
    assert (status, told(path), len(failures)) == (12, 12, 1)
