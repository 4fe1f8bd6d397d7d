from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.hunt.local import judge_into, local_engine
from detector.hunt.outcome import State
from detector.hunt.wire import read_records
from tests.unit.hunt.hunted import by_local, outcomes, question, sightings
from tests.unit.recording.made import record


def test_a_killed_process_ends_the_hunt_with_a_reason(tmp_path: Path) -> None:
    record(tmp_path / "case")

    def hunt() -> None:
        with local_engine(1) as engine:
            plan = engine.plan([str(tmp_path)])
            (process,) = engine._pool._processes  # type: ignore[attr-defined]
            os.kill(process, signal.SIGKILL)
            list(engine.judge(plan, question()))

    with pytest.raises(UsageError, match="was killed"):
        hunt()


def test_no_process_outlives_the_hunt_that_was_killed(tmp_path: Path) -> None:
    record(tmp_path / "case")
    script = (
        "import sys, time; from detector.hunt.local import local_engine\n"
        "with local_engine(2) as engine:\n"
        "    engine.plan(sys.argv[1:]); print(*engine._pool._processes, flush=True)\n"
        "    time.sleep(600)"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    workers = [int(process) for process in running.stdout.readline().split()]
    assert workers
    running.kill()
    running.wait()
    # they have its pipe: it ends when they do
    left, _, _ = select.select([running.stdout], [], [], 120)
    assert left, f"{workers} go on"
    assert running.stdout.read() == ""
    running.stdout.close()


def test_a_file_that_is_gone_meanwhile_is_named(tmp_path: Path) -> None:
    record(tmp_path / "case")
    with local_engine(1) as engine:
        plan = engine.plan([str(tmp_path)])
        next((tmp_path / "case").iterdir()).unlink()
        (told,) = outcomes(engine.judge(plan, question()))
    assert told.state is State.BROKEN
    assert "it cannot be opened: No such file or directory" in told.reason


def test_what_was_missed_when_a_recording_was_taken_is_told(tmp_path: Path) -> None:
    record(tmp_path / "case")
    (told,) = outcomes(by_local(tmp_path))
    assert told.state is State.INCOMPLETE
    assert "3 lost: ring buffer full" in told.reason
    assert "a note" in told.reason


def test_hostile_names_come_through_as_plain_text(tmp_path: Path) -> None:
    record(tmp_path / "case")
    names = {one.executable for one in sightings(by_local(tmp_path))}
    assert "/tmp/\\xff\\ud800<b>" in names


def test_a_process_writes_what_it_finds_to_a_file_and_holds_none_of_it(
    tmp_path: Path, fleet: Path
) -> None:
    with local_engine(1) as engine:
        plan = engine.plan([str(fleet)])
    written = []
    for number, group in enumerate(plan.groups):
        judge_into(tmp_path / str(number), group, question())
        with (tmp_path / str(number)).open("rb") as file:
            written += list(read_records(file))
    assert written == by_local(fleet)
