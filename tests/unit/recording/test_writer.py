from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from detector.live.signals import STOPPING
from detector.model.snapshot import Loss, Snapshot
from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.files import RecordingFiles
from detector.recording.folder import CaseFolder
from detector.recording.reading import Block
from detector.recording.records import Record
from detector.recording.verify import verify
from detector.recording.writer import QUEUE_FULL, REFUSED, Writer
from tests.unit.recording.made import RUN, header, items, record


class Disk:
    """A folder whose files wait until they are told."""

    def __init__(self, path: Path) -> None:
        self.ready = threading.Event()
        self.folder = CaseFolder(path)

    def files(self) -> RecordingFiles:
        assert self.ready.wait(30)
        bounds = Bounds()
        return RecordingFiles(self.folder, RUN, bounds, lambda _: header(), lambda **_: None)


def records_of(path: Path) -> list[Record]:
    (recording,) = find_recordings([path])
    return [
        one for item in Chain(recording).blocks() if isinstance(item, Block) for one in item.records
    ]


def test_a_slow_disk_holds_nobody_up_and_what_found_no_room_is_lost_in_its_place(
    tmp_path: Path,
) -> None:
    disk = Disk(tmp_path / "case")
    stream = [item for item in items(20) if isinstance(item, Snapshot)]
    writer = Writer(disk.files, capacity=10)
    for item in stream[:40]:
        writer.put(item)
    disk.ready.set()
    lost = writer.settle()
    for item in stream[40:45]:
        writer.put(item)
    writer.close()
    disk.folder.close()
    kept = records_of(tmp_path / "case")[1:]
    assert kept == [*stream[:10], Loss(QUEUE_FULL, 30), *stream[40:45]]
    assert lost == {QUEUE_FULL: 30}


@pytest.mark.parametrize("call", ["write", "fdatasync", "fsync"])
def test_a_disk_that_hangs_in_the_middle_holds_up_no_call_and_what_it_missed_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    hangs, goes_on = threading.Event(), threading.Event()
    waited: list[bool] = []
    real = getattr(os, call)

    def hang(*arguments: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            return real(*arguments)  # pytest's own
        hangs.set()
        waited.append(goes_on.wait(60))
        return real(*arguments)

    stream = items(3000)
    taken = 0

    def between() -> None:
        nonlocal taken
        taken += 1
        if taken == 1:
            assert hangs.wait(60)
        if taken == len(stream):
            goes_on.set()

    monkeypatch.setattr("detector.recording.recorder.Writer", partial(Writer, capacity=1000))
    monkeypatch.setattr("detector.recording.segment.SYNC_S", 0.0)
    monkeypatch.setattr(os, call, hang)
    lived = record(tmp_path / "case", stream, between=between)
    monkeypatch.undo()
    whole = record(tmp_path / "whole", stream)
    assert all(waited)  # every call was judged while the disk hung
    assert lived.findings == whole.findings
    assert lived.observation.lost[QUEUE_FULL] > 1000
    kept = records_of(tmp_path / "case")
    lost = sum(one.count for one in kept if isinstance(one, Loss) and one.cause == QUEUE_FULL)
    assert lost == lived.observation.lost[QUEUE_FULL]
    assert len(kept) + lost >= len(stream)


def test_a_full_disk_leaves_whole_blocks_and_what_it_did_not_take_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 20_000
    taken = 0
    write = os.write

    def full(descriptor: int, data: memoryview) -> int:
        nonlocal taken
        if taken + len(data) > room:
            part = write(descriptor, data[: max(0, room - taken)]) if taken < room else 0
            taken += part
            if part:
                return int(part)
            raise OSError(28, "No space left on device")
        taken += len(data)
        return int(write(descriptor, data))

    monkeypatch.setattr("detector.recording.segment.os.write", full)
    with capture_logs() as logged:
        lived = record(tmp_path / "case", items(3000))
    monkeypatch.undo()
    assert lived.observation.lost[REFUSED] > 1000
    assert not lived.observation.whole
    kept = records_of(tmp_path / "case")
    assert len(kept) > 1
    (path,) = find_recordings([tmp_path / "case"])
    ((head, _, last),) = lived.heads  # what the disk took has its head all the same
    assert last
    assert verify(path, [head]).sealed == head.count > 1
    assert [(line["event"], line["reason"]) for line in logged] == [
        ("recording_failed", "No space left on device")
    ]


def test_the_thread_that_writes_takes_no_signal(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "case")
    writer = Writer(disk.files)
    status = Path(f"/proc/self/task/{writer._thread.native_id}/status").read_text()
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    disk.ready.set()
    writer.close()
    disk.folder.close()
    assert all(blocked >> number - 1 & 1 for number in STOPPING)
