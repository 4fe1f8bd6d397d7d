"""What an executor does, without Spark."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import RecordingError
from detector.hunt.judging import Record
from detector.hunt.local import local_engine
from detector.hunt.plan import Group
from detector.hunt.spark_tasks import FACTS, encode_job, find_headers, judging
from detector.hunt.wire import decode_record
from tests.unit.hunt.hunted import by_local, outcomes, question
from tests.unit.recording.made import record


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a case of one host with two recordings, the first cut."""
    folder = tmp_path_factory.mktemp("parts") / "case"
    record(folder)
    (cut,) = folder.iterdir()
    cut.write_bytes(cut.read_bytes()[:-100])
    record(folder, run="beef")
    return folder


@pytest.fixture(scope="module")
def group(cases: Path) -> Group:
    with local_engine(1) as engine:
        (found,) = engine.plan([str(cases)]).groups
    return found


def rows(group: Group, cut_at: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Give the files of a group in parts, cut at these bytes."""
    for order, job in enumerate(group):
        for place, file in enumerate(job.files):
            data = Path(file.place).read_bytes()
            ends = [*sorted({at for at in cut_at if 0 < at < len(data)}), len(data)]
            for part, (begin, end) in enumerate(zip([0, *ends], ends, strict=False)):
                yield {
                    "recording": order,
                    "order": place,
                    "file": file.place,
                    "job": encode_job(job),
                    "part": part,
                    "data": data[begin:end],
                }


def judged(rows: Iterable[dict[str, Any]]) -> list[Record]:
    batches = (pa.RecordBatch.from_pylist([row]) for row in rows)
    return [
        decode_record(one)
        for batch in judging(question())(batches)
        for one in batch.column("record").to_pylist()
    ]


@given(cut_at=st.lists(st.integers(0, 20_000), max_size=9))
def test_however_the_files_are_cut_into_parts_the_findings_are_the_same(
    cut_at: list[int], cases: Path, group: Group
) -> None:
    assert judged(rows(group, cut_at)) == by_local_once(cases)


def by_local_once(cases: Path, known: dict[Path, list[Record]] = {}) -> list[Record]:  # noqa: B006
    if cases not in known:
        known[cases] = by_local(cases, processes=1)
    return known[cases]


def test_two_files_of_one_number_are_both_read_and_the_second_has_no_place(tmp_path: Path) -> None:
    record(tmp_path / "case")
    (file,) = (tmp_path / "case").iterdir()
    file.with_name(file.name.replace(".000001.", ".0000001.")).write_bytes(file.read_bytes())
    with local_engine(1) as engine:
        (group,) = engine.plan([str(tmp_path)]).groups
    told = by_local(tmp_path)
    assert judged(rows(group, (1000,))) == told
    assert "block 1 stands after the recording's end" in outcomes(told)[0].reason


def test_an_empty_file_is_told_as_the_local_engine_tells_it(tmp_path: Path) -> None:
    (tmp_path / "aa.000001.toctrace").touch()
    with local_engine(1) as engine:
        (group,) = engine.plan([str(tmp_path)]).groups
    assert judged(rows(group, ())) == by_local(tmp_path)


def test_parts_out_of_order_are_an_error_and_no_damage(group: Group) -> None:
    mixed = list(rows(group, range(0, 20_000, 1000)))
    random.Random(2).shuffle(mixed)  # noqa: S311
    with pytest.raises(RecordingError, match="Spark gave"):
        judged(mixed)


def test_a_file_that_does_not_come_is_an_error(group: Group) -> None:
    (first, *others) = rows(group, ())
    with pytest.raises(RecordingError, match="was to come"):
        judged([{**first, "file": "/other"}, *others])


def test_headers_are_found_where_there_are_some(cases: Path) -> None:
    files = [
        *((str(path), path.read_bytes()) for path in sorted(cases.iterdir())),
        ("s3a://bucket/ff.000001.toctrace", b"nothing"),
        ("s3a://bucket/evil.toctrace", b""),
    ]
    asked = [{"path": path, "length": len(data), "first": data} for path, data in files]
    batches = list(find_headers(iter([pa.RecordBatch.from_pylist(asked)])))
    assert all(batch.schema == FACTS for batch in batches)
    found = [row for batch in batches for row in batch.to_pylist()]
    assert [row["header"] is not None for row in found] == [True, True, False, False]
    assert [row["length"] for row in found] == [len(data) for _, data in files]
