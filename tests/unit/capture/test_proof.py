"""Each watched call proves its own stages: what another call shows is no proof."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detector.capture.proof import prove
from detector.model.observation import StageState
from detector.model.snapshot import Content, Snapshot
from detector.model.stage import LADDER, Stage
from detector.render.syscall_example import snapshots
from detector.syscalls.table import BY_NAME, DEFAULT

SILENT = "attached, and silent at a call of the tool's own"


class Kernel:
    """A capture whose own calls give what `show` has for the call that is made."""

    watched = tuple(call.name for call in DEFAULT)

    def __init__(self, *silent: tuple[str, Stage]) -> None:
        self.silent = silent
        self.stages = tuple(
            StageState(syscall=name, stage=stage, abi="any", armed=True, via="kprobe:x")
            for name in self.watched
            for stage in LADDER
        )
        self.silenced: list[tuple[Any, ...]] = []
        self.arrived: list[Snapshot] = []

    def honest(self, name: str) -> None:
        # every other call is made as well, as a scenario's mapping makes an mbind
        for syscall in DEFAULT:
            self._show(syscall.name, raced=False)
        assert name in self.watched

    def raced(self, name: str) -> None:
        self._show(name, raced=True)

    def _show(self, name: str, *, raced: bool) -> None:
        self.arrived += [
            msgspec.structs.replace(one, own=True) if raced else steady(one)
            for one in snapshots(BY_NAME[name])
            if (name, one.stage) not in self.silent
        ]

    def mark(self, *_: object) -> None:
        pass

    def unmark(self, *_: object) -> None:
        pass

    def peek(self) -> None:
        pass

    def take_own(self) -> list[Snapshot]:
        taken, self.arrived = self.arrived, []
        return taken

    def silence(self, *told: object) -> None:
        self.silenced.append(told)


def steady(one: Snapshot) -> Snapshot:
    mask = Content(address=1, bits=64, data=b"\1" + bytes(7))
    return msgspec.structs.replace(one, contents=dict.fromkeys(one.contents, mask))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.capture.proof.DEADLINE_S", 0.05)


def proved(kernel: Any) -> list[str]:
    return prove(kernel, kernel.honest, kernel.raced)


def test_nothing_is_wrong_where_every_stage_of_every_call_speaks() -> None:
    kernel = Kernel()
    assert proved(kernel) == []
    assert kernel.silenced == []


def test_a_stage_that_is_silent_for_one_call_is_lost_by_that_call_alone() -> None:
    kernel = Kernel(("mbind", Stage.USE))
    assert proved(kernel) == ["mbind: the use stage stayed silent at an own call"]
    assert kernel.silenced == [("mbind", Stage.USE, "x86_64", SILENT)]


def test_a_race_that_is_not_seen_is_said_of_its_call() -> None:
    kernel = Kernel()
    kernel.raced = kernel.honest  # type: ignore[method-assign]
    assert proved(kernel) == [
        f"{name}: an own raced call was not judged a race" for name in kernel.watched
    ]
