"""What is refused costs its way of writing alone; bcc is made up."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from detector.capture.fields import NOWHERE
from detector.errors import AttachError, ObservationError
from detector.writers import program
from detector.writers.perf_event import Word
from detector.writers.program import NO_OWNER, WriterProgram


class Compiled:
    """In the place of capture's Program: a kernel that has these symbols."""

    symbols: frozenset[str] = frozenset()
    attached: tuple[str, ...] = ()
    maps: ClassVar[dict[tuple[str, bytes], bytes]] = {}

    def __init__(self, source: Path, defines: dict[str, int]) -> None:
        del source, defines
        type(self).attached = ()

    def perf_event(self, program: str) -> int:
        del program
        return 7

    def open_ring(self, name: str, receive: object) -> None:
        del name, receive

    def attach_kprobe(self, symbol: str, program: str) -> str:
        if symbol not in self.symbols:
            raise AttachError(f"{symbol}: it is not there")
        type(self).attached += (f"{program} at {symbol}",)
        return symbol

    def write(self, name: str, key: bytes, value: bytes) -> None:
        self.maps[name, key] = value

    def delete(self, name: str, key: bytes) -> None:
        del self.maps[name, key]

    def close(self) -> None:
        pass


def opened(
    monkeypatch: pytest.MonkeyPatch, *symbols: str, owner: int = 8, registers: int = 1
) -> WriterProgram:
    fields = {"MM_STRUCT__OWNER": owner, "TOCTRACE_TASK_PT_REGS": registers}
    monkeypatch.setattr(program, "kernel_fields", lambda **_: fields)
    monkeypatch.setattr(program, "Program", Compiled)
    monkeypatch.setattr(Compiled, "symbols", frozenset(symbols))
    return WriterProgram()


def test_a_function_is_found_under_the_name_that_the_compiler_gave_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloned = "process_vm_rw_core.constprop.0"
    loaded = opened(monkeypatch, "__access_remote_vm", cloned, "pin_user_pages_remote")
    assert loaded.refused == []
    assert f"remote_vectors at {cloned}" in Compiled.attached


def test_a_missing_symbol_is_said_with_every_name_that_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = opened(monkeypatch, "__access_remote_vm", "pin_user_pages_remote")
    (refused,) = loaded.refused
    assert "process_vm_writev" in refused
    assert "process_vm_rw_core:" in refused
    assert "process_vm_rw_core.constprop.0:" in refused
    assert len(Compiled.attached) == 2


def test_where_memory_names_no_owner_stores_are_still_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = opened(monkeypatch, "__access_remote_vm", owner=NOWHERE)
    assert [NO_OWNER in refused for refused in loaded.refused] == [True, True]
    assert Compiled.attached == ()


def test_a_kernel_that_does_not_tell_the_system_call_names_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ObservationError, match=r"before 5\.15"):
        opened(monkeypatch, registers=0)


def test_a_word_is_expected_until_the_last_watch_of_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = opened(monkeypatch)
    word, other = Word(0x1000, 8), Word(0x2000, 8)
    for one in (word, word, other):
        loaded.expect(5, one)
    both = dict(Compiled.maps)
    loaded.expect_no_more(5, word)
    assert Compiled.maps == both
    loaded.expect_no_more(5, word)
    assert set(Compiled.maps) == set(both)
    assert Compiled.maps != both
    loaded.expect_no_more(5, other)
    assert Compiled.maps == {}
