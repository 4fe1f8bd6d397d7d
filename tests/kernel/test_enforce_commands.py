"""`run` and `watch` with --enforce: what is refused, what is said, and when it ends."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from detector.simulate import SCENARIOS
from detector.simulate.host import read_host
from tests.attached import attached
from tests.kernel.rules import ENFORCE_RACED as RULE
from tests.waiting import wait_until

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
OUTCOMES = f"""
import json, os, sys
from detector.simulate import SCENARIOS
from detector.simulate.host import read_host
told = {{}}
for name in ("flip-old", "clean"):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, json.dumps(SCENARIOS[name].perform(read_host(), {TIMES})).encode())
        os._exit(0)
    os.close(writing)
    returned = os.read(reading, 4096)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    told[name] = [status, [min(value, 0) for value in json.loads(returned or "[]")]]
print(json.dumps(told))
"""
"""Says how a child that makes raced calls ends and what they return, and so of honest ones."""
WORDS = {
    "killed": "SIGKILL was sent to the caller; the call itself may have gone through",
    "would be refused": "would be refused with EPERM (a dry run: nothing was done)",
}
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


class Outcome(NamedTuple):
    """What becomes of raced calls, by what was asked for."""

    options: tuple[str, ...]
    word: str
    status: int
    """The caller's."""
    returned: list[int]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(("--enforce=kill", "--backend", "fentry"), "killed", -signal.SIGKILL, []),
        Outcome(("--enforce=dry-run",), "would be refused", 0, [0] * TIMES),
    ],
    ids=lambda outcome: " ".join(outcome.options),
)
def test_what_the_caller_meets_is_what_is_said(
    tmp_path: Path, rule: Path, outcome: Outcome
) -> None:
    output, word = tmp_path / "out.jsonl", outcome.word
    watched = ("--i-understand", "--rules", rule, "--syscalls", "migrate_pages")
    caller = ("--", sys.executable, "-c", OUTCOMES)
    done = subprocess.run(
        ["toctrace", "run", "--all", *outcome.options, *watched, "--output", output, *caller],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 10, done.stderr
    told = json.loads(done.stdout)
    assert told["flip-old"] == [outcome.status, outcome.returned]
    ended, honest = told["clean"]
    assert (ended, set(honest)) == (0, {0})
    times = 1 if word == "killed" else TIMES  # who is killed makes no other call
    *found, observation = lines(output.read_text())
    mode = {"killed": "kill", "would be refused": "dry-run"}[word]
    assert observation["enforcement"] == {"mode": mode, "calls": {word: times}}
    assert observation["backend"] == ("fentry" if "fentry" in outcome.options else "kprobe")
    assert observation["lost"] == {}
    assert [(f["rule"]["id"], f["kind"], f["enforced"]) for f in found] == [
        (name, "race", word) for _ in range(times) for name in ("enforce-nodemask", "nodemask-race")
    ], done.stderr
    said = " ".join(done.stderr.split())
    assert WORDS[word] in said
    through = "(a call whose caller is killed may have gone through itself)"
    assert f"{times} {word}" in said
    assert (through in said) == (word == "killed")


def raced_passes() -> bool:
    """Make a raced call; say whether it succeeded. Refused it can end by EPERM alone."""
    (returned,) = SCENARIOS["flip-old"].perform(read_host(), 1)
    assert returned in {0, -errno.EPERM}
    return returned == 0


def test_watch_follows_changed_rules_and_when_it_is_killed_enforcement_ends(
    tmp_path: Path, rule: Path
) -> None:
    log = tmp_path / "log"
    before = attached()
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
    wait_until(lambda: not attached() - before)
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
