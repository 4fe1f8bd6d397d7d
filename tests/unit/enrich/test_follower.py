from __future__ import annotations

import socket
from pathlib import Path

import pytest

from detector.enrich import follower
from detector.enrich.bounded import BoundedReader
from detector.enrich.connector import EventKind, ProcessEvent
from detector.enrich.follower import Follower, connect
from detector.enrich.learner import boottime_offset_ns
from detector.enrich.namespaces import INITIAL_PID_INODE, INITIAL_USER_INODE, Namespaces
from detector.errors import EnrichmentError
from detector.model.process_change import Change, ProcessChange


class Told:
    """A connector of prepared batches."""

    def __init__(self, *batches: tuple[ProcessEvent, ...] | OSError) -> None:
        self.batches = list(batches)
        self.overruns = self.lost = 0
        self.closed = False

    def waiting(self) -> bool:
        return bool(self.batches)

    def drain(self, _bound: int) -> tuple[ProcessEvent, ...]:
        batch = self.batches.pop(0)
        if isinstance(batch, OSError):
            raise batch
        return batch

    def fileno(self) -> int:
        return 99

    def close(self) -> None:
        self.closed = True


def following(root: Path, told: Told | None, refusal: str = "") -> Follower:
    return Follower(root, BoundedReader(), told, refusal)  # type: ignore[arg-type]


def fork(tgid: int, at_ns: int) -> ProcessEvent:
    time_ns = at_ns - boottime_offset_ns()
    return ProcessEvent(kind=EventKind.FORK, tgid=tgid, time_ns=time_ns, parent_tgid=3)


def test_events_that_wait_are_taken_in_before_the_table_is_asked(tmp_path: Path) -> None:
    # the first batch holds only events of threads: empty, and not the end
    followed = following(tmp_path, Told((), (fork(7, 5_000_000_000),)))
    assert followed.find(7, 4_999_000_000, leader=True) is not None
    assert followed.fileno() == 99


def test_a_table_that_is_behind_is_not_asked(tmp_path: Path) -> None:
    told = Told((fork(7, 5_000_000_000),), ())
    followed = following(tmp_path, told)
    assert not followed.pump(seconds=-1.0)
    assert told.batches


def test_losses_are_noted(tmp_path: Path) -> None:
    told = Told(())
    told.lost, told.overruns = 5, 1
    followed = following(tmp_path, told)
    assert followed.notes() == ()
    followed.pump()
    (note,) = followed.notes()
    assert "at least 5 events" in note


def test_a_connector_that_breaks_is_closed_and_noted(tmp_path: Path) -> None:
    told = Told(OSError(9, "Bad file descriptor"))
    followed = following(tmp_path, told)
    assert followed.find(7, 5, leader=True) is None
    assert told.closed
    assert followed.fileno() is None
    assert "Bad file descriptor" in followed.notes()[0]
    followed.close()


def test_without_a_connector_the_reason_is_noted_and_nobody_is_known(tmp_path: Path) -> None:
    followed = following(tmp_path, None, "not here")
    followed.seed()
    assert followed.find(7, 5, leader=True) is None
    assert "not here" in followed.notes()[0]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (Namespaces(1, INITIAL_USER_INODE, 1), "initial pid"),
        (Namespaces(INITIAL_PID_INODE, 1, INITIAL_PID_INODE), "initial pid"),
        (Namespaces(INITIAL_PID_INODE, INITIAL_USER_INODE, 1), "mounted for another"),
    ],
)
def test_a_tool_in_namespaces_is_refused_at_once(
    own: Namespaces, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "ProcessConnector", socket.socket)  # must not be reached
    with pytest.raises(EnrichmentError, match=words):
        connect(own)


def test_whoever_is_told_hears_of_a_table_that_is_behind_and_of_a_connector_that_broke(
    tmp_path: Path,
) -> None:
    heard: list[ProcessChange] = []
    told = Told((fork(7, 5_000_000_000),))
    followed = following(tmp_path, told)
    followed.tell_to(heard.append)
    assert heard[0].kind is Change.RUNNING
    told.batches = [(fork(8, 6_000_000_000),), OSError(5, "broken")]
    assert not followed.pump(seconds=-1.0)
    assert not followed.pump()
    assert [one.kind for one in heard[1:]] == [Change.LOST, Change.FORK, Change.LOST]


def test_without_a_connector_nothing_is_told(tmp_path: Path) -> None:
    following(tmp_path, None, "refused").tell_to(lambda _: pytest.fail("it was told"))
