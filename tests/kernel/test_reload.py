"""Rules changed under a running `watch`, and a flood that becomes alerts which count it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detector.resources import rules_dir

DEADLINE_S = 600
RULE = "nodemask-race"
TIMES = 23


class Watch(msgspec.Struct):
    """A `toctrace watch` in the background."""

    folder: Path
    tool: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def lines(self) -> list[dict[str, Any]]:
        text = (self.folder / "out").read_text()
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            assert self.tool.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)

    def race(self, times: int = 1) -> list[dict[str, Any]]:
        """Race, and give the lines that came of it at once."""
        before = len(self.lines())
        play = ["toctrace", "simulate", "flip-old", "--times", str(times)]
        subprocess.run(play, check=True)
        self.wait_until(lambda: len(self.lines()) > before)
        return self.lines()[before:]

    def hang_up(self, word: str) -> None:
        """Send SIGHUP, and wait until the log says `word` once more."""
        before = self.log.count(word)
        self.tool.send_signal(signal.SIGHUP)
        self.wait_until(lambda: self.log.count(word) > before)

    def end(self) -> dict[str, Any]:
        """Stop it; give the observation."""
        self.tool.send_signal(signal.SIGTERM)
        self.tool.wait(timeout=DEADLINE_S)
        return self.lines()[-1]


def write_rule(folder: Path, priority: str, more: str = "") -> None:
    text = (rules_dir() / f"{RULE}.yaml").read_text()
    changed = text.replace("priority: err", f"priority: {priority}")
    (folder / f"{RULE}.yaml").write_text(changed + more)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    rules = tmp_path / "rules"
    rules.mkdir()
    os.chown(rules, 0, 0)
    write_rule(rules, "err")
    with (tmp_path / "out").open("wb") as out, (tmp_path / "log").open("wb") as log:
        tool = subprocess.Popen(
            ["toctrace", "watch", "--format", "jsonl", "--rules", rules, "--comm", "toctrace"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
        )
    running = Watch(tmp_path, tool)
    try:
        running.wait_until(lambda: "watching; stop with" in running.log)
        yield running
    finally:
        if tool.poll() is None:
            tool.kill()
            tool.wait()


def test_sighup_takes_a_changed_rule_and_a_broken_one_keeps_the_old_and_says_why(
    watch: Watch,
) -> None:
    rules = watch.folder / "rules"
    assert "rule_overridden" in watch.log
    assert [line["severity"] for line in watch.race()] == ["err"]

    write_rule(rules, "worse")
    watch.hang_up("rules_kept")
    assert "nodemask-race.yaml:7:11: `worse` is no priority" in watch.log
    assert [line["severity"] for line in watch.race()] == ["err"]

    write_rule(rules, "alert")
    watch.hang_up("rules_reloaded")
    first, *repeats = watch.race(TIMES)
    assert (first["severity"], first["alert"]["count"], first["alert"]["repeat"]) == (
        "alert",
        1,
        False,
    )
    assert repeats == []

    write_rule(rules, "emerg", "exceptions: [{name: known, fields: uid, values: [0]}]\n")
    watch.hang_up("rules_reloaded")
    subprocess.run(["toctrace", "simulate", "flip-old"], check=True)

    observation = watch.end()
    (again,) = watch.lines()[-2:-1]
    assert (again["alert"]["repeat"], again["alert"]["count"]) == (True, TIMES - 1)
    assert observation["severities"] == {"err": 2, "alert": TIMES}
    assert observation["suppressed"] == {f"{RULE}/known": 1}
    assert observation["folded"] == {RULE: TIMES - 1}
    assert sum(line["alert"]["count"] for line in watch.lines()[:-1]) == 2 + TIMES
    notes = "\n".join(observation["notes"])
    assert f"~{RULE}" in notes
    assert "the old ones were kept" in notes
