from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from tests.attached import attached, kinds
from tests.kernel.scenes import replay
from tests.waiting import DEADLINE_S, wait_until


def start(
    folder: Path, *command: str, output: Path | None = None, options: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start `toctrace run`; what it and the command write is in `log`, as they may outlive it."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [
                "toctrace",
                "run",
                "--all",
                "--output",
                output or folder / "out.jsonl",
                *options,
                "--",
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def said(folder: Path, tool: subprocess.Popen[bytes]) -> str:
    """Wait for the tool's end; give all that was written."""
    tool.wait(timeout=DEADLINE_S)
    return (folder / "log").read_text()


def storm(folder: Path) -> list[str]:
    """A command that says that it began, and races without end."""
    script = (
        f"touch {folder}/begun; trap 'kill $!; exit 130' INT; "
        "toctrace simulate storm --times 100000 & wait"
    )
    return ["sh", "-c", script]


def whole_lines(path: Path) -> list[dict[str, object]]:
    text = path.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_sigint_of_the_tool_in_a_storm_ends_cleanly_with_the_observation(tmp_path: Path) -> None:
    tool = start(tmp_path, *storm(tmp_path))
    wait_until((tmp_path / "begun").exists)
    # a race, and not what is only a notice: with nothing but that the run ends clean
    wait_until(lambda: b'"kind":"race"' in (tmp_path / "out.jsonl").read_bytes())
    tool.send_signal(signal.SIGINT)
    log = said(tmp_path, tool)
    lines = whole_lines(tmp_path / "out.jsonl")
    assert lines[-1]["type"] == "observation"
    assert lines[-1]["command_status"] == 128 + signal.SIGINT
    assert tool.returncode == 10, log
    assert "Observation" in log
    assert "Traceback" not in log


def test_sigkill_of_the_command_is_its_status(tmp_path: Path) -> None:
    tool = start(tmp_path, "bash", "-c", "kill -KILL $$")
    said(tmp_path, tool)
    assert tool.returncode == 128 + signal.SIGKILL
    assert whole_lines(tmp_path / "out.jsonl")[-1]["command_status"] == 137


def test_sigkill_of_the_tool_leaves_no_probe_its_recording_whole_and_the_command_running(
    tmp_path: Path,
) -> None:
    begun, go, ended = (tmp_path / name for name in ("begun", "go", "ended"))
    case = tmp_path / "case"
    script = (
        f"toctrace simulate flip-old --times 23; touch {begun}; "
        f"while [ ! -e {go} ]; do sleep 0.1; done; touch {ended}"
    )
    before = attached()
    tool = start(tmp_path, "sh", "-c", script, options=("--record", str(case)))
    wait_until(begun.exists)
    assert kinds(attached() - before) == {"program", "link", "kprobe"}
    # a line of more than a page is not there at once for who reads meanwhile
    wait_until(lambda: (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 23)
    wait_until(lambda: replay(case, DEADLINE_S)[0] == 10)  # it can be read while it is written
    tool.kill()
    tool.wait()
    wait_until(lambda: not attached() - before)
    go.touch()
    wait_until(ended.exists)
    status, (*found, observation) = replay(case, DEADLINE_S)
    assert found == whole_lines(tmp_path / "out.jsonl")[: len(found)]
    assert status == 10
    assert observation["lost"] == {"recording: its end": 1}


def test_sigkill_of_the_tool_kills_a_command_still_held(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    tool = start(tmp_path, "touch", str(begun))
    children = Path(f"/proc/{tool.pid}/task/{tool.pid}/children")
    wait_until(lambda: bool(children.read_text().split()))
    held = int(children.read_text().split()[0])
    tool.kill()
    tool.wait()
    wait_until(lambda: not Path(f"/proc/{held}").exists())
    assert not begun.exists()


def test_a_full_disk_under_output_leaves_whole_lines_and_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk], check=True)
    try:
        play = ("toctrace", "simulate", "flip-old", "--times", "23")
        tool = start(tmp_path, *play, output=disk / "out.jsonl")
        log = said(tmp_path, tool)
        whole_lines(disk / "out.jsonl")
        assert tool.returncode == 10
        assert "output_failed" in log
        assert "No space left" in log
    finally:
        subprocess.run(["umount", disk], check=True)


def outlived(folder: Path, daemon: str, linger: str) -> tuple[int, dict[str, object], str]:
    """Run a command that ends at once and leaves `daemon` behind."""
    command = f"setsid sh -c '{daemon}' >/dev/null 2>&1 &"
    output = folder / "out"
    done = subprocess.run(
        ["toctrace", "run", "--linger", linger, "--output", output, "--", "sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_S,
        check=False,
    )
    return done.returncode, whole_lines(output)[-1], done.stderr


def test_a_daemon_that_outlives_the_command_is_listed_and_lives_on(tmp_path: Path) -> None:
    status, observation, stderr = outlived(tmp_path, "exec sleep 600", "0")
    assert status == 0, stderr
    [left] = observation["descendants"]  # type: ignore[misc]
    os.kill(left["pid"], signal.SIGKILL)


def test_a_daemon_is_watched_while_lingering_which_ends_with_it(tmp_path: Path) -> None:
    race = "toctrace simulate flip-old --times 1"
    status, observation, stderr = outlived(tmp_path, race, str(DEADLINE_S))
    assert status == 10, stderr
    assert observation["findings"] == {"race": 1}
    assert observation["descendants"] == []
