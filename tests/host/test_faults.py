"""What befalls a tool that watches is said, and hides no race."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture, Totals, own_pidfd
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.correlate.correlator import Correlator
from detector.exits import Exit
from detector.model.judgement import JudgedCall, Kind
from detector.simulate import play
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from flood import Flooded, flood
from tests.host.memory_group import MemoryGroup, own_memory_group
from tests.tricks.build import build

SEED = 20261125
PARKED = 5_000
ONCE = 10_000
BY_TRACEPOINT = ("--backend", "tracepoint", "--syscalls", "migrate_pages")


@pytest.fixture(scope="module")
def tricks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("tricks"))


def stopped_for_a_second(pid: int, ended: threading.Event, played: Path) -> None:
    """Stop the reader when the flood has begun, and let it go on."""
    while not played.exists():
        assert not ended.wait(0.01)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(pid, signal.SIGCONT)


def flooded_while_the_reader_stops(folder: Path, *options: str) -> Flooded:
    races = folder / "races.0"
    return flood(
        folder,
        3,
        SEED,
        20_000,
        *BY_TRACEPOINT,
        *options,
        meanwhile=lambda pid, ended: stopped_for_a_second(pid, ended, races),
    )


def test_behind_the_gate_a_stopped_reader_loses_nothing(tmp_path: Path) -> None:
    flooded = flooded_while_the_reader_stops(tmp_path)
    assert flooded.races
    assert flooded.unfound == []
    assert flooded.watched.observation["lost"] == {}
    assert flooded.drift == 0


def test_what_a_full_ring_buffer_loses_is_counted_to_the_call(tmp_path: Path) -> None:
    flooded = flooded_while_the_reader_stops(tmp_path, "--no-gate")
    watched = flooded.watched
    assert watched.observation["lost"]["ring buffer full"] > 0
    assert flooded.drift == 0
    assert len(flooded.unfound) <= watched.said_lost


@pytest.fixture
def capture() -> Iterator[Capture]:
    with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as opened:
        mark_self(opened)
        yield opened


def mark_self(capture: Capture) -> None:
    pidfd = own_pidfd()
    capture.mark(pidfd, Seed.MARKED)
    os.close(pidfd)


def judged(capture: Capture, tricks: Path, *words: str) -> list[JudgedCall]:
    """Let the tricks play, and judge their calls as they come."""
    capture.follow_descendants()
    capture.arm(Filters(marked=True), gated=True)
    correlator = Correlator(armed=capture.armed_stages)
    calls: list[JudgedCall] = []
    with subprocess.Popen([tricks, *words], stdout=subprocess.DEVNULL) as played:
        while played.poll() is None:
            calls += (call for item in capture.read(100) for call in correlator.feed(item))
    assert played.returncode == 0
    calls += (call for item in capture.read(0) for call in correlator.feed(item))
    return calls + correlator.finish()


def test_thousands_of_parked_calls_hide_no_race(
    capture: Capture, tricks: Path, tmp_path: Path
) -> None:
    calls = judged(capture, tricks, "park", str(tmp_path), str(PARKED))
    assert len(calls) == PARKED + 1
    assert [call.kind for call in calls].count(Kind.RACE) == 1
    assert capture.totals().lost == {}


def test_ten_thousand_processes_that_race_once_each_are_all_found(
    capture: Capture, tricks: Path, tmp_path: Path
) -> None:
    calls = judged(capture, tricks, "many", str(tmp_path), str(ONCE))
    assert {call.kind for call in calls} == {Kind.RACE}
    assert len({call.task.tgid for call in calls}) == len(calls) == ONCE
    assert capture.totals().lost == {}


def test_two_instances_see_each_the_whole_and_one_ends_without_the_other(capture: Capture) -> None:
    capture.arm(Filters(marked=True))
    with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as other:
        mark_self(other)
        other.arm(Filters(marked=True))
        made = play("clean", 7).call_count
        assert capture.totals().begun == other.totals().begun == made
        assert len(other.read(100)) == len(capture.read(100)) == 2 * made
    made += play("clean", 7).call_count
    assert (capture.totals().begun, capture.totals().lost) == (made, {})


def test_descendants_that_find_no_room_in_the_map_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("detector.capture.capture.MARKS", 16)
    with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as capture:
        mark_self(capture)
        capture.follow_descendants()
        capture.arm(Filters(marked=True))
        children = [subprocess.Popen(["sleep", "600"]) for _ in range(40)]
        try:
            full = capture.totals().lost["map of marked descendants full"]
            assert len(capture.marked()) + full == len(children)
        finally:
            for child in children:
                child.kill()
                child.wait()


@pytest.mark.parametrize("descriptors", [8, 24, 28])
def test_without_descriptors_it_says_so_and_never_passes_for_clean(
    tmp_path: Path, descriptors: int
) -> None:
    ran = tmp_path / "ran"
    command = shlex.join(["toctrace", "run", *BY_TRACEPOINT, "--", "touch", str(ran)])
    done = subprocess.run(
        ["sh", "-c", f"ulimit -n {descriptors}; exec {command}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "oo many open files" in done.stderr
    assert done.returncode in {Exit.UNOBSERVED, Exit.DEGRADED}
    assert ran.exists() == (done.returncode == Exit.DEGRADED)


@pytest.mark.parametrize(
    ("options", "lost"),
    [
        (("--output", "{}/out"), "lines that --output could not take"),
        (("--record", "{}/case"), "recording: the disk took no more"),
    ],
)
def test_results_that_are_removed_while_they_are_written_are_lost_and_that_is_said(
    tmp_path: Path, options: tuple[str, ...], lost: str
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    given = [word.format(folder) for word in options]
    done = subprocess.run(
        ["toctrace", "run", *BY_TRACEPOINT, *given, "--", "rm", "-r", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.DEGRADED
    assert lost in " ".join(done.stderr.split())
    assert "removed while it was written" in done.stderr


def parked_without_memory(tricks: Path, folder: Path, *, marked: bool) -> Totals:
    """Watch marked tasks while many, all of them or none `marked`, park calls without memory."""
    home, group = own_memory_group(), MemoryGroup(1 << 30)
    try:
        group.processes.write_text(str(os.getpid()))  # what its maps take is put on its account
        with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as capture:
            home.write_text(str(os.getpid()))
            if marked:
                mark_self(capture)
            capture.follow_descendants()
            capture.arm(Filters(marked=True))
            group.squeeze()
            subprocess.run(
                [tricks, "park", folder, str(PARKED)], stdout=subprocess.DEVNULL, check=True
            )
            capture.disarm()
            return capture.totals()
    finally:
        home.write_text(str(os.getpid()))
        group.remove()


def test_without_memory_for_a_tasks_state_its_call_is_counted_as_lost(
    tricks: Path, tmp_path: Path
) -> None:
    totals = parked_without_memory(tricks, tmp_path, marked=True)
    lost = totals.lost["no memory for a task's state"]
    assert lost > 0
    assert totals.begun + lost == PARKED + 1


def test_without_memory_nothing_is_lost_of_tasks_that_nobody_watches(
    tricks: Path, tmp_path: Path
) -> None:
    totals = parked_without_memory(tricks, tmp_path, marked=False)
    assert (totals.begun, totals.lost) == (0, {})
    assert totals.out_of_scope >= PARKED + 1


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "read-only"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    "options",
    [
        ("--output", "{}/out"),
        ("--record", "{}/case"),
        ("--sarif", "{}/sarif"),
        ("--sink", "syslog+udp://127.0.0.1:1", "--spool", "{}/spool"),
    ],
    ids=lambda options: options[-2],
)
def test_a_read_only_place_is_refused_before_anything_is_started(
    read_only: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    ran = tmp_path / "ran"
    given = [word.format(read_only) for word in options]
    done = subprocess.run(
        ["toctrace", "run", *BY_TRACEPOINT, *given, "--", "touch", ran],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.USAGE, done.stderr
    assert str(read_only) in done.stderr
    assert not ran.exists()


def test_a_terminal_that_is_closed_ends_it_in_order(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts"
    sink = ("--sink", f"jsonl:{alerts}")
    command = ["toctrace", "watch", *BY_TRACEPOINT, "--comm", "toctrace", *sink]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)  # noqa: S606
    seen = b""

    def expect(text: bytes) -> None:
        nonlocal seen
        deadline = time.monotonic() + 60
        while text not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536)

    try:
        expect(b"watching; stop with Ctrl-C")
        race = ["toctrace", "simulate", "flip-old", "--times", "3"]
        subprocess.run(race, check=True, capture_output=True)
        expect(b"returned")  # of three findings the first is an alert, and the rest waits
    finally:
        os.close(terminal)  # the kernel sends SIGHUP
        _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == Exit.FOUND
    told = [json.loads(line) for line in alerts.read_text().splitlines()]
    assert [one["type"] for one in told] == ["finding", "finding", "observation"]


def test_a_signal_ends_lingering_and_every_file_is_written(tmp_path: Path) -> None:
    number, status = tmp_path / "number", tmp_path / "status"
    left = f"echo $$ >{number}.new; mv {number}.new {number}; sleep 600 >/dev/null 2>&1 &"
    command = ["toctrace", "run", *BY_TRACEPOINT, "--linger", "600", "--status", status]
    with subprocess.Popen([*command, "--", "sh", "-c", left], stderr=subprocess.DEVNULL) as tool:
        deadline = time.monotonic() + 60
        while not number.exists() or Path(f"/proc/{number.read_text().strip()}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        tool.terminate()
        assert tool.wait(60) == Exit.DEGRADED
    told = json.loads(status.read_text())
    [survivor] = told["observation"]["descendants"]
    os.kill(survivor["pid"], signal.SIGKILL)
    assert (told["exit_status"], survivor["comm"]) == (Exit.DEGRADED, "sleep")
