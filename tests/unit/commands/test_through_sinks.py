"""`simulate --through-sinks`: the pager is proved, and nothing else happens."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detector.model.finding import Severity
from detector.render.formats import FORMATS
from tests.unit.test_cli import toctrace

START = ("simulate", "--through-sinks")


@pytest.mark.parametrize("name", FORMATS)
def test_one_alert_of_each_severity_arrives_and_every_format_marks_it(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    spool = ("--spool", str(tmp_path / "spool"))
    done = toctrace(*START, "--sink", f"jsonl:{file}?format={name}", *spool)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"jsonl:{file}: all 8 test alerts sent\n"
    lines = file.read_text().splitlines()
    assert len(lines) == 8
    assert all("test" in line.lower() for line in lines)
    for severity, line in zip(Severity, lines, strict=True):
        assert f"test alert of severity {severity}" in line
        if name == "json":
            document = json.loads(line)
            assert document["alert"]["test"] is True
            assert document["severity"] == severity


def test_a_sink_that_takes_nothing_fails_and_what_waits_is_sent_by_the_next_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    arguments = ("--sink", f"syslog+unix://{path}", "--spool", str(tmp_path / "spool"))
    done = toctrace(*START, *arguments)
    assert done.returncode == 12
    assert "FAILED: No such file or directory" in done.stdout
    assert "8 wait in the spool for the next run" in done.stdout
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(path))
        log.settimeout(30)
        with ThreadPoolExecutor(1) as pool:  # the socket's queue is short
            reading = pool.submit(lambda: [log.recv(9000) for _ in range(16)])
            assert toctrace(*START, *arguments).returncode == 0
            received = reading.result()
    assert len({line.partition(b"@cee: ")[2] for line in received}) == 16


@pytest.mark.parametrize("arguments", [(), ("--sink", "journald:", "clean")])
def test_it_wants_sinks_and_no_name(arguments: tuple[str, ...]) -> None:
    done = toctrace(*START, *arguments)
    assert done.returncode == 2
    assert "--through-sinks" in done.stderr


def test_stdout_is_left_to_the_sink_that_writes_there(tmp_path: Path) -> None:
    done = toctrace(*START, "--sink", "stdout:", "--spool", str(tmp_path / "spool"))
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["finding"] * 8
    assert "all 8 test alerts sent" in done.stderr
