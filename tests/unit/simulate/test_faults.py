from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from detector.errors import SimulationError
from detector.simulate import faultfd, pages, syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, HeldMask
from detector.simulate.script import NOBODY

if TYPE_CHECKING:
    from pathlib import Path

EINVAL, EPERM, ESRCH = 22, 1, 3

pytestmark = pytest.mark.usefixtures("held_calls")


def call_nobody(mask: HeldMask) -> int:
    return syscalls.migrate_pages(NOBODY, MAXNODE_TAILED, mask.address, mask.address)


def test_the_action_runs_while_the_kernel_is_held() -> None:
    done: list[str] = []
    with HeldMask() as mask, FaultServer() as server:
        server.register(mask.tail_page)
        server.arm(mask.tail_page, lambda: done.append("held"))
        assert call_nobody(mask) == -ESRCH
        server.check()
    assert done == ["held"]


def test_the_kernel_reads_what_the_page_is_filled_with() -> None:
    with HeldMask() as mask, FaultServer() as server:
        server.register(mask.tail_page)
        server.arm(mask.tail_page, content=b"\x01")  # a bit past MAX_NUMNODES
        assert call_nobody(mask) == -EINVAL
        assert pages.read_word(mask.tail_page) == 1


def test_a_mask_that_nobody_read_is_told() -> None:
    with HeldMask() as mask, FaultServer() as server:
        server.register(mask.tail_page)
        server.arm(mask.tail_page)
        with pytest.raises(SimulationError, match="not read by the kernel"):
            server.check()


def test_an_action_that_fails_lets_the_call_go_and_is_told() -> None:
    def fail() -> None:
        raise OSError(EPERM, "no")

    with HeldMask() as mask, FaultServer() as server:
        server.register(mask.tail_page)
        server.arm(mask.tail_page, fail)
        assert call_nobody(mask) == -ESRCH
        with pytest.raises(SimulationError, match="could not be served"):
            server.check()


def test_without_permission_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(syscalls, "userfaultfd", lambda _flags: -EPERM)
    monkeypatch.setattr(faultfd, "DEVICE", tmp_path / "none")
    with pytest.raises(SimulationError, match=r"CAP_SYS_PTRACE.*vm\.unprivileged_userfaultfd=1"):
        FaultServer()
