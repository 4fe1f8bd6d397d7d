from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.commands import replay, report
from detector.errors import UsageError
from detector.render.jsonl import finding_line
from detector.render.meta import Meta
from tests.unit.builders import ladder
from tests.unit.recording.made import BEGINNING, header, record

CHECKOUT = Path(__file__).parents[3]
HONEST = [snapshot for number in range(1, 9) for snapshot in ladder(number)]


def replayed(*arguments: object) -> Result:
    return CliRunner().invoke(replay.command, [str(argument) for argument in arguments])


def test_findings_are_written_as_the_live_run_writes_them_and_the_exit_code_is_10(
    tmp_path: Path,
) -> None:
    lived = record(tmp_path / "case")
    done = replayed(tmp_path / "case", "--format", "jsonl")
    assert done.exit_code == 10
    *found, observation = done.stdout.splitlines()
    head = header()
    meta = Meta(
        run=BEGINNING.run,
        host=head.host,
        boot_id=head.boot_id,
        kernel=BEGINNING.kernel,
        version=head.tool,
    )
    assert found == [finding_line(finding, meta) for finding in lived.findings]
    assert json.loads(observation)["tool_status"] == 10


def test_a_clean_recording_is_12_as_long_as_something_was_lost_then(tmp_path: Path) -> None:
    record(tmp_path / "case", HONEST)
    assert replayed(tmp_path / "case").exit_code == 12
    assert replayed(tmp_path / "case", "--allow-degraded").exit_code == 0


def test_a_broken_recording_is_12_unless_findings_make_it_10(tmp_path: Path) -> None:
    record(tmp_path / "clean", HONEST)
    record(tmp_path / "raced")
    for case in ("clean", "raced"):
        (file,) = (tmp_path / case).iterdir()
        file.write_bytes(file.read_bytes()[:-1])
    done = replayed(tmp_path / "clean")
    assert done.exit_code == 12
    assert "it ends within a block" in done.stdout.replace("\n              ", " ")
    record(tmp_path / "raced", run="beef")
    assert replayed(tmp_path / "raced").exit_code == 10


def test_a_recording_of_which_nothing_can_be_read_is_named_and_the_rest_is_judged(
    tmp_path: Path,
) -> None:
    record(tmp_path / "case")
    (tmp_path / "case" / "beef.000001.toctrace").write_bytes(b"TOCTRACE\x09" + bytes(7))
    done = replayed(tmp_path / "case", "--format", "jsonl")
    assert done.exit_code == 10
    assert len(done.stdout.splitlines()) > 10
    page = CliRunner().invoke(report.command, [str(tmp_path / "case")])
    assert page.exit_code == 12
    assert "its format has version 9" in page.stdout


@pytest.mark.parametrize("what", ["nothing", "empty", "other"])
def test_a_path_that_holds_no_recording_is_a_usage_error(tmp_path: Path, what: str) -> None:
    if what != "nothing":
        (tmp_path / what).mkdir()
    if what == "other":
        (tmp_path / what / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match=what):
        replay.command.main([str(tmp_path / what)], standalone_mode=False)


def test_neither_root_nor_bcc_nor_pyroute2_is_needed(tmp_path: Path) -> None:
    record(tmp_path / "case")
    script = (
        "import sys; sys.modules['bcc'] = sys.modules['pyroute2'] = None;"
        "from detector.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "replay", tmp_path / "case"],
        cwd=CHECKOUT,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 10, done.stderr
    assert "Traceback" not in done.stderr


def test_several_recordings_are_judged_each_on_its_own(tmp_path: Path) -> None:
    first, second = record(tmp_path / "case"), record(tmp_path / "case", run="beef")
    lines = replayed(tmp_path / "case", "--format", "jsonl").stdout.splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds.count("observation") == 2
    assert kinds.count("finding") == len(first.findings) + len(second.findings)


def test_the_page_is_written_whole_to_a_file(tmp_path: Path) -> None:
    record(tmp_path / "case")
    page = tmp_path / "report.html"
    done = CliRunner().invoke(report.command, [str(tmp_path / "case"), "-o", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_text().endswith("</html>\n")
    assert done.stdout == ""
    ticket = CliRunner().invoke(report.command, [str(tmp_path / "case"), "--format", "md"])
    assert ticket.stdout.startswith("# toctrace: ` case `\n")
