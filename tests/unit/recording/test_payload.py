from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import __version__
from detector.errors import RecordingError
from detector.judging.beginning import Ending
from detector.model.observation import Observation
from detector.model.process import Backing, Process
from detector.model.process_change import Change, ProcessChange
from detector.model.snapshot import Loss
from detector.recording.payload import decode, encode, join
from detector.recording.records import Answer, Closing, Dropped, Record
from tests.unit.builders import make_snapshot
from tests.unit.hostile import hostile_observations
from tests.unit.hostile import texts as any_texts
from tests.unit.recording.made import BEGINNING, header, items

# os.fsdecode gives low surrogates alone; a high one before a low one would be one letter in JSON
texts = any_texts.filter(lambda text: not any("\ud800" <= char <= "\udbff" for char in text))


def again(*records: Record) -> list[Record]:
    return decode(join([encode(record) for record in records]))


def test_every_record_comes_back_as_it_was() -> None:
    records = [header(), *items(20), Dropped(segments=2, blocks=17)]
    assert again(*records) == records


@given(
    st.builds(
        Process,
        executable=st.none() | texts,
        command_line=st.lists(texts, max_size=4).map(tuple),
        parent_tgid=st.none() | st.integers(0, 2**22),
        parent_comm=st.none() | texts,
        cgroup_path=st.none() | texts,
        backing=st.dictionaries(texts, st.sampled_from(Backing), max_size=3),
        missing=st.dictionaries(texts, texts, max_size=3),
    )
)
def test_names_of_any_bytes_come_back_as_they_were(process: Process) -> None:
    assert again(Answer(7, process), Loss("x", 1)) == [Answer(7, process), Loss("x", 1)]


@given(hostile_observations())
def test_what_was_said_at_the_end_comes_back_as_it_was(observation: Observation) -> None:
    ending = Ending(
        ended_unix_ns=5,
        stages=observation.stages,
        begun=None,
        lost=observation.lost,
        cut_by_start=0,
        notes=observation.notes,
        descendants=observation.descendants,
        command_status=observation.command_status,
    )
    assert again(Closing(ending, observation)) == [Closing(ending, observation)]


@given(st.binary(max_size=300))
def test_any_bytes_are_records_or_a_clear_error(data: bytes) -> None:
    with suppress(RecordingError):
        decode(data)


@pytest.mark.parametrize("data", [b"\x91" * 100_000, b"\xdf" + b"\xff" * 40, b"\x81" * 5_000])
def test_bytes_that_nest_without_end_are_a_clear_error(data: bytes) -> None:
    with pytest.raises(RecordingError):
        decode(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"args": (1, 2)},
        {"abi": "mips"},
        {"syscall": "close"},
        {"call": -1},
        {"sequence": -1},
        {"missed": ("what",)},
        {"cpuset": bytes(5000)},
    ],
)
def test_a_snapshot_that_no_kernel_gives_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RecordingError):
        again(msgspec.structs.replace(make_snapshot(), **changes))


def test_the_header_says_how_the_run_was_taken() -> None:
    head = header()
    assert head.beginning is BEGINNING
    assert head.nodes
    assert len(head.rules["nodemask-race"]) == 64
    assert (head.host, head.machine) == (socket.gethostname(), "x86_64")
    assert head.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert head.cpus_allowed
    assert head.mems_allowed
    assert head.tool == __version__
    assert head.clock == "CLOCK_BOOTTIME"
    now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert abs(now_ns + head.offset_now_ns - time.time_ns()) < 100_000_000
    assert 0 <= head.offset_error_ns < 100_000_000


@given(
    st.builds(
        ProcessChange,
        kind=st.sampled_from(Change),
        tgid=st.integers(0, 2**22),
        time_ns=st.integers(0, 2**63),
        parent_tgid=st.none() | st.integers(0, 2**22),
        comm=st.none() | texts,
        executable=st.none() | texts,
        command_line=st.lists(texts, max_size=4).map(tuple),
        missing=texts,
    )
)
def test_what_processes_did_comes_back_as_it_was(change: ProcessChange) -> None:
    assert again(change) == [change]
