"""The fleet that hunts are tried on: the same for the same seed, and like what a tool records."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.hunt.outcome import State
from detector.model.snapshot import Snapshot
from detector.recording.case import find_recordings
from detector.recording.chain import Chain, first_header
from detector.recording.reading import Block
from detector.recording.verify import verify
from fleet import NEEDLE, Fleet, digest, make_fleet, real_calls
from tests.unit.hunt.hunted import by_local, outcomes, sightings


def made(folder: Path, **changes: object) -> Path:
    settings = {"hosts": 6, "snapshots": 6_000, "seed": "a"} | changes
    make_fleet(Fleet(folder=folder, **settings))  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("made") / "fleet")


def test_the_same_seed_makes_the_same_bytes_and_another_one_others(
    fleet: Path, tmp_path: Path
) -> None:
    assert digest(made(tmp_path / "again")) == digest(fleet)
    assert digest(made(tmp_path / "other", seed="b")) != digest(fleet)


def test_every_recording_is_whole_and_of_a_host_boot_and_clock_of_its_own(fleet: Path) -> None:
    recordings = find_recordings(sorted(fleet.iterdir()))
    assert all(verify(path).whole for path in recordings)
    headers = [first_header(path) for path in recordings]
    boots = {(h.host, h.boot_id, h.beginning.offset_ns) for h in headers if h}
    assert len(boots) == 6


def test_its_calls_are_real_ones_and_as_many_as_were_asked_for(fleet: Path) -> None:
    real = {str(s.contents) for calls in real_calls()[:2] for c in calls for s in c.snapshots}
    taken = [
        record
        for path in find_recordings(sorted(fleet.iterdir()))
        for block in Chain(path).blocks()
        if isinstance(block, Block)
        for record in block.records
        if isinstance(record, Snapshot)
    ]
    assert {str(snapshot.contents) for snapshot in taken} <= real
    assert 6_000 <= len(taken) < 6_100


def test_it_holds_what_a_hunt_is_for(tmp_path: Path) -> None:
    found = sightings(by_local(made(tmp_path / "fleet", snapshots=60_000)))
    assert len({one.executable for one in found}) > 10
    assert len({one.uid for one in found}) > 3
    assert len({one.executable_sha256 for one in found}) > 10
    assert len({one.container_image for one in found}) > 3
    needles = {one.host for one in found if one.executable == NEEDLE}
    assert len(needles) == 1


def test_it_can_be_broken_in_three_ways(tmp_path: Path) -> None:
    told = outcomes(by_local(made(tmp_path / "fleet", broken=3)))
    broken = sorted(one.reason.partition(": ")[2][:20] for one in told if one.state.broken)
    assert len(broken) == 3
    assert len({one.state for one in told}) == 3
    assert State.WHOLE in {one.state for one in told}
