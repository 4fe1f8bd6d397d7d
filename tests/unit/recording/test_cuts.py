"""Killed at any byte, a recording reads back whole up to there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.recording.block import HEAD_BYTES, PREAMBLE
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.reading import Block, Gap, read_file
from detector.recording.records import Record
from tests.unit.recording.made import RUN, items, record

CUTS = 200


def read(path: Path) -> tuple[list[Record], list[Gap]]:
    (recording,) = find_recordings([path])
    found = list(Chain(recording).blocks())
    records = [one for item in found if isinstance(item, Block) for one in item.records]
    return records, [item for item in found if isinstance(item, Gap)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "case"
    record(folder, items(800))
    (file,) = folder.iterdir()
    return file


def test_cut_at_200_random_bytes_everything_up_to_there_reads_back(
    whole: Path, tmp_path: Path
) -> None:
    data = whole.read_bytes()
    blocks = [item for item in read_file(whole) if isinstance(item, Block)]
    assert len(blocks) > 4
    ends = [block.offset + HEAD_BYTES + block.head.stored for block in blocks]
    file = tmp_path / whole.name
    for cut in random.Random(5).sample(range(len(data)), CUTS):  # noqa: S311
        file.write_bytes(data[:cut])
        records, gaps = read(tmp_path)
        expected = [
            one
            for block, end in zip(blocks, ends, strict=True)
            if end <= cut
            for one in block.records
        ]
        assert records == expected
        (gap,) = gaps
        assert gap.cut
        last = max((end for end in ends if end <= cut), default=PREAMBLE.size)
        assert gap.offset in ({0} if cut in {*ends, PREAMBLE.size} or cut < last else {last})


WRITER = """
import itertools, sys, time
from pathlib import Path
from tests.unit.recording.made import items, record
def endless():
    stream = items(200)
    for turn in itertools.count():
        for item in stream:
            yield item
        time.sleep(0.01)
record(Path(sys.argv[1]), endless())
"""


def test_sigkill_of_a_writer_leaves_what_reads_back_whole(tmp_path: Path) -> None:
    for turn in range(3):
        case = tmp_path / str(turn)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, case])
        try:
            deadline = time.monotonic() + 60
            while not any(f.stat().st_size > 10_000 * (turn + 1) for f in case.glob("*")):
                assert writer.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        records, gaps = read(case)
        stream = items(200)
        snapshots = [one for one in records if type(one) is type(stream[0])]
        assert len(snapshots) > 100
        wanted = [one for one in stream if type(one) is type(stream[0])]
        for number, snapshot in enumerate(snapshots):
            assert snapshot == wanted[number % len(wanted)]
        (gap,) = gaps
        assert gap.cut


@settings(max_examples=60)
@given(data=st.data())
def test_any_change_of_any_byte_is_noticed_and_nothing_is_raised(
    data: st.DataObject, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(whole.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    folder = tmp_path_factory.mktemp("changed")
    (folder / whole.name).write_bytes(content)
    _, gaps = read(folder)
    assert gaps


@given(st.binary(max_size=400))
def test_any_file_is_read_or_told_of_and_nothing_is_raised(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / f"{RUN}.000001.toctrace").write_bytes(data)
    records, gaps = read(folder)
    assert records == []
    assert gaps


def test_a_pipe_in_a_case_is_told_of_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{RUN}.000001.toctrace")
    _, gaps = read(tmp_path)
    assert "no regular file" in str(gaps[0])
