from __future__ import annotations

import stat
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.sinks.record import Record
from detector.sinks.spool import LEAST_BYTES, Spool


def record(number: int, size: int = 100) -> Record:
    return Record(payload=b"%d " % number + b"x" * size, alert=True, since_ns=number + 1)


def numbers(records: list[Record]) -> list[int]:
    return [int(one.payload.split()[0]) for one in records]


def drained(spool: Spool) -> list[int]:
    """Load everything, and be done with it."""
    found: list[int] = []
    while records := spool.load():
        found += numbers(records)
        for one in records:
            assert one.segment is not None
            spool.done(one.segment)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "sink"


def test_what_was_put_in_comes_out_in_order_after_a_restart(folder: Path) -> None:
    spool = Spool(folder)
    for number in range(500):
        assert spool.append(record(number)) == 0
    spool.close()
    again = Spool(folder)
    assert again.waiting == 500
    assert again.oldest_ns == 1
    assert drained(again) == list(range(500))
    assert (again.waiting, again.bytes) == (0, 0)
    again.close()


def test_past_the_bound_the_oldest_go_and_are_counted(folder: Path) -> None:
    spool = Spool(folder, LEAST_BYTES)
    dropped = sum(spool.append(record(number)) for number in range(2000))
    assert spool.bytes <= LEAST_BYTES
    assert spool.waiting + dropped == 2000
    assert drained(spool) == list(range(dropped, 2000))
    spool.close()


def test_what_is_put_back_comes_first_and_is_bounded_too(folder: Path) -> None:
    spool = Spool(folder, LEAST_BYTES)
    for number in range(100, 120):
        spool.append(record(number))
    loaded = spool.load()
    assert spool.put_back([*map(record, range(90, 100)), *loaded]) == 0
    assert drained(spool) == list(range(90, 120))
    dropped = spool.put_back([record(number) for number in range(2000)])
    assert spool.bytes <= LEAST_BYTES
    assert drained(spool) == list(range(dropped, 2000))
    spool.close()


def test_a_record_that_a_crash_left_unfinished_ends_its_file(folder: Path) -> None:
    spool = Spool(folder)
    for number in range(3):
        spool.append(record(number))
    spool.close()
    (file,) = folder.glob("*/*.seg")
    file.write_bytes(file.read_bytes()[:-1])
    again = Spool(folder)
    assert again.waiting == 2
    again.append(record(7))
    assert drained(again) == [0, 1, 7]
    again.close()


def test_bytes_that_are_no_records_are_none(folder: Path) -> None:
    Spool(folder).close()
    (folder / "0" / "1.seg").write_bytes(b"\xff" * 100)
    (folder / "0" / "x.seg").write_bytes(b"")
    spool = Spool(folder)
    assert spool.waiting == 0
    assert spool.load() == []
    spool.close()


def test_two_runs_do_not_share_and_the_next_takes_over_what_both_left(folder: Path) -> None:
    first, second = Spool(folder), Spool(folder)
    first.append(record(1))
    second.append(record(2))
    second.untold(5)
    third = Spool(folder)
    assert third.waiting == 0
    for spool in (first, second, third):
        spool.close()
    last = Spool(folder)
    assert sorted(drained(last)) == [1, 2]
    assert last.dropped == 5
    last.close()


def test_only_the_owner_can_read_it(folder: Path) -> None:
    spool = Spool(folder)
    spool.append(record(1))
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    spool.close()


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(UsageError, match="not this user's alone"):
        Spool(tmp_path)
    link = tmp_path / "link"
    (tmp_path / "real").mkdir(mode=0o700)
    link.symlink_to(tmp_path / "real")
    with pytest.raises(UsageError, match="not this user's alone"):
        Spool(link)


def test_a_folder_that_cannot_be_made_is_a_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="name another folder by --spool"):
        Spool(tmp_path / "file" / "spool")
