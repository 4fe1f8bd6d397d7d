from __future__ import annotations

from pathlib import Path

from detector.capture.marks import Marked
from detector.live.descendants import alive
from detector.model.observation import Descendant


def marked(tgid: int, tid: int, seen_as: int) -> Marked:
    return Marked(tgid=tgid, tid=tid, ns_tgid=seen_as, ns_tid=seen_as)


def comm(proc: Path, pid: int, name: bytes) -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "comm").write_bytes(name + b"\n")


def test_a_process_is_named_once_however_many_threads_it_has(tmp_path: Path) -> None:
    comm(tmp_path, 7, b"server")
    marks = (marked(100, 100, 7), marked(100, 101, 7), marked(100, 102, 7))
    assert alive(marks, tmp_path) == (Descendant(pid=7, comm="server"),)


def test_processes_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    comm(tmp_path, 9, b"nine")
    comm(tmp_path, 8, b"eight")
    found = alive((marked(1, 1, 9), marked(2, 2, 8)), tmp_path)
    assert [descendant.comm for descendant in found] == ["eight", "nine"]


def test_one_that_has_just_gone_and_one_that_cannot_be_seen_are_still_told(tmp_path: Path) -> None:
    assert alive((marked(1, 1, 5), marked(2, 2, 0)), tmp_path) == (
        Descendant(pid=0, comm="?"),
        Descendant(pid=5, comm="?"),
    )


def test_a_comm_that_is_not_utf8_is_written_as_escapes(tmp_path: Path) -> None:
    comm(tmp_path, 7, b"a\xff")
    assert alive((marked(1, 1, 7),), tmp_path)[0].comm == "a\\xff"


def test_nothing_marked_is_nobody() -> None:
    assert alive(()) == ()
