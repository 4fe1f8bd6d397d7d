"""`run` for CI where nothing can be observed: every file says so, and nothing passes for clean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
STEP = CHECKOUT / "scripts" / "ci-step"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a job on a host without bcc, with toctrace on PATH."""
    blind = tmp_path / "blind"
    blind.mkdir()
    (blind / "bcc.py").write_text('raise ImportError("none here")\n')
    plain = {
        key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_"))
    }
    binaries = Path(sys.executable).parent
    return {
        **plain,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": f"{blind}:{CHECKOUT}",
    }


def run(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector", "run", *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def invocation(path: Path) -> Any:
    return json.loads(path.read_text())["runs"][0]["invocations"][0]


@pytest.mark.parametrize(("allow", "status"), [((), 11), (("--allow-unobserved",), 0)])
def test_every_file_says_that_nothing_was_observed(
    allow: tuple[str, ...], status: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    told = [
        "--sarif=a.sarif",
        "--junit=a.xml",
        "--summary=a.md",
        "--status=a.json",
        "--output=a.jsonl",
    ]
    done = run(tmp_path, environment, *told, "--github", *allow, "--", "true")
    assert done.returncode == status
    assert done.stdout == ""
    assert invocation(tmp_path / "a.sarif")["executionSuccessful"] is False
    assert invocation(tmp_path / "a.sarif")["exitCode"] == status
    assert ("<error" in (tmp_path / "a.xml").read_text()) is (status == 11)
    assert "nothing was watched" in (tmp_path / "a.xml").read_text()
    assert (tmp_path / "a.md").read_text().startswith("# toctrace: Could not observe")
    assert json.loads((tmp_path / "a.json").read_text())["exit_status"] == status
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(line)["outcome"] == "could not observe"
    level = "error" if status else "warning"
    assert done.stderr.splitlines()[-1].startswith(f"::{level} title=toctrace")


@pytest.mark.parametrize(("command", "status"), [("true", 12), ("false", 1)])
def test_a_file_that_could_not_be_written_after_all_is_not_clean(
    command: str, status: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "reports").mkdir()
    ending = ("sh", "-c", f"rmdir reports; {command}")
    done = run(tmp_path, environment, "--junit=reports/a.xml", "--allow-unobserved", "--", *ending)
    assert done.returncode == status
    assert "file_lost" in done.stderr
    assert "reports/a.xml" in done.stderr


def test_in_githubs_job_the_runner_reads_no_command_out_of_the_summary(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = run(tmp_path, environment | {"GITHUB_ACTIONS": "true"}, "--github", "--", "true")
    lines = done.stderr.splitlines()
    (opened,) = (at for at, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[opened].removeprefix("::stop-commands::")
    closed = lines.index(f"::{token}::")
    assert lines[opened + 1] == "Observation"
    assert [line.split(" ")[0] for line in lines[closed + 1 :]] == ["::error"]


@pytest.mark.parametrize(("allow", "status"), [((), 11), (("--allow-unobserved",), 12)])
def test_a_baseline_is_not_written_of_nothing_and_its_lack_is_not_clean(
    allow: tuple[str, ...], status: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = run(tmp_path, environment, *allow, "--write-baseline", "b.json", "--", "true")
    assert done.returncode == status
    assert "not written: nothing was observed" in done.stderr
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sarif", "/dev/stdout"), "stdout"),
        (("--junit", "none/a.xml"), "none/a.xml"),
        (("--location", "../other.sh"), "--location"),
        (("--baseline", "none.json"), "--write-baseline"),
        (("--github", "--log-format", "json"), "--log-format"),
    ],
)
def test_what_makes_no_sense_is_said_before_the_command_starts(
    arguments: tuple[str, ...], said: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = run(tmp_path, environment, "--allow-unobserved", *arguments, "--", "touch", "ran")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "ran").exists()


def test_where_a_file_is_lost_the_others_and_the_exit_status_agree(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "gone").mkdir()
    step = tmp_path / "step"
    told = ("--status=status.json", "--sarif=gone/a.sarif", "--junit=a.xml", f"--summary={step}")
    given = {**environment, "GITHUB_STEP_SUMMARY": str(step)}
    done = run(tmp_path, given, "--allow-unobserved", *told, "--", "rm", "-r", "gone")
    assert done.returncode == 12
    assert "file_lost" in done.stderr
    assert json.loads((tmp_path / "status.json").read_text())["exit_status"] == 12
    assert 'name="exit_status" value="12"' in (tmp_path / "a.xml").read_text()
    assert step.read_text().count("| exit status | 12 |") == 1
