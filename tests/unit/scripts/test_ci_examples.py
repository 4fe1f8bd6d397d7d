"""The examples for CI services: as their services read them, and their shell as it stands.

No kernel is watched here, so that each step must fail (11) or be told to let that pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[3]
ACTION = CHECKOUT / "action.yml"
GITLAB = CHECKOUT / "docs" / "ci" / "gitlab-ci.yml"
REPORTS = {"toctrace.sarif", "junit.xml", "findings.jsonl", "status.json"}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The folder of a job."""
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "Makefile").write_text("check:\n\ttouch ran\n")
    return folder


def shell(script: str, job: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as a runner does, on a host without bcc."""
    blind = job.parent / "blind"
    blind.mkdir(exist_ok=True)
    (blind / "bcc.py").write_text('raise ImportError("none here")\n')
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_"))
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=job,
        env={
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{blind}:{CHECKOUT}",
            **environment,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def unobserved(job: Path) -> bool:
    """Whether the reports are all there, and say that nothing was observed."""
    folder = job / "toctrace-reports"
    assert {file.name for file in folder.iterdir()} >= REPORTS
    (run,) = json.loads((folder / "toctrace.sarif").read_text())["runs"]
    return not run["invocations"][0]["executionSuccessful"]


def action_step(job: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the action's own step, with its defaults and these inputs, as the runner fills them."""
    action: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    values = {name: told.get("default", "") for name, told in action["inputs"].items()}
    values |= {name.replace("_", "-"): value for name, value in inputs.items()}
    step = action["runs"]["steps"][-1]
    environment = {}
    for name, expression in step["env"].items():
        key = expression.removeprefix("${{ inputs.").removesuffix(" }}")
        environment[name] = values[key]
    summary = job / "step-summary"
    return shell(
        step["run"],
        job,
        **environment,
        GITHUB_ACTIONS="true",
        GITHUB_ACTION_PATH=str(CHECKOUT),
        GITHUB_STEP_SUMMARY=str(summary),
    )


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "docs/ci/github-workflow.yml"),
        ("vendor.gitlab-ci", "docs/ci/gitlab-ci.yml"),
    ],
)
def test_the_file_is_what_its_service_reads(schema: str, file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file]
    done = subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_fails_where_nothing_could_be_observed(job: Path) -> None:
    done = action_step(job, run="make check", location="Makefile:1")
    assert done.returncode == 11, done.stderr
    assert not (job / "ran").exists()
    assert unobserved(job)
    assert "Could not observe" in (job / "step-summary").read_text()
    assert done.stderr.splitlines()[-1].startswith("::error ")


def test_the_action_runs_the_command_unwatched_where_that_is_allowed(job: Path) -> None:
    done = action_step(job, run="touch ran\ntrue 'two lines; a quote'", allow_unobserved="true")
    assert done.returncode == 0, done.stderr
    assert (job / "ran").exists()
    assert unobserved(job)
    assert done.stderr.splitlines()[-1].startswith("::warning ")


def test_an_input_of_the_action_is_no_shell(job: Path) -> None:
    hostile = '"; touch forged; $(touch forged)'
    done = action_step(job, run="make check", location=hostile, reports="toctrace-reports")
    assert not (job / "forged").exists()
    assert done.returncode in {2, 11}


def test_no_expression_of_the_service_stands_in_the_shell(job: Path) -> None:
    del job
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_gitlab_job_fails_where_nothing_could_be_observed(job: Path) -> None:
    told = yaml.safe_load(GITLAB.read_text())[".toctrace"]
    variables = told["variables"] | {"TOCTRACE_HOME": str(CHECKOUT), "TOCTRACE_RUN": "make check"}
    done = shell("\n".join(told["script"]), job, **variables)
    assert done.returncode == 11, done.stderr
    assert unobserved(job)
    report = told["artifacts"]["reports"]["junit"]
    assert "<error" in (job / report).read_text()
    assert told["artifacts"]["when"] == "always"


def test_the_plain_step_fails_where_nothing_could_be_observed(job: Path) -> None:
    script = (CHECKOUT / "docs" / "ci" / "shell.sh").read_text()
    done = shell(script, job, TOCTRACE_HOME=str(CHECKOUT))
    assert done.returncode == 11, done.stderr
    assert unobserved(job)
    assert "Could not observe" in (job / "toctrace-reports" / "summary.md").read_text()


def test_reports_of_another_run_do_not_stay(job: Path) -> None:
    folder = job / "toctrace-reports"
    folder.mkdir()
    (folder / "toctrace.sarif").write_text("old")
    done = shell(f"{CHECKOUT}/scripts/ci-step --baseline none.json -- true", job)
    assert done.returncode == 2
    assert not (folder / "toctrace.sarif").exists()


@pytest.mark.parametrize("arguments", ["", "--fail-on err", "make check", "--"])
def test_a_step_without_a_command_is_refused(arguments: str, job: Path) -> None:
    done = shell(f"{CHECKOUT}/scripts/ci-step {arguments}", job)
    assert done.returncode == 2
    assert "a command is wanted" in done.stderr
