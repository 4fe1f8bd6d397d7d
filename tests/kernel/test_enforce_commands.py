"""`run` and `watch` with --enforce: what is refused, what is said, and when it ends."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.simulate import SCENARIOS
from detector.simulate.host import read_host
from tests.kernel.rules import ENFORCE_RACED as RULE
from tests.kernel.test_interruptions import probes, wait_until

TIMES = 3
DEADLINE_S = 600
CALLER = f"""
from detector.simulate import SCENARIOS, play
from detector.simulate.host import read_host
for name in ("flip-old", "fail-after-copy"):
    SCENARIOS[name].perform(read_host(), {TIMES})
play("clean", {TIMES})
"""
"""Makes raced calls, whatever becomes of them, and honest ones, which must succeed."""
BUT_ROOT = "exceptions: [{name: root, fields: uid, values: [0]}]\n"


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "enforce-nodemask.yaml"
    path.write_text(RULE)
    return path


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_run_says_what_became_of_each_call_and_a_replay_says_the_same(
    tmp_path: Path, rule: Path
) -> None:
    output, case = tmp_path / "out.jsonl", tmp_path / "case"
    options = ("--enforce", "--i-understand", "--rules", rule, "--record", case)
    caller = ("--", sys.executable, "-c", CALLER)
    done = subprocess.run(
        ["toctrace", "run", "--all", *options, "--output", output, *caller],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 10, done.stderr
    *found, observation = lines(output.read_text())
    assert observation["command_status"] == 0, done.stderr  # clean calls were not refused
    told = [(f["rule"]["id"], f["call"]["error"], f.get("enforced")) for f in found]
    assert sorted(told, key=str) == sorted(
        [
            ("enforce-nodemask", "EPERM", "refused"),
            ("nodemask-race", "EPERM", "refused"),
            ("enforce-nodemask", "ESRCH", "not enforceable"),
            ("nodemask-race", "ESRCH", None),
        ]
        * TIMES,
        key=str,
    )
    calls = {"refused": TIMES, "not enforceable": TIMES}
    assert observation["enforcement"] == {"mode": "refuse", "calls": calls}
    assert "enforced    refused with EPERM by --enforce" in done.stderr
    assert f"{TIMES} refused" in done.stderr
    replayed = subprocess.run(
        ["toctrace", "replay", "--format", "jsonl", "--rules", rule, case],
        stdout=subprocess.PIPE, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    *again, seen = lines(replayed.stdout)
    assert again == found
    assert seen["enforcement"] == observation["enforcement"]


def raced_passes() -> bool:
    """Make a raced call; say whether it succeeded. Refused it can end by EPERM alone."""
    (returned,) = SCENARIOS["flip-old"].perform(read_host(), 1)
    assert returned in {0, -errno.EPERM}
    return returned == 0


def test_watch_follows_changed_rules_and_when_it_is_killed_enforcement_ends(
    tmp_path: Path, rule: Path
) -> None:
    log = tmp_path / "log"
    command = ["toctrace", "watch", "--enforce", "--i-understand", "--rules", rule]
    with log.open("wb") as stderr:
        watch = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)

    def wait_for_log(holds: Callable[[str], bool]) -> None:
        def has_come() -> bool:
            assert watch.poll() is None, log.read_text()
            return holds(log.read_text())

        wait_until(has_come)

    try:
        wait_for_log(lambda text: "watching; stop with" in text)
        assert not raced_passes()
        for enforced, (text, passes) in enumerate(((RULE + BUT_ROOT, True), (RULE, False)), 2):
            rule.write_text(text)
            watch.send_signal(signal.SIGHUP)
            wait_for_log(lambda text, wanted=enforced: text.count(" enforcing mode=") == wanted)
            assert raced_passes() is passes
    finally:
        watch.kill()
        watch.wait()
    wait_until(lambda: not probes())
    assert raced_passes()


def test_where_bpf_lsm_is_not_active_it_ends_with_11_and_the_remedy(
    tmp_path: Path, rule: Path
) -> None:
    inactive = tmp_path / "lsm"
    inactive.write_text("capability,yama")
    active = Path("/sys/kernel/security/lsm")
    subprocess.run(["mount", "--bind", inactive, active], check=True)
    try:
        done = subprocess.run(
            ["toctrace", "watch", "--enforce", "--i-understand", "--rules", rule],
            capture_output=True, text=True, check=False, timeout=DEADLINE_S,
        )  # fmt: skip
    finally:
        subprocess.run(["umount", active], check=True)
    assert done.returncode == 11
    assert "lsm=yama,bpf" in done.stderr
