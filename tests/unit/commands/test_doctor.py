"""`toctrace doctor` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from detector.commands import doctor
from tests.unit.doctor.fake_host import FakeHost

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    """Let the command look at a fake host, where nothing is attached."""
    host = FakeHost(tmp_path)
    monkeypatch.setattr(doctor, "this_host", host.host)
    monkeypatch.setattr(doctor, "load_trial", lambda: None)
    return host


def run(*arguments: str) -> Result:
    """Run it with these arguments."""
    return CliRunner().invoke(doctor.command, arguments)


@pytest.mark.usefixtures("fake")
def test_a_whole_host_is_0() -> None:
    """Everything can be observed."""
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("This host: everything can be observed")


def test_a_lost_stage_is_12(fake: FakeHost) -> None:
    """Some stages cannot."""
    fake.without_function("do_migrate_pages")
    assert run().exit_code == 12


def test_no_kprobes_is_11(fake: FakeHost) -> None:
    """Nothing can."""
    fake.remove("sys/bus/event_source/devices/kprobe/type")
    assert run().exit_code == 11


def test_json_is_one_object_with_the_same_exit_code(fake: FakeHost) -> None:
    """For scripts."""
    fake.without_function("do_migrate_pages")
    result = run("--json")
    report = json.loads(result.stdout)
    assert report["exit_code"] == result.exit_code == 12
    lost = [check["stage"] for check in report["checks"] if check["effect"] == "stage"]
    assert lost == ["use"]


@pytest.mark.usefixtures("fake")
def test_a_pipe_gets_no_colour() -> None:
    """CliRunner's output is no terminal."""
    assert "\x1b" not in run().stdout


@pytest.mark.usefixtures("fake")
def test_no_trial_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """--no-trial only asks."""
    monkeypatch.setattr(doctor, "load_trial", lambda: pytest.fail("loaded"))
    assert run("--no-trial").exit_code == 0


def test_a_missing_trial_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core install has no bcc."""
    monkeypatch.setattr(doctor, "TRIAL_MODULE", "detector.no_such_module")
    assert doctor.load_trial() is None
