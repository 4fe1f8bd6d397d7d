from __future__ import annotations

from pathlib import Path

import msgspec
from pyarrow import parquet

from detector.hunt.parquet import SCHEMA, write_parquet
from detector.hunt.sighting import Sighting
from tests.unit.hunt.made_sightings import seen


def test_the_file_holds_every_finding_in_typed_columns(tmp_path: Path) -> None:
    rows = [seen("race"), seen("withdrawn"), seen("late", executable="/tmp/\x1b[2J")]
    path = tmp_path / "found.parquet"
    with path.open("wb") as file:
        write_parquet(file, rows)
    table = parquet.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    times = table.column("time").cast("int64").to_pylist()
    read = [
        Sighting(**{**row, "time_ns": time})
        for row, time in zip(table.drop(["time"]).to_pylist(), times, strict=True)
    ]
    assert read == rows


def test_a_hunt_that_found_nothing_writes_a_table_without_rows(tmp_path: Path) -> None:
    with (tmp_path / "none.parquet").open("wb") as file:
        write_parquet(file, [])
    table = parquet.read_table(tmp_path / "none.parquet")
    assert (table.num_rows, table.num_columns) == (0, len(msgspec.structs.fields(Sighting)))
