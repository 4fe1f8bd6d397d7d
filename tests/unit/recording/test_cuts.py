"""Killed at any byte, a recording reads back whole up to there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.model.snapshot import Loss, Snapshot
from detector.recording.block import HEAD_BYTES, PREAMBLE
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.reading import Block, Gap, read_file
from detector.recording.records import Header, Record
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


KILLER = """
import os, random, signal, sys, time
from itertools import cycle
from pathlib import Path
from detector.recording import writer
from tests.unit.recording.made import items, record

writer.BLOCK_BYTES = 8192  # many blocks in a short time: many places to be killed in
stream = items(200)
chance = random.Random(5)
for turn in range(int(sys.argv[2])):
    case = Path(sys.argv[1]) / f"{turn:03}"
    child = os.fork()
    if not child:
        record(case, cycle(stream))
    wanted = chance.randrange(1, 40_000)
    until = time.monotonic() + 60
    while sum(file.stat().st_size for file in case.glob("*")) < wanted:
        assert time.monotonic() < until and os.waitpid(child, os.WNOHANG) == (0, 0)
        time.sleep(0.0005)
    time.sleep(chance.uniform(0, 0.002))
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    print(turn, wanted, flush=True)
"""
"""Forks writers that would never end, and kills each at a random point of its file."""


def test_killed_by_sigkill_at_200_random_points_everything_up_to_the_cut_reads_back(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, tmp_path, str(CUTS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
    )
    wanted = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert len(wanted) == CUTS
    stream = items(200)
    for turn, least in enumerate(wanted):
        case = tmp_path / f"{turn:03}"
        (file,) = case.iterdir()
        size = file.stat().st_size
        assert size >= least
        records, (gap,) = read(case)
        assert gap.cut
        # all that is in the file was read, but for the block that was being written
        end = size if gap.offset == 0 else gap.offset
        blocks = [item for item in read_file(file) if isinstance(item, Block)]
        last = blocks[-1] if blocks else None
        assert end == (last.offset + HEAD_BYTES + last.head.stored if last else PREAMBLE.size)
        told = [one for one in records if isinstance(one, Snapshot | Loss)]
        assert told == list(islice(cycle(stream), len(told)))
        assert [type(one) for one in records[:1]] == [Header] * bool(blocks)


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
