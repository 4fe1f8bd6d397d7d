from __future__ import annotations

from detector.service.notify import Notifier
from detector.service.pulse import STATUS_S, Pulse


class Heard(Notifier):
    """A notifier whose messages stay here."""

    def __init__(self, watchdog: float | None, to: str | None = "/nowhere") -> None:
        super().__init__(to, watchdog)
        self.messages: list[tuple[str, ...]] = []

    def tell(self, *assignments: str) -> bool:
        self.messages.append(assignments)
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_turning_loop_beats_at_half_of_what_the_watchdog_accepts() -> None:
    clock = Clock()
    with Heard(watchdog=2.0) as heard:
        pulse = Pulse(heard, lambda: "x", clock)
        for _ in range(16):
            clock.now += 0.25
            pulse.beat()
    assert heard.messages.count(("WATCHDOG=1",)) == 4


def test_a_loop_that_does_not_turn_is_silent() -> None:
    clock = Clock()
    with Heard(watchdog=2.0) as heard:
        Pulse(heard, lambda: "x", clock)
        clock.now += 1000
    assert heard.messages == []


def test_without_a_watchdog_only_the_status_is_told() -> None:
    clock = Clock()
    counts = iter(range(10))
    with Heard(watchdog=None) as heard:
        pulse = Pulse(heard, lambda: f"{next(counts)} calls", clock)
        for _ in range(3):
            clock.now += STATUS_S
            pulse.beat()
    assert heard.messages == [("STATUS=0 calls",), ("STATUS=1 calls",), ("STATUS=2 calls",)]


def test_nothing_is_counted_for_nobody() -> None:
    clock = Clock()
    asked: list[str] = []

    def told() -> str:
        asked.append("")
        return ""

    with Heard(watchdog=None, to=None) as heard:
        pulse = Pulse(heard, told, clock)
        clock.now += 10 * STATUS_S
        pulse.beat()
    assert asked == []


def test_beginning_and_end_carry_the_status() -> None:
    with Heard(watchdog=None) as heard:
        pulse = Pulse(heard, lambda: "5 calls")
        pulse.ready()
        pulse.stopping()
    assert heard.messages == [
        ("READY=1", "STATUS=5 calls"),
        ("STOPPING=1", "STATUS=stopping; 5 calls"),
    ]
