from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.errors import ServiceError, UsageError
from detector.service import install as place
from detector.service import manager
from detector.service.unit import MARK

TEXT = f"{MARK}\n[Service]\n"
Asked = list[tuple[str, ...]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Stand in for root on a host with systemd; give what systemctl was asked for."""
    calls: Asked = []

    def systemctl(*arguments: str) -> str:
        calls.append(arguments)
        return ""

    monkeypatch.setattr(place, "check_root", lambda: None)
    monkeypatch.setattr(place, "check_running", lambda: None)
    monkeypatch.setattr(place, "systemctl", systemctl)
    return calls


def test_the_unit_is_written_whole_and_read_by_systemd(tmp_path: Path, asked: Asked) -> None:
    said = list(place.install(TEXT, tmp_path))
    assert (tmp_path / place.NAME).read_text() == TEXT
    assert (tmp_path / place.NAME).stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [tmp_path / place.NAME]
    assert asked == [("daemon-reload",)]
    assert said[0] == f"wrote {tmp_path / place.NAME}"


def test_a_second_install_replaces_the_first(tmp_path: Path, asked: Asked) -> None:
    list(place.install(TEXT, tmp_path))
    said = list(place.install(TEXT + "# new\n", tmp_path))
    assert (tmp_path / place.NAME).read_text().endswith("# new\n")
    assert said[0].startswith("replaced ")
    assert len(asked) == 2


def _foreign(path: Path) -> None:
    path.write_text("[Service]\nExecStart=/bin/true\n")


def _masked(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("make", [_foreign, _masked])
def test_another_ones_unit_is_neither_replaced_nor_removed(
    make: Callable[[Path], None], tmp_path: Path, asked: Asked
) -> None:
    path = tmp_path / place.NAME
    make(path)
    for work in (lambda: place.install(TEXT, tmp_path), lambda: place.remove(tmp_path)):
        with pytest.raises(UsageError, match=place.NAME):
            list(work())
    assert path.is_symlink() or "/bin/true" in path.read_text()
    assert asked == []


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path, asked: Asked) -> None:
    with pytest.raises(ServiceError, match="was not written"):
        list(place.install(TEXT, tmp_path / "none"))
    assert asked == []


def test_removing_stops_first_and_forgets_last(tmp_path: Path, asked: Asked) -> None:
    list(place.install(TEXT, tmp_path))
    asked.clear()
    said = list(place.remove(tmp_path))
    assert not (tmp_path / place.NAME).exists()
    assert asked == [("disable", "--now", place.NAME), ("daemon-reload",)]
    assert f"removed {tmp_path / place.NAME}" in said


def test_what_is_not_installed_cannot_be_removed(tmp_path: Path, asked: Asked) -> None:
    with pytest.raises(UsageError, match="not installed"):
        list(place.remove(tmp_path))
    assert asked == []


def test_only_root_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(UsageError, match="only root"):
        place.check_root()


def test_without_systemd_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="systemd is not running on this host"):
        manager.check_running(tmp_path / "none")
    manager.check_running(tmp_path)


def test_a_refusal_of_systemctl_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "systemctl"
    fake.write_text("#!/bin/sh\necho 'Access denied' >&2\nexit 4\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ServiceError, match="daemon-reload: Access denied"):
        manager.systemctl("daemon-reload")


def test_the_state_is_read_by_systemds_own_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "systemctl"
    fake.write_text("#!/bin/sh\nprintf 'ActiveState=active\\nStatusText=a=b\\n'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert manager.state("x") == {"ActiveState": "active", "StatusText": "a=b"}
