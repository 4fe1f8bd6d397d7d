from __future__ import annotations

import msgspec
import pytest

from detector.capture.ladder import Once, attach_ladder
from detector.errors import AttachError, ObservationError
from detector.model.observation import StageState
from detector.model.stage import Stage
from detector.syscalls.entry import Probe, Syscall
from detector.syscalls.migrate_pages import MIGRATE_PAGES


class Kernel:
    """Has some functions and refuses the others; keeps what was asked, in order."""

    def __init__(self, *refused: tuple[str, str], returns: str = "kretprobe") -> None:
        self.refused = refused
        self.returns = returns
        self.asked: list[tuple[str, str, str]] = []

    def attach_kprobe(self, symbol: str, program: str) -> str:
        return self._attach("kprobe", symbol, program)

    def attach_return(self, symbol: str, program: str) -> str:
        return self._attach(self.returns, symbol, program)

    def _attach(self, how: str, symbol: str, program: str) -> str:
        self.asked.append((how, symbol, program))
        if (how, symbol) in self.refused:
            raise AttachError(f"{symbol}: no {how}")
        return f"{how}:{symbol}"


def one_probe(
    *symbols: str, returns: bool = False, entered: bool = True, required: bool = False
) -> Syscall:
    probe = Probe(
        stage=Stage.COPY,
        abi="any",
        symbols=symbols,
        returns=returns,
        entered=entered,
        required=required,
        program="copy",
        purpose="",
    )
    return msgspec.structs.replace(MIGRATE_PAGES, probes=(probe,))


def attach_one(kernel: Kernel, syscall: Syscall) -> StageState:
    (state,) = attach_ladder(kernel, syscall)
    return state


def test_a_kernel_that_has_everything_arms_every_stage() -> None:
    states = attach_ladder(Kernel(), MIGRATE_PAGES)
    assert [(state.stage, state.abi) for state in states] == [
        (probe.stage, probe.abi) for probe in MIGRATE_PAGES.probes
    ]
    assert all(state.armed and not state.reason for state in states)


def test_candidates_are_tried_in_order_until_one_attaches() -> None:
    kernel = Kernel(("kprobe", "first"))
    state = attach_one(kernel, one_probe("first", "second", "third"))
    assert [symbol for _, symbol, _ in kernel.asked] == ["first", "second"]
    assert (state.armed, state.via, state.reason) == (True, "kprobe:second", "")


def test_an_optional_stage_is_lost_alone_with_every_reason() -> None:
    kernel = Kernel(("kprobe", "first"), ("kprobe", "second"))
    state = attach_one(kernel, one_probe("first", "second"))
    assert (state.armed, state.via) == (False, "")
    assert state.reason == "first: no kprobe; second: no kprobe"


def test_without_a_required_stage_nothing_can_be_observed() -> None:
    kernel = Kernel(("kprobe", "first"))
    with pytest.raises(ObservationError, match=r"copy stage.*first: no kprobe.*doctor"):
        attach_one(kernel, one_probe("first", required=True))


def test_the_return_is_attached_before_the_beginning() -> None:
    kernel = Kernel()
    state = attach_one(kernel, one_probe("f", returns=True))
    assert kernel.asked == [("kretprobe", "f", "copy"), ("kprobe", "f", "copy")]
    assert state.via == "kprobe:f + kretprobe:f"


def test_fexit_has_what_the_function_was_given_and_needs_no_beginning() -> None:
    kernel = Kernel(returns="fexit")
    state = attach_one(kernel, one_probe("f", returns=True))
    assert kernel.asked == [("fexit", "f", "copy")]
    assert (state.armed, state.via) == (True, "fexit:f")


def test_a_return_alone_attaches_no_beginning() -> None:
    kernel = Kernel()
    state = attach_one(kernel, one_probe("f", returns=True, entered=False))
    assert kernel.asked == [("kretprobe", "f", "copy")]
    assert state.via == "kretprobe:f"


def test_a_lost_32_bit_entry_leaves_the_rest() -> None:
    (i386,) = (p for p in MIGRATE_PAGES.probes if (p.stage, p.abi) == (Stage.ENTRY, "i386"))
    states = attach_ladder(Kernel(*(("kprobe", name) for name in i386.symbols)), MIGRATE_PAGES)
    assert [(s.stage, s.abi) for s in states if not s.armed] == [(Stage.ENTRY, "i386")]


def test_a_function_that_serves_several_calls_is_attached_once_and_said_of_each() -> None:
    kernel = Kernel()
    once = Once(kernel)
    other = msgspec.structs.replace(one_probe("shared", returns=True), name="other")
    states = [
        attach_ladder(once, syscall)[0] for syscall in (one_probe("shared", returns=True), other)
    ]
    assert kernel.asked == [("kretprobe", "shared", "copy"), ("kprobe", "shared", "copy")]
    assert [(state.syscall, state.armed) for state in states] == [
        ("migrate_pages", True),
        ("other", True),
    ]
    assert states[0].via == states[1].via


def test_a_shared_function_that_is_refused_is_asked_once_and_lost_by_each() -> None:
    kernel = Kernel(("kprobe", "shared"))
    once = Once(kernel)
    states = [attach_ladder(once, one_probe("shared"))[0] for _ in range(2)]
    assert [state.reason for state in states] == ["shared: no kprobe"] * 2
    assert len(kernel.asked) == 1
