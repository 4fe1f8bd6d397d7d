from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.exits import Exit

HERE = Path(__file__).parent / "tamper"
COMM = "tampered"
NODE = 77
"""A node that no machine of ours has: below MAX_NUMNODES, and without a page to move."""


@pytest.fixture
def _tampered_kernel(tmp_path: Path) -> Iterator[None]:
    folder = shutil.copytree(HERE, tmp_path / "tamper")
    headers = os.environ["BCC_KERNEL_SOURCE"]
    subprocess.run(["make", "-C", headers, f"M={folder}", "modules"], check=True)
    module = folder / "tamper.ko"
    subprocess.run(["insmod", module, f"comm={COMM}", f"node={NODE}"], check=True)
    try:
        yield
    finally:
        subprocess.run(["rmmod", "tamper"], check=True)


def lines_of(path: Path, kind: str) -> list[dict[str, Any]]:
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if line["type"] == kind]


@pytest.mark.usefixtures("_tampered_kernel")
def test_a_mask_that_changes_inside_the_kernel_is_tamper_and_no_other_call_is(
    tmp_path: Path,
) -> None:
    output = tmp_path / "out.jsonl"
    caller = [sys.executable, str(HERE / "caller.py"), "honest", COMM, "honest"]
    run = subprocess.run(
        ["toctrace", "run", "--syscalls", "migrate_pages", "--output", output, "--", *caller],
        check=False,
    )
    assert run.returncode == Exit.FOUND

    [finding] = lines_of(output, "finding")
    assert finding["kind"] == "tamper"
    assert finding["kinds"] == ["tamper"]
    assert finding["severity"] == "crit"
    assert finding["rule"]["id"] == "nodemask-tamper"
    assert finding["window"] == {"from": "copy", "to": "use"}
    assert finding["task"]["comm"] == COMM
    assert finding["call"]["returned"] == 0

    old, new = finding["masks"]
    assert (old["argument"], new["argument"]) == ("old_nodes", "new_nodes")
    assert old["window"] == {"from": "copy", "to": "use"}
    assert (old["came"]["nodes"], old["went"]["nodes"]) == ([NODE], [])
    seen = {stage: look["nodes"] for stage, look in old["looks"].items()}
    assert seen == {"entry": [0], "copy": [0], "use": [0, NODE], "exit": [0]}
    assert new["kind"] is None

    [observation] = lines_of(output, "observation")
    assert observation["findings"] == {"tamper": 1}
    assert observation["judged"] == 3
