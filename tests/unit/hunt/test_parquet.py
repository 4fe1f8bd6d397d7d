from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from pyarrow import parquet

from detector.errors import UsageError
from detector.hunt.parquet import SCHEMA, write_parquet
from detector.hunt.sighting import Sighting
from tests.unit.hunt.made_sightings import seen


def test_the_file_holds_every_finding_in_typed_columns(tmp_path: Path) -> None:
    rows = [seen("race"), seen("withdrawn"), seen("late", executable="/tmp/\x1b[2J")]
    path = tmp_path / "found.parquet"
    write_parquet(path, rows)
    table = parquet.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    times = table.column("time").cast("int64").to_pylist()
    read = [
        Sighting(**{**row, "time_ns": time})
        for row, time in zip(table.drop(["time"]).to_pylist(), times, strict=True)
    ]
    assert read == rows
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["found.parquet"]


def test_a_hunt_that_found_nothing_writes_a_table_without_rows(tmp_path: Path) -> None:
    write_parquet(tmp_path / "none.parquet", [])
    table = parquet.read_table(tmp_path / "none.parquet")
    assert (table.num_rows, table.num_columns) == (0, len(msgspec.structs.fields(Sighting)))


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_parquet(tmp_path / "none" / "x.parquet", [])
