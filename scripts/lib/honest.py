"""Runs honest programs under every system call of the table; none may alarm."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from detector.model.finding import Severity
from detector.syscalls.table import SYSCALLS
from fire import lines_of

METRICS = "127.0.0.1:9478"
ALARMING = {severity.value for severity in Severity if severity.at_least(Severity.WARNING)}
WORK = Path(__file__).with_name("honest_work.py")


def during(findings: list[dict[str, Any]], program: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the findings of calls that began while a program ran."""
    return [f for f in findings if program["began"] <= f["call"]["began_ns"] <= program["ended"]]


def levels(findings: list[dict[str, Any]]) -> str:
    """Count findings by level, rule and caller."""
    counted = Counter(f"{f['severity']} {f['rule']['id']} ({f['task']['comm']})" for f in findings)
    return ", ".join(f"{count} {what}" for what, count in counted.items()) or "none"


def main() -> int:
    """Run them, print a table; 0 where nothing alarmed, failed or was lost."""
    parser = argparse.ArgumentParser(prog="scripts/honest", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of each load and stressor")
    parser.add_argument("program", nargs="*", help="only these")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(os.environ.get("TOCTRACE_OUT", made))
        output, results = folder / "out.jsonl", folder / "results.jsonl"
        names = ",".join(syscall.name for syscall in SYSCALLS)
        tool = ["toctrace", "run", "--all", "--syscalls", names, "--output", str(output)]
        work = [sys.executable, str(WORK), made, str(asked.seconds), METRICS, str(results)]
        watched = [*tool, "--metrics", METRICS, "--", *work, *asked.program]
        status = subprocess.run(watched, check=False).returncode
        programs = lines_of(results)
        *findings, observation = lines_of(output)
    for program in programs:
        said = levels(during(findings, program))
        took = (program["ended"] - program["began"]) / 1e9
        print(f"{program['name']:<20} status {program['status']}, {took:4.0f} s,", end=" ")
        print(f"{program['calls']:>10,} calls; findings: {said}")
    alarming = [finding for finding in findings if finding["severity"] in ALARMING]
    for finding in alarming:
        print(json.dumps(finding))
    print(f"on {observation['kernel']}: judged {observation['judged']:,}; {observation['verdict']}")
    print(f"incomplete {observation['incomplete']}, lost {observation['lost']}; status {status}")
    print(*observation["notes"], sep="\n")
    return int(bool(alarming) or status != 0)


if __name__ == "__main__":
    sys.exit(main())
