"""`--backend fentry` is by fentry or not at all: nothing stands in for it unasked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from detector.exits import Exit

OPTIONS = ("--backend", "fentry", "--syscalls", "migrate_pages")


def test_where_the_kernel_refuses_fentry_asking_for_it_ends_with_11(tmp_path: Path) -> None:
    output, ran = tmp_path / "out.jsonl", tmp_path / "ran"
    done = subprocess.run(
        ["toctrace", "run", *OPTIONS, "--output", output, "--", "touch", ran],
        capture_output=True,
        text=True,
        check=False,
    )
    [observation] = map(json.loads, output.read_text().splitlines())
    if observation["backend"] == "fentry":  # a kernel that takes it
        assert done.returncode == Exit.CLEAN, done.stderr
        assert ran.exists()
        return
    assert done.returncode == observation["tool_status"] == Exit.UNOBSERVED, done.stderr
    assert observation["backend"] == "none"
    assert not ran.exists()
    assert not any(stage["armed"] for stage in observation["stages"])
    assert "the entry stage cannot be probed (__x64_sys_migrate_pages" in done.stderr
    assert "`toctrace doctor`" in done.stderr
    assert "backend_fallback" not in done.stderr


def test_where_it_is_refused_watch_ends_with_11_too() -> None:
    done = subprocess.run(
        ["toctrace", "watch", *OPTIONS, "--duration", "1", "--format", "jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stdout:  # a kernel that takes it
        assert json.loads(done.stdout)["backend"] == "fentry"
        assert done.returncode == Exit.CLEAN, done.stderr
        return
    assert done.returncode == Exit.UNOBSERVED, done.stderr
    assert "the entry stage cannot be probed (__x64_sys_migrate_pages" in done.stderr
