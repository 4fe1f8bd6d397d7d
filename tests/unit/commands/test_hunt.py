from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.commands import hunt
from detector.errors import UsageError
from tests.unit.commands.test_replay import HONEST
from tests.unit.recording.made import items, record

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Give two cases: one raced, one honest; both lost something when they were taken."""
    record(tmp_path / "raced", items(30))
    record(tmp_path / "honest", HONEST, run="beef")
    return tmp_path


def hunted(*arguments: object) -> Result:
    return CliRunner().invoke(hunt.command, [str(argument) for argument in arguments])


def lines(done: Result, kind: str) -> list[dict[str, object]]:
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in told if line["type"] == kind]


def test_findings_are_10_and_told_to_a_person(cases: Path) -> None:
    done = hunted(cases)
    assert done.exit_code == 10
    assert done.stdout.startswith("Hunt\n  recordings  2 recordings of 1 host")
    assert "By executable, the rare ones first" in done.stdout


def test_where_no_finding_fits_what_was_lost_is_12(cases: Path) -> None:
    nobody = ("--where", "uid: {max: 999}")
    assert hunted(cases, *nobody).exit_code == 12
    assert hunted(cases, *nobody, "--allow-degraded").exit_code == 0
    assert hunted(cases, "--fail-on", "emerg").exit_code == 12


def test_a_broken_recording_is_named_and_set_aside(cases: Path) -> None:
    (cases / "dead").mkdir()
    (cases / "dead" / "ff.000001.toctrace").write_bytes(b"TOCTRACE\x09" + bytes(7))
    done = hunted(cases / "dead", cases / "honest", "--format", "jsonl", "--allow-degraded")
    assert done.exit_code == 12
    states = {line["recording"]: line["state"] for line in lines(done, "recording")}
    assert states == {
        str(cases / "dead" / "ff"): "unreadable",
        str(cases / "honest" / "beef"): "incomplete",
    }
    assert str(cases / "dead" / "ff") in hunted(cases).stdout
    assert hunted(cases).exit_code == 10


def test_since_and_until_bound_what_is_told(cases: Path) -> None:
    jsonl = ("--format", "jsonl")
    every = lines(hunted(cases, *jsonl), "sighting")
    assert every
    assert lines(hunted(cases, *jsonl, "--since", "2023-11-14T22:00"), "sighting") == every
    assert lines(hunted(cases, *jsonl, "--until", "2023-11-15"), "sighting") == every
    # the clock of these cases was set by years meanwhile, and so much is in doubt
    assert not lines(hunted(cases, *jsonl, "--until", "2015-01-01"), "sighting")
    assert not lines(hunted(cases, *jsonl, "--since", "2099-01-01"), "sighting")


@pytest.mark.parametrize(
    ("given", "told_ns"),
    [
        ("2026-11-25", 1_795_564_800_000_000_000),
        ("2026-11-25T01:00:00.000001+01:00", 1_795_564_800_000_001_000),
    ],
)
def test_times_are_utc_where_they_do_not_say(given: str, told_ns: int) -> None:
    context, parameter = hunt.click.Context(hunt.command), hunt.command.params[0]
    assert hunt.moment(context, parameter, given) == told_ns


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "yesterday"), "is no time"),
        (("--where", "nonsense: 1"), "`nonsense` is not a key"),
        (("--parquet", "/none/x.parquet"), "cannot be written"),
        (("--rules", "/none.yaml"), "/none.yaml"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(
    arguments: tuple[str, str], told: str
) -> None:
    done = hunted("/none", *arguments)
    assert done.exit_code != 0
    assert told in f"{done.output}{done.exception}"


def test_a_path_without_recordings_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no recording is there"):
        hunt.command.main([str(tmp_path)], standalone_mode=False)


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [("pyarrow", ("--parquet", "x.parquet"), "hunt"), ("pyspark", ("--engine", "spark"), "spark")],
)
def test_what_an_extra_brings_is_named_where_it_is_missing(
    missing: str, arguments: tuple[str, str], extra: str, cases: Path
) -> None:
    script = f"import sys; sys.modules[{missing!r}] = None; from detector.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "hunt", cases, *arguments],
        cwd=cases,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert f"pip install 'toctrace[{extra}]'" in done.stderr


def test_where_there_is_no_java_that_is_said(cases: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detector", "hunt", cases, "--engine", "spark"],
        cwd=CHECKOUT,
        env={"JAVA_HOME": "/none", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "openjdk-17-jre-headless" in done.stderr
    assert "Traceback" not in done.stderr


def test_neither_root_nor_bcc_nor_an_extra_is_needed(cases: Path) -> None:
    script = (
        "import sys; sys.modules |= dict.fromkeys(('bcc', 'pyroute2', 'pyarrow', 'pyspark'));"
        "from detector.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "hunt", cases],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 10, done.stderr
    assert done.stderr == ""


def test_a_terminal_sees_how_far_the_hunt_has_come(cases: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "detector", "hunt", cases],
        cwd=CHECKOUT,
        stderr=theirs,
        stdout=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert "hunting" in drawn
    assert "100%" in drawn
    assert b"hunting" not in done.stdout


def test_the_findings_go_to_a_parquet_file_besides(cases: Path) -> None:
    from pyarrow import parquet  # noqa: PLC0415

    done = hunted(cases, "--parquet", cases / "found.parquet", "--format", "jsonl")
    table = parquet.read_table(cases / "found.parquet")
    assert table.column("id").to_pylist() == [line["id"] for line in lines(done, "sighting")]
    assert stat.S_IMODE((cases / "found.parquet").stat().st_mode) == 0o600
