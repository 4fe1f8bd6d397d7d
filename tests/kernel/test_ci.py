"""A CI job's step around real races: what it leaves behind, and what a baseline accepts of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

CHECKOUT = Path(__file__).parents[2]


def step(folder: Path, *options: str, scenarios: tuple[str, ...]) -> int:
    """Run the shell step around simulated races, each once; reports go to `folder`."""
    races = " && ".join(f"toctrace simulate {name}" for name in scenarios)
    done = subprocess.run(
        [CHECKOUT / "scripts" / "ci-step", *options, "--", "sh", "-c", races],
        cwd=folder,
        env={**os.environ, "TOCTRACE_REPORTS": str(folder / "reports")},
        check=False,
        timeout=1500,
    )
    return done.returncode


def read(folder: Path) -> Any:
    return json.loads((folder / "reports" / "toctrace.sarif").read_text())["runs"][0]


def test_every_report_tells_of_the_race_and_a_baseline_accepts_it_alone(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    options = ("--location", "ci/build.sh:7", "--write-baseline", str(baseline))
    assert step(tmp_path, *options, scenarios=("flip-old",)) == 10
    run = read(tmp_path)
    (result,) = run["results"]
    assert result["ruleId"] == "nodemask-race"
    assert run["invocations"][0]["executionSuccessful"] is True
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "ci/build.sh"
    junit = ET.parse(tmp_path / "reports" / "junit.xml")  # noqa: S314  (our own file)
    (failure,) = junit.iter("failure")
    assert "observer deceived at entry" in failure.attrib["message"]
    assert "ERR" in (tmp_path / "reports" / "summary.md").read_text()
    lines = (tmp_path / "reports" / "findings.jsonl").read_text().splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["finding", "observation"]

    # another process, at another time: the same fingerprint
    held = ("--baseline", str(baseline))
    assert step(tmp_path, *held, scenarios=("flip-old",)) == 0
    (accepted,) = read(tmp_path)["results"]
    assert accepted["baselineState"] == "unchanged"
    assert accepted["partialFingerprints"] == result["partialFingerprints"]

    # another argument is another finding, and what is gone is named
    assert step(tmp_path, *held, scenarios=("flip-new",)) == 10
    run = read(tmp_path)
    assert [told["baselineState"] for told in run["results"]] == ["new"]
    said = [told["message"]["text"] for told in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("stale in the baseline" in text for text in said)
