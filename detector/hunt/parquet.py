"""A hunt's findings as a Parquet file: a row each, in order, for whatever reads tables."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
from pyarrow import parquet

from detector.hunt.lines import TIMES
from detector.hunt.sighting import Sighting

_ROWS = 1 << 16
"""Rows of one row group: what is held in memory."""
_WALL_TIME = pa.timestamp("ns", tz="UTC")
_TYPES: dict[object, pa.DataType] = {
    int: pa.int64(),
    int | None: pa.int64(),
    str: pa.string(),
    str | None: pa.string(),
}


def _field(field: msgspec.structs.FieldInfo) -> pa.Field:
    if field.name in TIMES:
        return pa.field(TIMES[field.name], _WALL_TIME, nullable=False)
    optional = field.type in {int | None, str | None}
    return pa.field(field.name, _TYPES[field.type], nullable=optional)


SCHEMA = pa.schema([_field(field) for field in msgspec.structs.fields(Sighting)])
"""The columns, as a sighting has them; wall times as timestamps."""


def write_parquet(file: BinaryIO, rows: Iterable[Sighting]) -> None:
    """Write rows into a new file. Raises OSError."""
    coming = iter(rows)
    with parquet.ParquetWriter(file, SCHEMA) as writer:
        while some := list(islice(coming, _ROWS)):
            writer.write_batch(_batch(some))


def _batch(rows: list[Sighting]) -> Any:
    columns = zip(*(msgspec.structs.astuple(row) for row in rows), strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.record_batch(arrays, SCHEMA)
