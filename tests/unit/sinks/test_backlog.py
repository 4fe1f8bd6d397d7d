"""A backlog against a model: whatever happens to its sink, nothing is lost uncounted."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from detector.sinks.backlog import MEMORY_ALONE_BYTES, Backlog
from detector.sinks.record import Record
from detector.sinks.spool import LEAST_BYTES, Spool


def record(number: int, size: int, *, alert: bool = True) -> Record:
    return Record(payload=b"%d " % number + b"x" * size, alert=alert, since_ns=1)


def number_of(taken: Record) -> int:
    return int(taken.payload.split()[0])


class Life(RuleBasedStateMachine):
    """One sink's messages, over failures and restarts of the tool."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.put_in = 0
        self.dropped = 0
        self.delivered: list[int] = []
        """What the other end was given and kept: settled."""
        self.under_way: list[int] = []
        self.told = 0
        self.telling = 0
        self.open()

    def open(self) -> None:
        self.backlog = Backlog("sink", Spool(Path(self.folder.name) / "s", LEAST_BYTES))

    @rule(count=st.integers(1, 30), size=st.integers(10, 4000))
    def put(self, count: int, size: int) -> None:
        for _ in range(count):
            self.backlog.put(record(self.put_in, size))
            self.put_in += 1

    @rule(count=st.integers(1, 20))
    def send(self, count: int) -> None:
        for _ in range(count):
            taken = self.backlog.take(0)
            if taken is None:
                return
            self.under_way.append(number_of(taken))
            self.telling += taken.said
            self.backlog.sent()

    @rule()
    def settle(self) -> None:
        self.backlog.settle(float("inf"))
        self.delivered += self.under_way
        self.under_way = []
        self.told += self.telling
        self.telling = 0
        self.backlog.works()

    @rule(in_hand=st.booleans())
    def connection_breaks(self, *, in_hand: bool) -> None:
        if in_hand:
            self.backlog.take(0)
        self.backlog.broke()
        self.under_way, self.telling = [], 0

    @rule()
    def tool_ends_and_starts(self) -> None:
        self.backlog.close()
        self.dropped += self.lost()
        self.under_way, self.telling = [], 0
        self.open()

    def lost(self) -> int:
        return self.backlog.state()[2]

    @invariant()
    def each_is_delivered_or_waits_or_is_counted(self) -> None:
        if not hasattr(self, "backlog"):
            return
        waiting = self.backlog.unsent
        total = len(self.delivered) + len(self.under_way) + waiting + self.dropped + self.lost()
        assert total == self.put_in
        assert self.delivered == sorted(set(self.delivered))

    def teardown(self) -> None:
        if not hasattr(self, "backlog"):
            return
        while self.backlog.unsent:
            self.send(50)
        self.settle()
        self.put(1, 10)  # the next alert tells of what was lost
        self.send(1)
        self.settle()
        lost = self.dropped + self.lost()
        assert len(self.delivered) + lost == self.put_in
        assert self.told == lost
        self.backlog.close()
        self.folder.cleanup()


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase


def test_without_a_spool_memory_is_bounded_and_the_oldest_go() -> None:
    backlog = Backlog("sink", None)
    size = MEMORY_ALONE_BYTES // 10
    for number in range(25):
        backlog.put(record(number, size))
    sent, queued, dropped, _, _ = backlog.state()
    assert (sent, queued + dropped) == (0, 25)
    taken = backlog.take(0)
    assert taken is not None
    assert (number_of(taken), taken.said) == (dropped, dropped)
    backlog.close()
    assert backlog.state()[2] == 25


def test_from_the_first_failure_on_messages_are_on_disk_at_once(tmp_path: Path) -> None:
    backlog = Backlog("sink", Spool(tmp_path / "s"))
    backlog.put(record(0, 10))
    assert not list(tmp_path.rglob("*.seg"))
    backlog.broke()
    backlog.put(record(1, 10))
    text = b"".join(file.read_bytes() for file in tmp_path.rglob("*.seg"))
    assert b"0 xxx" in text
    assert b"1 xxx" in text
    backlog.close()


def test_only_an_alert_tells_of_a_loss(tmp_path: Path) -> None:
    backlog = Backlog("sink", Spool(tmp_path / "s"))
    backlog.lose(4)
    backlog.put(record(0, 10, alert=False))
    backlog.put(record(1, 10))
    said = [taken.said for _ in range(2) if (taken := backlog.take(0))]
    assert said == [0, 4]
    backlog.close()
