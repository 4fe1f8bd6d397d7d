"""Where calls cannot be refused, nothing is opened to refuse them by."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.capture.enforcing import Enforcing
from detector.doctor.enforce_checks import LIST
from detector.errors import ObservationError
from detector.live import opening
from detector.model.enforcement import Mode
from detector.syscalls.table import DEFAULT
from tests.unit.doctor.fake_host import FakeHost


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, mode: Mode | None) -> str:
    """Open where BPF LSM is not active and no backend attaches; give why it failed."""
    fake = FakeHost(folder)
    fake.write(LIST, "capability,yama")

    def nothing_attaches(*_: object, **__: object) -> None:
        raise ObservationError("nothing attached")

    monkeypatch.setattr(opening, "Host", fake.host)
    monkeypatch.setattr(opening, "open_capture", nothing_attaches)
    enforcing = Enforcing(mode=mode) if mode else None
    with (
        pytest.raises(ObservationError) as raised,
        opening.opened_capture(None, DEFAULT, enforcing),
    ):
        pass
    return str(raised.value)


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.DRY_RUN])
def test_without_bpf_lsm_it_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: Mode
) -> None:
    reason = opened(monkeypatch, tmp_path, mode)
    assert reason.startswith("--enforce: BPF LSM is not active")
    assert "lsm=yama,bpf" in reason
    assert reason.endswith("or ask for --enforce=kill")


@pytest.mark.parametrize("mode", [Mode.KILL, None])
def test_kill_and_watching_alone_need_no_bpf_lsm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: Mode | None
) -> None:
    assert opened(monkeypatch, tmp_path, mode) == "nothing attached"
