"""With and without the gate, the findings on paths, addresses and arrays are the same.

Their calls have a gate of their own, which also weighs looks that were denied (bpf/exact.h), and,
for arrays that are used a piece at a time, another one (bpf/pieces.h). They are compiled once,
and played both ways.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from detector.capture.capture import Capture
from detector.live.verdict import Allowed
from detector.model.finding import Finding
from detector.model.judgement import JudgedArgument
from detector.model.observation import Observation
from detector.simulate import play
from detector.syscalls.table import chosen
from tests.kernel.scenes import truth
from tests.kernel.sessions import begun_session
from tests.kernel.test_texts import HONEST, OF_TEXTS

TIMES = 2
CALLS = ("openat", "execve", "mount", "connect", "move_pages")
"""One of each sort: a path, words beside it, two texts, an address, arrays."""
PLAYED = tuple(name for name in OF_TEXTS if truth(name, 1)["calls"][0]["syscall"] in CALLS)
WANDERING = "pages"
"""An array of addresses, which are others in each playing."""


class Played(NamedTuple):
    """What was found of each scenario, in order, and what the run says of itself."""

    found: dict[str, list[Finding]]
    observation: Observation
    begun: int
    """Calls that the kernel counted."""
    equal: int
    """Calls that the gate kept back."""


def played(capture: Capture, *, gated: bool) -> Played:
    """Play every scenario, each in a process of its own, while a session judges all calls."""
    found: list[Finding] = []
    by_scenario = {}
    before = capture.totals()
    session = begun_session(capture, found, gated=gated)
    for name in PLAYED:
        first = len(found)
        player = multiprocessing.get_context("fork").Process(target=play, args=(name, TIMES))
        player.start()
        while player.is_alive():
            session.step(20)
        session.step(0)
        assert player.exitcode == 0, name
        by_scenario[name] = sorted(found[first:], key=lambda finding: finding.call.began_ns)
    session.settle()
    observation = session.finish(Allowed())
    after = capture.totals()
    return Played(by_scenario, observation, after.begun - before.begun, after.equal - before.equal)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Played, Played]]:
    """What came of the same with the gate, and without."""
    with Capture(chosen(CALLS)) as capture:
        yield played(capture, gated=True), played(capture, gated=False)


def looks(argument: JudgedArgument) -> dict[str, Any]:
    return {
        stage: (
            content.bits,
            content.unread,
            content.beyond,
            content.data if argument.name != WANDERING else len(content.data),
        )
        for stage, content in argument.looks.items()
    }


def told(finding: Finding) -> dict[str, Any]:
    """What a finding says of its call, without what differs from run to run."""
    call = finding.call
    return {
        "rule": (finding.rule, finding.severity, finding.confidence, finding.kind),
        # which descriptor it is that a call gives differs from run to run
        "call": (call.syscall, call.abi, min(call.returned or 0, 0), call.fault_held, call.cut),
        "arguments": [
            (one.name, one.kind, one.window, one.pairs, looks(one)) for one in call.arguments
        ],
    }


@pytest.mark.parametrize("scenario", PLAYED)
def test_findings_are_the_same_with_the_gate_and_without(
    both: tuple[Played, Played], scenario: str
) -> None:
    gated, ungated = (one.found[scenario] for one in both)
    assert [told(finding) for finding in gated] == [told(finding) for finding in ungated]
    expected = [] if scenario in HONEST else [OF_TEXTS[scenario]] * TIMES
    assert [finding.kind for finding in gated] == expected


def test_both_saw_everything_and_the_gate_alone_held_calls_back(
    both: tuple[Played, Played],
) -> None:
    gated, ungated = both
    assert gated.equal > 0
    assert ungated.equal == 0
    assert gated.observation.judged == gated.begun
    # of one capture, whose counter of equal calls goes on
    assert ungated.observation.judged == ungated.begun + gated.equal
    for one in both:
        assert [stage for stage in one.observation.stages if not stage.armed] == []
        assert one.observation.incomplete == 0
