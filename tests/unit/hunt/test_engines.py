"""Both engines, and a replay of each recording, find the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from detector.errors import UsageError
from detector.hunt.local import local_engine
from detector.hunt.outcome import State
from detector.hunt.plan import Plan
from detector.hunt.spark import spark_engine
from detector.hunt.wire import encode_record
from detector.model.finding import Finding
from detector.recording.case import find_recordings
from detector.recording.records import Header
from detector.recording.replay import replay
from detector.render.identity import finding_id
from tests.unit.hunt.conftest import BROKEN, HOSTS
from tests.unit.hunt.hunted import by_local, outcomes, question, sightings
from tests.unit.samples import RULES


@pytest.fixture(scope="module")
def local(fleet: Path) -> list[bytes]:
    return sorted(map(encode_record, by_local(fleet)))


def by_spark(path: str, *where: str) -> tuple[Plan, list[bytes]]:
    with spark_engine("local[2]") as engine:
        plan = engine.plan([path])
        return plan, sorted(map(encode_record, engine.judge(plan, question(*where))))


def test_spark_and_local_give_the_same_records(
    fleet: Path, local: list[bytes], spark: SparkSession
) -> None:
    assert spark.sparkContext.master == "local[2]"
    plan, records = by_spark(str(fleet))
    assert records == local
    with local_engine(1) as engine:
        assert engine.plan([str(fleet)]) == plan


def test_spark_reads_by_the_address_of_a_store_and_by_pattern(
    fleet: Path, spark: SparkSession
) -> None:
    assert spark
    _, records = by_spark(f"file://{fleet}/*-0000[0-3]", "uid: {min: 1}")
    here = by_local(Path(f"{fleet}/*-0000[0-3]"), where=("uid: {min: 1}",))
    assert records == sorted(map(encode_record, here))
    assert sightings(here)


def test_a_group_goes_to_python_in_parts_and_in_order_by_one_sort(
    fleet: Path, local: list[bytes], spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spark
    monkeypatch.setattr("detector.hunt.spark.PART_BYTES", 4096)
    with spark_engine("local[2]") as engine:
        plan = engine.plan([str(fleet)])
        parts = engine.parts(plan)
        grouped = parts.groupBy("host", "boot").applyInArrow(lambda table: table, parts.schema)
        physical = grouped._jdf.queryExecution().executedPlan().toString()
        assert physical.count("Sort [") == 1, physical
        assert sorted(map(encode_record, engine.judge(plan, question()))) == local


def test_the_number_of_processes_changes_nothing(fleet: Path, local: list[bytes]) -> None:
    assert sorted(map(encode_record, by_local(fleet, processes=1))) == local


def test_a_hunt_finds_what_a_replay_of_each_recording_finds(fleet: Path) -> None:
    found: list[str] = []

    def emit(finding: Finding, header: Header) -> None:
        found.append(finding_id(finding, header.beginning.run))

    for recording in find_recordings(sorted(fleet.iterdir())):
        replay(recording, RULES, emit)
    assert sorted(one.id for one in sightings(by_local(fleet))) == sorted(found)
    assert len(found) > HOSTS


def test_broken_recordings_are_named_and_the_rest_is_judged(fleet: Path) -> None:
    told = outcomes(by_local(fleet))
    broken = [one for one in told if one.state.broken]
    assert {one.state for one in broken} == {State.BROKEN, State.UNREADABLE}
    assert len(broken) == BROKEN
    assert all(one.reason for one in broken)
    assert all(one.state is State.WHOLE for one in told if one not in broken)
    assert sum(one.calls for one in told) > 4000


def test_a_file_that_lies_below_two_paths_is_read_once(fleet: Path, spark: SparkSession) -> None:
    assert spark
    with spark_engine("local[2]") as engine:
        assert engine.plan([str(fleet), f"{fleet}/*-00001"]) == engine.plan([str(fleet)])


@pytest.mark.parametrize(("path", "told"), [("none", "PATH_NOT_FOUND"), (".", "no file there")])
def test_what_spark_cannot_find_is_a_usage_error_of_one_line(
    path: str, told: str, tmp_path: Path, spark: SparkSession
) -> None:
    assert spark
    with spark_engine("local[2]") as engine, pytest.raises(UsageError, match=told) as refused:
        engine.plan([str(tmp_path / path)])
    assert "\n" not in str(refused.value)


def test_a_fleet_of_files_that_are_none_is_set_aside_by_both(
    tmp_path: Path, spark: SparkSession
) -> None:
    assert spark
    (tmp_path / "evil.toctrace").write_bytes(b"x")
    _, records = by_spark(str(tmp_path))
    assert records == [encode_record(one) for one in by_local(tmp_path)]
    assert len(records) == 1
